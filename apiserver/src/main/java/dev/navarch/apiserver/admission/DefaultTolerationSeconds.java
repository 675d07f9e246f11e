package dev.navarch.apiserver.admission;

import java.util.List;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/// A pod that says nothing about it stays on a node that is not ready or can not be reached for
/// five minutes.
record DefaultTolerationSeconds() implements AdmissionPlugin {
  private static final int SECONDS = 300;
  private static final List<String> TAINTS =
      List.of("node.kubernetes.io/not-ready", "node.kubernetes.io/unreachable");

  @Override
  public void admit(Request request) {
    boolean create = request.is(Operation.CREATE, "pods");
    if (!create && !request.is(Operation.UPDATE, "pods")) {
      return;
    }
    if (!(request.content().path("spec") instanceof ObjectNode spec)) {
      return;
    }
    for (String taint : TAINTS) {
      boolean tolerated =
          spec.path("tolerations").valueStream().anyMatch(each -> tolerates(each, taint));
      if (!tolerated) {
        ArrayNode tolerations = spec.withArray("tolerations");
        tolerations
            .addObject()
            .put("key", taint)
            .put("operator", "Exists")
            .put("effect", "NoExecute")
            .put("tolerationSeconds", SECONDS);
      }
    }
  }

  private static boolean tolerates(JsonNode toleration, String taint) {
    String key = toleration.path("key").asString("");
    String effect = toleration.path("effect").asString("");
    return (key.isEmpty() || key.equals(taint)) && (effect.isEmpty() || effect.equals("NoExecute"));
  }
}
