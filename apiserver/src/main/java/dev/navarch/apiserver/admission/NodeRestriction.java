package dev.navarch.apiserver.admission;

import com.google.common.collect.Sets;
import dev.navarch.api.ApiError;
import dev.navarch.api.ApiException;
import dev.navarch.client.Lister;
import io.fabric8.kubernetes.api.model.Pod;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/// A node's agent may write its own node, its own lease and the pods that are bound to it: whoever
/// takes over one machine does not own the others.
record NodeRestriction(Lister<Pod> pods) implements AdmissionPlugin {
  private static final String GROUP = "system:nodes";
  private static final String USER_PREFIX = "system:node:";
  private static final String MIRROR = "kubernetes.io/config.mirror";
  private static final String LEASE_NAMESPACE = "kube-node-lease";
  private static final String RESERVED = "node-restriction.kubernetes.io";

  /// Of the labels that belong to Kubernetes, those that nodes may give themselves.
  private static final Set<String> OWN_LABELS =
      Set.of(
          "kubernetes.io/hostname",
          "kubernetes.io/os",
          "kubernetes.io/arch",
          "beta.kubernetes.io/os",
          "beta.kubernetes.io/arch",
          "beta.kubernetes.io/instance-type",
          "node.kubernetes.io/instance-type",
          "topology.kubernetes.io/zone",
          "topology.kubernetes.io/region",
          "failure-domain.beta.kubernetes.io/zone",
          "failure-domain.beta.kubernetes.io/region");

  private static final List<String> OWN_NAMESPACES =
      List.of("kubelet.kubernetes.io", "node.kubernetes.io");

  /// What static pods may not name, and the fields that would.
  private record Reference(String what, List<String> fields) {}

  private static final List<Reference> REFERENCES =
      List.of(
          new Reference("a service account", List.of("serviceAccountName")),
          new Reference(
              "secrets", List.of("secretRef", "secretKeyRef", "secret", "imagePullSecrets")),
          new Reference("configmaps", List.of("configMapRef", "configMapKeyRef", "configMap")),
          new Reference("clustertrustbundles", List.of("clusterTrustBundle")),
          new Reference("persistentvolumeclaims", List.of("persistentVolumeClaim")),
          new Reference("resourceclaims", List.of("resourceClaims")));

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
      case "resourceslices.resource.k8s.io" -> checkSlice(request, node);
      case "serviceaccounts" -> checkToken(request, node);
      default -> {}
    }
  }

  private void checkPod(Request request, String node) {
    switch (request.operation()) {
      case CREATE -> {
        if (request.subresource().equals("eviction")) {
          checkEviction(request, node);
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
        if (!request
            .content()
            .at("/metadata/labels")
            .equals(request.before().at("/metadata/labels"))) {
          throw request.forbidden(
              "node \"%s\" cannot update labels through pod status".formatted(node));
        }
      }
      case DELETE -> requireOwn(request, node, request.old(), "delete pods");
      case CONNECT -> throw request.forbidden("unexpected operation \"CONNECT\"");
    }
  }

  private void checkEviction(Request request, String node) {
    boolean own =
        pods.find(request.namespace(), request.name())
            .filter(pod -> node.equals(pod.getSpec().getNodeName()))
            .isPresent();
    if (!own) {
      throw onlyOwn(request, node, "evict pods");
    }
  }

  private static void checkMirror(Request request, String node) {
    if (!request.content().at("/metadata/annotations").has(MIRROR)) {
      throw request.forbidden(
          "pod does not have \"%s\" annotation, node \"%s\" can only create mirror pods"
              .formatted(MIRROR, node));
    }
    requireOwn(request, node, request.content(), "create pods");
    checkOwner(request, node);
    checkReferences(request, node);
  }

  /// A static pod is a node's own: it must not bring the node what other objects hold.
  private static void checkReferences(Request request, String node) {
    JsonNode spec = request.content().path("spec");
    for (Reference reference : REFERENCES) {
      if (names(spec, reference.fields)) {
        throw request.forbidden(
            "node \"%s\" can not create pods that reference %s".formatted(node, reference.what));
      }
    }
  }

  /// Whether a field of one of these names stands anywhere below.
  private static boolean names(JsonNode below, List<String> fields) {
    for (String field : fields) {
      JsonNode found = below.path(field);
      if (found.isContainer() ? !found.isEmpty() : !found.asString("").isEmpty()) {
        return true;
      }
    }
    return below.valueStream().anyMatch(child -> names(child, fields));
  }

  /// A mirror goes with its node, and holds nothing up.
  private static void checkOwner(Request request, String node) {
    JsonNode owners = request.content().at("/metadata/ownerReferences");
    JsonNode owner = owners.path(0);
    if (owners.size() > 1) {
      throw request.forbidden(
          "node \"%s\" can only create pods with a single owner reference set to itself"
              .formatted(node));
    }
    if (!owner.path("apiVersion").asString("").equals("v1")
        || !owner.path("kind").asString("").equals("Node")
        || !owner.path("name").asString("").equals(node)) {
      throw request.forbidden(
          "node \"%s\" can only create pods with an owner reference set to itself".formatted(node));
    }
    if (!owner.path("controller").asBoolean(false)) {
      throw request.forbidden(
          "node \"%s\" can only create pods with a controller reference set to itself"
              .formatted(node));
    }
    if (owner.path("blockOwnerDeletion").asBoolean(false)) {
      throw request.forbidden(
          "node \"%s\" must not set blockOwnerDeletion on an owner reference".formatted(node));
    }
  }

  private static void requireOwn(
      Request request, String node, @Nullable ObjectNode pod, String what) {
    if (pod == null || !pod.at("/spec/nodeName").asString("").equals(node)) {
      throw onlyOwn(request, node, what);
    }
  }

  private static ApiException onlyOwn(Request request, String node, String what) {
    return request.forbidden(
        "node \"%s\" can only %s with spec.nodeName set to itself".formatted(node, what));
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
    Set<String> reserved = new TreeSet<>();
    Map<String, JsonNode> now = labels(object);
    Map<String, JsonNode> before = old == null ? Map.of() : labels(old);
    for (String label : Sets.union(now.keySet(), before.keySet())) {
      if (isReserved(label) && !Objects.equals(now.get(label), before.get(label))) {
        reserved.add(label);
      }
    }
    if (!reserved.isEmpty()) {
      String labels = String.join(", ", reserved);
      throw request.forbidden(
          old == null
              ? "node \"%s\" is not allowed to set the following labels: %s".formatted(node, labels)
              : "is not allowed to modify labels: " + labels);
    }
    if (old != null && !taints(object).equals(taints(old))) {
      throw request.forbidden("node \"%s\" is not allowed to modify taints".formatted(node));
    }
    if (old != null && !owners(object).equals(owners(old))) {
      throw request.forbidden(
          "node \"%s\" is not allowed to modify ownerReferences".formatted(node));
    }
  }

  private static Map<String, JsonNode> labels(ObjectNode object) {
    return object.at("/metadata/labels").properties().stream()
        .collect(Collectors.toMap(Map.Entry::getKey, Map.Entry::getValue));
  }

  /// Whether a label could draw to the node what is not meant for it.
  private static boolean isReserved(String label) {
    int slash = label.indexOf('/');
    String namespace = slash < 0 ? "" : label.substring(0, slash);
    boolean ofKubernetes = isIn(namespace, "kubernetes.io") || isIn(namespace, "k8s.io");
    boolean own =
        OWN_LABELS.contains(label) || OWN_NAMESPACES.stream().anyMatch(in -> isIn(namespace, in));
    return isIn(namespace, RESERVED) || (ofKubernetes && !own);
  }

  private static boolean isIn(String namespace, String domain) {
    return namespace.equals(domain) || namespace.endsWith("." + domain);
  }

  /// An owner that is gone takes along what it owned.
  private static List<JsonNode> owners(ObjectNode object) {
    return object.at("/metadata/ownerReferences").valueStream().toList();
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

  /// What a node offers stands on that node; what it may remove, too.
  private static void checkSlice(Request request, String node) {
    ObjectNode slice = request.object() == null ? request.old() : request.object();
    if (slice != null && !slice.at("/spec/nodeName").asString("").equals(node)) {
      throw request.forbidden(
          request.object() == null
              ? "can only delete ResourceSlice with the same NodeName as the requesting node"
              : "can only create ResourceSlice with the same NodeName as the requesting node");
    }
  }

  /// A node gets tokens for the pods that run on it, and lives no longer than they do by them.
  private void checkToken(Request request, String node) {
    if (!request.subresource().equals("token")) {
      return;
    }
    JsonNode bound = request.content().at("/spec/boundObjectRef");
    String name = bound.path("name").asString("");
    String uid = bound.path("uid").asString("");
    if (!bound.path("kind").asString("").equals("Pod") || name.isEmpty()) {
      throw request.forbidden("node requested token not bound to a pod");
    }
    if (uid.isEmpty()) {
      throw request.forbidden("node requested token with a pod binding without a uid");
    }
    Pod pod =
        pods.find(request.namespace(), name)
            .orElseThrow(
                () ->
                    new ApiException(
                        new ApiError.NotFound(new ApiError.Resource("", "pods"), name)));
    if (!uid.equals(pod.getMetadata().getUid())) {
      throw request.forbidden(
          "the UID in the bound object reference (%s) does not match the UID in record. The object might have been deleted and then recreated"
              .formatted(uid));
    }
    if (!node.equals(pod.getSpec().getNodeName())) {
      throw request.forbidden("node requested token bound to a pod scheduled on a different node");
    }
  }
}
