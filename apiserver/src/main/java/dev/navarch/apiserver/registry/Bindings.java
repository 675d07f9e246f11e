package dev.navarch.apiserver.registry;

import dev.navarch.api.ApiException;
import dev.navarch.api.FieldError;
import java.util.Set;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/// Binds a pod to a node: the scheduler's one write. A pod is bound once, or not at all.
final class Bindings {
  static final String TYPE = "io.k8s.api.core.v1.Binding";

  private final Registry registry;

  Bindings(Registry registry) {
    this.registry = registry;
  }

  /// @param at where the binding was posted: below the pod, or as a binding of its own
  void bind(Target at, Target pod, ObjectNode binding, boolean dryRun) {
    binding.put("apiVersion", "v1").put("kind", "Binding");
    Subresource action = at.equals(pod) ? Subresource.BINDING : Subresource.NONE;
    registry.admit(at, action, binding, TYPE, dryRun);
    String named = Metadata.of(binding).name();
    if (!named.isEmpty() && !named.equals(pod.name())) {
      throw ApiException.badRequest("name in URL does not match name in Binding object");
    }
    String node = binding.path("target").path("name").asString("");
    if (node.isEmpty()) {
      throw Preparation.invalid(pod, pod.name(), FieldError.required("target.name", ""));
    }
    String kind = binding.path("target").path("kind").asString("");
    if (!Set.of("", "Node", "Minion").contains(kind)) {
      throw Preparation.invalid(
          pod,
          pod.name(),
          new FieldError(
              FieldError.Type.NOT_SUPPORTED,
              "target.kind",
              "\"" + kind + "\"",
              "supported values: \"Node\", \"<empty>\""));
    }
    registry.change(pod, Subresource.BINDING, object -> bound(pod, object, binding, node), dryRun);
  }

  private ObjectNode bound(Target pod, ObjectNode object, ObjectNode binding, String node) {
    Metadata metadata = Metadata.of(object);
    String uid = Metadata.of(binding).uid();
    if (!uid.isEmpty() && !uid.equals(metadata.uid())) {
      throw conflict(
          pod,
          "Precondition failed: UID in precondition: %s, UID in object meta: %s"
              .formatted(uid, metadata.uid()));
    }
    if (metadata.isDeleting()) {
      throw conflict(
          pod, "pod %s is being deleted, cannot be assigned to a host".formatted(pod.name()));
    }
    if (!(object.get("spec") instanceof ObjectNode spec)) {
      throw ApiException.badRequest("pod %s has no spec".formatted(pod.name()));
    }
    String current = spec.path("nodeName").asString("");
    if (!current.isEmpty()) {
      throw conflict(
          pod, "pod %s is already assigned to node \"%s\"".formatted(pod.name(), current));
    }
    if (!spec.path("schedulingGates").isEmpty()) {
      throw conflict(pod, "pod %s has non-empty .spec.schedulingGates".formatted(pod.name()));
    }
    spec.put("nodeName", node);
    JsonNode annotations = Metadata.of(binding).fields().path("annotations");
    if (annotations instanceof ObjectNode more && !more.isEmpty()) {
      ObjectNode own =
          metadata.fields().get("annotations") instanceof ObjectNode there
              ? there
              : metadata.fields().putObject("annotations");
      own.setAll(more);
    }
    schedule(object);
    return object;
  }

  private void schedule(ObjectNode object) {
    ObjectNode status =
        object.get("status") instanceof ObjectNode there ? there : object.putObject("status");
    ArrayNode conditions =
        status.get("conditions") instanceof ArrayNode there ? there : status.putArray("conditions");
    for (int i = conditions.size() - 1; i >= 0; i--) {
      if (conditions.get(i).path("type").asString("").equals("PodScheduled")) {
        conditions.remove(i);
      }
    }
    conditions
        .addObject()
        .put("type", "PodScheduled")
        .put("status", "True")
        .put("lastTransitionTime", registry.now());
  }

  private static ApiException conflict(Target pod, String detail) {
    return new ApiException(
        new dev.navarch.api.ApiError.Conflict(
            new dev.navarch.api.ApiError.Resource("", "pods/binding"), pod.name(), detail));
  }
}
