package dev.navarch.apiserver.custom;

import dev.navarch.api.ApiError;
import dev.navarch.api.Json;
import dev.navarch.api.Kind;
import dev.navarch.api.Schema;
import dev.navarch.api.StructuralSchema;
import dev.navarch.apiserver.registry.StoredForm;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.Function;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/// What one established CustomResourceDefinition brings: its resource in all versions, the one that
/// is stored, and how objects change between them.
final class CustomResource {
  private static final Set<String> VERBS =
      Set.of("create", "delete", "deletecollection", "get", "list", "patch", "update", "watch");

  private final ObjectNode definition;
  private final ApiError.Resource resource;
  private final List<Version> versions;

  /// One version.
  ///
  /// @param form how its objects are stored
  record Version(Kind kind, boolean served, boolean storage, CustomRules rules, StoredForm form) {}

  /// @param definition with accepted names
  /// @param objectMeta the schema of `metadata`
  CustomResource(ObjectNode definition, Schema objectMeta, Conversion conversion) {
    this.definition = definition;
    JsonNode spec = definition.path("spec");
    String group = spec.path("group").asString("");
    this.resource = new ApiError.Resource(group, spec.path("names").path("plural").asString(""));
    boolean terminating = isTerminating(definition);
    Map<JsonNode, Kind> read = new LinkedHashMap<>();
    Map<String, Kind> kinds = new HashMap<>();
    for (JsonNode version : spec.path("versions")) {
      Kind kind = kind(version, objectMeta);
      read.put(version, kind);
      kinds.put(kind.apiVersion(), kind);
    }
    Kind stored = kinds.get(group + "/" + storageVersion(definition));
    if (stored == null) {
      throw new IllegalArgumentException("no version of " + resource + " is stored");
    }
    boolean mixed =
        definition
            .at("/status/storedVersions")
            .valueStream()
            .anyMatch(version -> !version.asString("").equals(stored.version()));
    boolean storedIsServed = false;
    for (JsonNode version : spec.path("versions")) {
      storedIsServed |=
          version.path("storage").asBoolean(false) && version.path("served").asBoolean(false);
    }
    List<Version> all = new ArrayList<>();
    boolean preferred = !storedIsServed;
    for (Map.Entry<JsonNode, Kind> entry : read.entrySet()) {
      JsonNode version = entry.getKey();
      Kind kind = entry.getValue();
      boolean served = version.path("served").asBoolean(false);
      boolean storage = kind.equals(stored);
      all.add(
          new Version(
              kind,
              served,
              storage,
              new CustomRules(version, terminating, kind.apiVersion(), kind.kind()),
              new CustomForm(
                  kind, stored, kinds, mixed, storedIsServed ? storage : preferred, conversion)));
      preferred &= !served;
    }
    this.versions = List.copyOf(all);
  }

  private Kind kind(JsonNode version, Schema objectMeta) {
    JsonNode spec = definition.path("spec");
    JsonNode accepted = definition.at("/status/acceptedNames");
    JsonNode names = accepted.path("kind").asString("").isEmpty() ? spec.path("names") : accepted;
    Set<String> subresources = new TreeSet<>();
    version.path("subresources").propertyNames().forEach(subresources::add);
    ObjectNode schema =
        version.path("schema").path("openAPIV3Schema") instanceof ObjectNode given
            ? given
            : Json.object();
    return new Kind(
        resource.group(),
        version.path("name").asString(""),
        names.path("kind").asString(""),
        resource.plural(),
        names.path("singular").asString(""),
        strings(names.path("shortNames")),
        strings(names.path("categories")),
        spec.path("scope").asString("").equals("Namespaced"),
        VERBS,
        subresources,
        StructuralSchema.of(published(schema, version.path("selectableFields")), objectMeta));
  }

  /// The schema as OpenAPI shows it: with the fields that selectors may name.
  private static ObjectNode published(ObjectNode schema, JsonNode selectable) {
    if (selectable.isEmpty()) {
      return schema;
    }
    ObjectNode published = Json.object().setAll(schema);
    ArrayNode fields = published.putArray("x-kubernetes-selectable-fields");
    for (JsonNode field : selectable) {
      String path = field.path("jsonPath").asString("");
      fields.addObject().put("fieldPath", path.startsWith(".") ? path.substring(1) : path);
    }
    return published;
  }

  static List<String> strings(JsonNode list) {
    return list.valueStream().map(value -> value.asString("")).toList();
  }

  static String storageVersion(JsonNode definition) {
    return definition
        .at("/spec/versions")
        .valueStream()
        .filter(version -> version.path("storage").asBoolean(false))
        .map(version -> version.path("name").asString(""))
        .findFirst()
        .orElse("");
  }

  static boolean isTerminating(JsonNode definition) {
    return definition.path("metadata").has("deletionTimestamp");
  }

  ApiError.Resource resource() {
    return resource;
  }

  List<Version> versions() {
    return versions;
  }

  Version storage() {
    return versions.stream().filter(Version::storage).findFirst().orElseThrow();
  }

  Optional<Version> version(String name) {
    return versions.stream().filter(one -> one.kind().version().equals(name)).findFirst();
  }

  /// Every field that some version can be selected by.
  Map<String, Function<JsonNode, String>> selectableFields() {
    Map<String, Function<JsonNode, String>> fields = new HashMap<>();
    versions.forEach(version -> fields.putAll(version.rules().selectableFields()));
    return fields;
  }

  /// Whether another state of the definition serves the very same.
  boolean isServedLike(ObjectNode other) {
    return definition.path("spec").equals(other.path("spec"))
        && definition.at("/status/acceptedNames").equals(other.at("/status/acceptedNames"))
        && definition.at("/status/storedVersions").equals(other.at("/status/storedVersions"))
        && isTerminating(definition) == isTerminating(other)
        && definition.at("/metadata/uid").equals(other.at("/metadata/uid"));
  }
}
