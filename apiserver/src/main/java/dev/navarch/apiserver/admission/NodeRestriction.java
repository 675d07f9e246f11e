package dev.navarch.apiserver.admission;

import java.util.List;
import java.util.Map;
import java.util.TreeSet;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/// A node's agent may write its own node, its own lease and the pods that are bound to it: whoever
/// takes over one machine does not own the others.
record NodeRestriction() implements AdmissionPlugin {
  private static final String GROUP = "system:nodes";
  private static final String USER_PREFIX = "system:node:";
  private static final String MIRROR = "kubernetes.io/config.mirror";
  private static final String LEASE_NAMESPACE = "kube-node-lease";
  private static final String RESERVED_LABEL = "node-restriction.kubernetes.io/";

  @Override
  public void admit(Request request) {
    if (!request.user().groups().contains(GROUP)) {
      return;
    }
    String user = request.user().name();
    if (!user.startsWith(USER_PREFIX)) {
      throw request.forbidden("could not determine node from user \"%s\"".formatted(user));
    }
    String node = user.substring(USER_PREFIX.length());
    switch (request.kind().resource().toString()) {
      case "pods" -> checkPod(request, node);
      case "nodes" -> checkNode(request, node);
      case "leases.coordination.k8s.io" -> checkLease(request, node);
      case "csinodes.storage.k8s.io" -> checkStorageDrivers(request, node);
      case "serviceaccounts" -> checkToken(request, node);
      default -> {}
    }
  }

  private static void checkPod(Request request, String node) {
    switch (request.operation()) {
      case CREATE -> {
        if (request.subresource().equals("eviction")) {
          requireOwn(request, node, request.old(), "evict pods");
        } else if (request.subresource().isEmpty()) {
          checkMirror(request, node);
        } else {
          throw request.forbidden(
              "unexpected pod subresource \"%s\", only 'status' and 'eviction' are allowed"
                  .formatted(request.subresource()));
        }
      }
      case UPDATE -> {
        if (!request.subresource().equals("status")) {
          throw request.forbidden("node \"%s\" may only update the status of pods".formatted(node));
        }
        requireOwn(request, node, request.old(), "update pod status for pods");
      }
      case DELETE -> requireOwn(request, node, request.old(), "delete pods");
      case CONNECT -> throw request.forbidden("unexpected operation \"CONNECT\"");
    }
  }

  private static void checkMirror(Request request, String node) {
    if (!request.content().at("/metadata/annotations").has(MIRROR)) {
      throw request.forbidden(
          "pod does not have \"%s\" annotation, node \"%s\" can only create mirror pods"
              .formatted(MIRROR, node));
    }
    requireOwn(request, node, request.content(), "create pods");
  }

  private static void requireOwn(
      Request request, String node, @Nullable ObjectNode pod, String what) {
    if (pod == null || !pod.at("/spec/nodeName").asString("").equals(node)) {
      throw request.forbidden(
          "node \"%s\" can only %s with spec.nodeName set to itself".formatted(node, what));
    }
  }

  private static void checkNode(Request request, String node) {
    if (!request.name().equals(node)) {
      throw request.forbidden(
          "node \"%s\" is not allowed to modify node \"%s\"".formatted(node, request.name()));
    }
    ObjectNode object = request.object();
    if (object == null) {
      return;
    }
    ObjectNode old = request.old();
    TreeSet<String> reserved =
        new TreeSet<>(
            reservedLabels(object).entrySet().stream()
                .filter(
                    label ->
                        old == null
                            || !label.getValue().equals(reservedLabels(old).get(label.getKey())))
                .map(Map.Entry::getKey)
                .toList());
    if (!reserved.isEmpty()) {
      throw request.forbidden("is not allowed to modify labels: " + String.join(", ", reserved));
    }
    if (old != null && !taints(object).equals(taints(old))) {
      throw request.forbidden("node \"%s\" is not allowed to modify taints".formatted(node));
    }
  }

  private static Map<String, String> reservedLabels(ObjectNode object) {
    return object.at("/metadata/labels").properties().stream()
        .filter(label -> label.getKey().contains(RESERVED_LABEL))
        .collect(Collectors.toMap(Map.Entry::getKey, label -> label.getValue().asString("")));
  }

  private static List<JsonNode> taints(ObjectNode object) {
    return object.at("/spec/taints").valueStream().toList();
  }

  private static void checkLease(Request request, String node) {
    if (!request.namespace().equals(LEASE_NAMESPACE)) {
      throw request.forbidden(
          "can only access leases in the \"%s\" system namespace".formatted(LEASE_NAMESPACE));
    }
    if (!request.name().equals(node)) {
      throw request.forbidden(
          "can only access node lease with the same name as the requesting node");
    }
  }

  private static void checkStorageDrivers(Request request, String node) {
    if (!request.name().equals(node)) {
      throw request.forbidden("can only access CSINode with the same name as the requesting node");
    }
  }

  private static void checkToken(Request request, String node) {
    if (!request.subresource().equals("token")) {
      return;
    }
    JsonNode bound = request.content().at("/spec/boundObjectRef");
    if (!bound.path("kind").asString("").equals("Pod")) {
      throw request.forbidden("node \"%s\" requested token not bound to a pod".formatted(node));
    }
  }
}
