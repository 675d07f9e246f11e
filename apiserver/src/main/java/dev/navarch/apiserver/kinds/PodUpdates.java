package dev.navarch.apiserver.kinds;

import static dev.navarch.apiserver.kinds.Defaults.objects;

import java.util.List;
import java.util.TreeSet;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/// What may change about a pod once it exists: images, more tolerations, a shorter deadline; and
/// while scheduling gates hold it back, where it may run.
final class PodUpdates {
  private static final String ONLY =
      "pod updates may not change fields other than `spec.containers[*].image`,"
          + "`spec.initContainers[*].image`,`spec.activeDeadlineSeconds`,"
          + "`spec.tolerations` (only additions to existing tolerations),"
          + "`spec.terminationGracePeriodSeconds` (allow it to be set to 1 if it was previously"
          + " negative)";

  private PodUpdates() {}

  static void validate(Place pod, ObjectNode old) {
    Place spec = pod.at("spec");
    JsonNode before = old.path("spec");
    boolean sameContainers = true;
    for (String list : List.of("containers", "initContainers")) {
      if (spec.at(list).node().size() != before.path(list).size()) {
        spec.at(list).forbidden("pod updates may not add or remove containers");
        sameContainers = false;
      }
    }
    if (!sameContainers) {
      return;
    }
    validateDeadline(spec.at("activeDeadlineSeconds"), before.path("activeDeadlineSeconds"));
    validateTolerations(spec.at("tolerations"), before.path("tolerations"));
    boolean gated = !before.path("schedulingGates").isEmpty();
    validateGates(spec.at("schedulingGates"), before.path("schedulingGates"));
    ObjectNode kept = allowed(spec.node(), gated);
    ObjectNode was = allowed(before, gated);
    if (!kept.equals(was)) {
      spec.forbidden(ONLY + "\n" + changed(kept, was));
    }
  }

  /// The spec without what may change.
  private static ObjectNode allowed(JsonNode spec, boolean gated) {
    ObjectNode rest = (ObjectNode) spec.deepCopy();
    rest.remove(List.of("activeDeadlineSeconds", "tolerations", "schedulingGates"));
    if (rest.path("terminationGracePeriodSeconds").asLong(1) <= 1) {
      rest.put("terminationGracePeriodSeconds", 1);
    }
    if (gated) {
      rest.remove(List.of("nodeSelector", "affinity"));
    }
    for (String list : List.of("containers", "initContainers")) {
      objects(rest.path(list)).forEach(container -> container.remove("image"));
    }
    rest.properties().removeIf(field -> isEmpty(field.getValue()));
    return rest;
  }

  private static boolean isEmpty(JsonNode value) {
    return value.isNull() || (value instanceof ArrayNode list && list.isEmpty());
  }

  private static String changed(ObjectNode now, ObjectNode was) {
    TreeSet<String> names = new TreeSet<>();
    now.propertyNames().forEach(names::add);
    was.propertyNames().forEach(names::add);
    names.removeIf(name -> now.path(name).equals(was.path(name)));
    return "changed: " + String.join(", ", names);
  }

  private static void validateDeadline(Place deadline, JsonNode before) {
    if (before.isNumber()) {
      if (!deadline.isSet()) {
        deadline.invalidText("", "must not update from a positive integer to nil value");
      } else if (deadline.number(0) > before.asLong(0)) {
        deadline.invalid("must be less than or equal to previous value");
      }
    }
  }

  private static void validateTolerations(Place tolerations, JsonNode before) {
    List<ObjectNode> now =
        objects(tolerations.node()).stream().map(PodUpdates::withoutTime).toList();
    boolean allKept = objects(before).stream().map(PodUpdates::withoutTime).allMatch(now::contains);
    if (!allKept) {
      tolerations.forbidden("existing toleration can not be modified except its tolerationSeconds");
    }
  }

  private static ObjectNode withoutTime(ObjectNode toleration) {
    ObjectNode copy = toleration.deepCopy();
    copy.remove("tolerationSeconds");
    return copy;
  }

  private static void validateGates(Place gates, JsonNode before) {
    for (Place gate : gates.items()) {
      if (before.valueStream().noneMatch(gate.node()::equals)) {
        gates.forbidden(
            "only deletion is allowed, but found new scheduling gate '%s'"
                .formatted(gate.at("name").text()));
      }
    }
  }
}
