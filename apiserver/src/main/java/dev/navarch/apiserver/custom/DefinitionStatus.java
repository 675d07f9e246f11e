package dev.navarch.apiserver.custom;

import dev.navarch.api.Json;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/// What the server says of a definition: which of its names it got, and whether its kind is served.
/// Of two definitions in a group that want the same name, the one that has it keeps it.
final class DefinitionStatus {
  private static final String APPROVED = "api-approved.kubernetes.io";
  private static final String WHY = "https://github.com/kubernetes/enhancements/pull/1111";

  private final ObjectNode definition;
  private final ObjectNode status;
  private final String now;

  private DefinitionStatus(ObjectNode before, String now) {
    this.definition = Json.object().setAll(before);
    this.status =
        before.get("status") instanceof ObjectNode there ? there.deepCopy() : Json.object();
    this.definition.set("status", status);
    this.now = now;
  }

  /// Whether the conditions say that the kind is served.
  static boolean isEstablished(JsonNode definition) {
    return condition(definition, "Established")
        .filter(one -> one.path("status").asString("").equals("True"))
        .isPresent();
  }

  /// The definition with the status that it should have.
  ///
  /// @param others the other definitions of the group
  static ObjectNode of(ObjectNode definition, List<ObjectNode> others, String now) {
    DefinitionStatus made = new DefinitionStatus(definition, now);
    made.names(others);
    made.approval();
    return made.definition;
  }

  private void names(List<ObjectNode> others) {
    Set<String> resources = new HashSet<>();
    Set<String> kinds = new HashSet<>();
    for (ObjectNode other : others) {
      JsonNode taken = other.at("/status/acceptedNames");
      resources.add(taken.path("plural").asString(""));
      resources.add(taken.path("singular").asString(""));
      resources.addAll(CustomResource.strings(taken.path("shortNames")));
      kinds.add(taken.path("kind").asString(""));
      kinds.add(taken.path("listKind").asString(""));
    }
    JsonNode wanted = definition.path("spec").path("names");
    ObjectNode accepted =
        status.get("acceptedNames") instanceof ObjectNode before ? before : Json.object();
    String reason = "";
    String message = "";
    for (String field : List.of("plural", "singular", "shortNames", "kind", "listKind")) {
      Set<String> taken = field.toLowerCase(Locale.ROOT).endsWith("kind") ? kinds : resources;
      List<String> conflicts =
          (field.equals("shortNames")
                  ? CustomResource.strings(wanted.path(field))
                  : List.of(wanted.path(field).asString("")))
              .stream().filter(name -> !name.isEmpty() && taken.contains(name)).toList();
      if (conflicts.isEmpty()) {
        take(accepted, wanted, field);
      } else {
        reason = field.substring(0, 1).toUpperCase(Locale.ROOT) + field.substring(1) + "Conflict";
        message = said(conflicts);
      }
    }
    take(accepted, wanted, "categories");
    status.set("acceptedNames", accepted);
    boolean free = reason.isEmpty();
    set(
        "NamesAccepted",
        free,
        free ? "NoConflicts" : reason,
        free ? "no conflicts found" : message);
    if (!isEstablished(definition)) {
      set(
          "Established",
          free,
          free ? "InitialNamesAccepted" : "NotAccepted",
          free ? "the initial names have been accepted" : "not all names are accepted");
    }
  }

  private static String said(List<String> conflicts) {
    List<String> sentences =
        conflicts.stream().map(name -> "\"" + name + "\" is already in use").toList();
    return sentences.size() == 1 ? sentences.getFirst() : "[" + String.join(", ", sentences) + "]";
  }

  private static void take(ObjectNode accepted, JsonNode wanted, String field) {
    JsonNode value = wanted.get(field);
    if (value == null || (value.isContainer() && value.isEmpty())) {
      accepted.remove(field);
    } else {
      accepted.set(field, value.deepCopy());
    }
  }

  /// Groups of the project itself need an approval.
  private void approval() {
    String group = definition.path("spec").path("group").asString("");
    if (!isProtected(group)) {
      return;
    }
    String type = "KubernetesAPIApprovalPolicyConformant";
    String given = definition.path("metadata").path("annotations").path(APPROVED).asString("");
    if (given.isEmpty()) {
      set(
          type,
          false,
          "MissingAnnotation",
          "protected groups must have approval annotation \"%s\", see %s".formatted(APPROVED, WHY));
    } else if (given.startsWith("unapproved")) {
      set(type, false, "UnapprovedAnnotation", "not approved: \"" + given + "\"");
    } else if (isUrl(given)) {
      set(type, true, "ApprovedAnnotation", "approved in " + given);
    } else {
      set(
          type,
          false,
          "InvalidAnnotation",
          ("protected groups must have approval annotation \"%s\" with either a URL or a reason"
                  + " starting with \"unapproved\", see %s")
              .formatted(APPROVED, WHY));
    }
  }

  static boolean isProtected(String group) {
    return group.equals("k8s.io")
        || group.endsWith(".k8s.io")
        || group.equals("kubernetes.io")
        || group.endsWith(".kubernetes.io");
  }

  static boolean isUrl(String text) {
    return text.matches("[a-z]+://[^/\\s]+.*");
  }

  static Optional<ObjectNode> condition(JsonNode definition, String type) {
    for (JsonNode condition : definition.at("/status/conditions")) {
      if (condition instanceof ObjectNode one && one.path("type").asString("").equals(type)) {
        return Optional.of(one);
      }
    }
    return Optional.empty();
  }

  private void set(String type, boolean is, String reason, String message) {
    set(definition, type, is, reason, message, now);
  }

  /// Sets a condition; its time changes only with its status.
  static void set(
      ObjectNode definition, String type, boolean is, String reason, String message, String now) {
    ObjectNode status =
        definition.get("status") instanceof ObjectNode there
            ? there
            : definition.putObject("status");
    ArrayNode conditions =
        status.get("conditions") instanceof ArrayNode there ? there : status.putArray("conditions");
    String says = is ? "True" : "False";
    ObjectNode condition = condition(definition, type).orElseGet(conditions::addObject);
    if (!condition.path("status").asString("").equals(says)) {
      condition.put("lastTransitionTime", now);
    }
    condition.put("message", message).put("reason", reason).put("status", says).put("type", type);
  }
}
