package dev.navarch.apiserver.registry;

import java.util.Map;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/// Events of `events.k8s.io/v1`, stored as those of the core group: the same facts under other
/// names.
final class EventVersions implements Versions.Conversion {
  private static final Map<String, String> CORE_NAMES =
      Map.of(
          "regarding", "involvedObject",
          "note", "message",
          "reportingController", "reportingComponent",
          "deprecatedSource", "source",
          "deprecatedFirstTimestamp", "firstTimestamp",
          "deprecatedLastTimestamp", "lastTimestamp",
          "deprecatedCount", "count");

  @Override
  public ObjectNode toStored(ObjectNode object) {
    CORE_NAMES.forEach((name, core) -> rename(object, name, core));
    return object;
  }

  @Override
  public ObjectNode shown(ObjectNode stored) {
    CORE_NAMES.forEach((name, core) -> rename(stored, core, name));
    return stored;
  }

  private static void rename(ObjectNode object, String from, String to) {
    JsonNode value = object.remove(from);
    if (value != null) {
      object.set(to, value);
    }
  }
}
