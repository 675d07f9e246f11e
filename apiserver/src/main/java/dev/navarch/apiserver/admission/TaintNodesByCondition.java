package dev.navarch.apiserver.admission;

import tools.jackson.databind.node.ObjectNode;

/// A new node takes no pods until it has said that it is ready.
record TaintNodesByCondition() implements AdmissionPlugin {
  private static final String NOT_READY = "node.kubernetes.io/not-ready";
  private static final String EFFECT = "NoSchedule";

  @Override
  public void admit(Request request) {
    if (!request.is(Operation.CREATE, "nodes")) {
      return;
    }
    ObjectNode node = request.content();
    ObjectNode spec =
        node.path("spec") instanceof ObjectNode there ? there : node.putObject("spec");
    boolean tainted =
        spec.path("taints")
            .valueStream()
            .anyMatch(
                taint ->
                    taint.path("key").asString("").equals(NOT_READY)
                        && taint.path("effect").asString("").equals(EFFECT));
    if (!tainted) {
      spec.withArray("taints").addObject().put("key", NOT_READY).put("effect", EFFECT);
    }
  }
}
