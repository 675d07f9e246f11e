package dev.navarch.apiserver.kinds;

import java.util.List;
import tools.jackson.databind.node.ObjectNode;

/// What every workload's controller may report: counts that are no less than nothing, parts that
/// are no more than the whole.
final class WorkloadStatuses {
  private WorkloadStatuses() {}

  /// @param whole the field that no part may be above; empty for none
  static void validate(Place object, ObjectNode old, String whole, String... parts) {
    Place status = object.at("status");
    status.at("observedGeneration").atLeast(0);
    status.at(whole).atLeast(0);
    for (String part : parts) {
      status.at(part).atLeast(0);
      if (status.at(part).number(0) > status.at(whole).number(0)) {
        status.at(part).invalid("cannot be greater than status.%s".formatted(whole));
      }
    }
    long collisions = old.at("/status/collisionCount").asLong(0);
    if (status.at("collisionCount").number(collisions) < collisions) {
      status.at("collisionCount").invalid("cannot be decremented");
    }
  }

  /// For counts that no other bounds.
  static void validateCounts(Place object, List<String> counts) {
    counts.forEach(count -> object.at("status", count).atLeast(0));
  }
}
