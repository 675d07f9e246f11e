package dev.navarch.api.apply;

import dev.navarch.api.Json;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/// `metadata.managedFields` of one object: who owns which fields, in words of which version, and
/// since when.
public final class ManagedFields {
  static final ManagedFields EMPTY = new ManagedFields(Map.of());
  private static final String FIELD = "managedFields";
  private static final String FIELDS_V1 = "FieldsV1";

  private static final Comparator<Map.Entry<Owner, Owned>> WRITTEN_ORDER =
      Comparator.<Map.Entry<Owner, Owned>, String>comparing(entry -> entry.getKey().operation())
          .thenComparing(entry -> entry.getValue().time())
          .thenComparing(entry -> entry.getKey().manager())
          .thenComparing(entry -> entry.getValue().apiVersion())
          .thenComparing(entry -> entry.getKey().subresource());

  /// What one manager owns.
  ///
  /// @param time of the last write that took something; empty when nobody knows
  record Owned(String apiVersion, FieldSet fields, String time) {
    Owned with(FieldSet other) {
      return new Owned(apiVersion, other, time);
    }
  }

  private final Map<Owner, Owned> owners;

  private ManagedFields(Map<Owner, Owned> owners) {
    this.owners = owners;
  }

  /// Those who own nothing are left out.
  static ManagedFields of(Map<Owner, Owned> owners) {
    Map<Owner, Owned> kept = new LinkedHashMap<>(owners);
    kept.values().removeIf(owned -> owned.fields().isEmpty());
    return new ManagedFields(Collections.unmodifiableMap(kept));
  }

  Map<Owner, Owned> owners() {
    return owners;
  }

  boolean isEmpty() {
    return owners.isEmpty();
  }

  /// What stands in the object; an empty list when nothing does.
  public static JsonNode in(ObjectNode object) {
    JsonNode entries = object.path("metadata").path(FIELD);
    return entries.isArray() ? entries : Json.array();
  }

  /// Puts entries into the object; no entries remove the field.
  public static void put(ObjectNode object, JsonNode entries) {
    if (object.get("metadata") instanceof ObjectNode metadata) {
      if (entries.isEmpty()) {
        metadata.remove(FIELD);
      } else {
        metadata.set(FIELD, entries);
      }
    }
  }

  /// Makes an empty list in a document that a client sent survive decoding: it asks for a reset, as
  /// one empty entry does.
  public static void markReset(ObjectNode sent) {
    if (sent.path("metadata").path(FIELD) instanceof ArrayNode entries && entries.isEmpty()) {
      entries.addObject();
    }
  }

  static boolean isReset(JsonNode entries) {
    return entries.size() == 1 && entries.get(0).isObject() && entries.get(0).isEmpty();
  }

  /// Whether two lists differ in nothing but the times.
  public static boolean sameButTimes(JsonNode one, JsonNode other) {
    if (one.size() != other.size()) {
      return false;
    }
    for (int i = 0; i < one.size(); i++) {
      if (!isSameButTime(one.get(i), other.get(i))) {
        return false;
      }
    }
    return true;
  }

  private static boolean isSameButTime(JsonNode one, JsonNode other) {
    if (one.size() != other.size()) {
      return false;
    }
    for (Map.Entry<String, JsonNode> field : one.properties()) {
      if (!field.getKey().equals("time") && !field.getValue().equals(other.get(field.getKey()))) {
        return false;
      }
    }
    return true;
  }

  /// Reads entries; empty when one of them makes no sense.
  static Optional<ManagedFields> read(JsonNode entries) {
    Map<Owner, Owned> owners = new LinkedHashMap<>();
    try {
      for (JsonNode entry : entries.values()) {
        read(entry, owners);
      }
    } catch (IllegalArgumentException e) {
      return Optional.empty();
    }
    return Optional.of(new ManagedFields(Collections.unmodifiableMap(owners)));
  }

  private static void read(JsonNode entry, Map<Owner, Owned> owners) {
    String version = entry.path("apiVersion").asString("");
    String operation = entry.path("operation").asString("");
    boolean applies = operation.equals("Apply");
    if (!applies && !operation.equals("Update")) {
      throw new IllegalArgumentException("operation must be Apply or Update, found " + operation);
    }
    if (version.isEmpty()) {
      throw new IllegalArgumentException("apiVersion must not be empty");
    }
    if (!entry.path("fieldsType").asString("").equals(FIELDS_V1)) {
      throw new IllegalArgumentException("fieldsType must be " + FIELDS_V1);
    }
    JsonNode fields = entry.path("fieldsV1");
    owners.put(
        new Owner(
            entry.path("manager").asString(""),
            applies,
            applies ? "" : version,
            entry.path("subresource").asString("")),
        new Owned(
            version,
            fields.isMissingNode() ? FieldSet.EMPTY : FieldSet.read(fields),
            entry.path("time").asString("")));
  }

  ArrayNode json() {
    ArrayNode entries = Json.array();
    List<Map.Entry<Owner, Owned>> sorted = new ArrayList<>(owners.entrySet());
    if (sorted.size() > 1) {
      sorted.sort(WRITTEN_ORDER);
    }
    for (Map.Entry<Owner, Owned> entry : sorted) {
      entries.add(json(entry.getKey(), entry.getValue()));
    }
    return entries;
  }

  private static ObjectNode json(Owner owner, Owned owned) {
    ObjectNode json = Json.object();
    if (!owner.manager().isEmpty()) {
      json.put("manager", owner.manager());
    }
    json.put("operation", owner.operation()).put("apiVersion", owned.apiVersion());
    if (!owned.time().isEmpty()) {
      json.put("time", owned.time());
    }
    json.put("fieldsType", FIELDS_V1).set("fieldsV1", owned.fields().json());
    if (!owner.subresource().isEmpty()) {
      json.put("subresource", owner.subresource());
    }
    return json;
  }
}
