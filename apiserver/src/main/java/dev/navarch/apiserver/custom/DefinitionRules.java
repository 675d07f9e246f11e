package dev.navarch.apiserver.custom;

import dev.navarch.api.FieldError;
import dev.navarch.api.Json;
import dev.navarch.apiserver.kinds.KindRules;
import java.util.List;
import java.util.Locale;
import java.util.function.Consumer;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/// CustomResourceDefinitions: kinds that users add. Their names follow from their group and plural,
/// one version is the one that is stored, and a definition stays until its objects are gone.
final class DefinitionRules implements KindRules {
  private static final Column CREATED_AT =
      new Column(
          "Created At",
          "date",
          "",
          "When the object was created.",
          0,
          row -> row.object().at("/metadata/creationTimestamp").asString(""));

  @Override
  public void setDefaults(ObjectNode definition) {
    ObjectNode spec = object(definition, "spec");
    ObjectNode conversion = object(spec, "conversion");
    put(conversion, "strategy", "None");
    ObjectNode names = object(spec, "names");
    String kind = names.path("kind").asString("");
    if (!kind.isEmpty()) {
      put(names, "singular", kind.toLowerCase(Locale.ROOT));
      put(names, "listKind", kind + "List");
    }
    if (conversion.at("/webhook/clientConfig/service") instanceof ObjectNode service
        && !service.has("port")) {
      service.put("port", 443L);
    }
  }

  private static ObjectNode object(ObjectNode parent, String field) {
    return parent.get(field) instanceof ObjectNode there ? there : parent.putObject(field);
  }

  private static void put(ObjectNode parent, String field, String value) {
    if (parent.path(field).asString("").isEmpty()) {
      parent.put(field, value);
    }
  }

  @Override
  public void prepareForCreate(ObjectNode definition) {
    definition.putObject("status").putArray("storedVersions");
    noteStoredVersion(definition);
  }

  @Override
  public void prepareForUpdate(ObjectNode definition, ObjectNode old) {
    noteStoredVersion(definition);
  }

  /// What was ever stored stays on the list until somebody has migrated it.
  private static void noteStoredVersion(ObjectNode definition) {
    ArrayNode stored = object(definition, "status").withArray("storedVersions");
    String storage = CustomResource.storageVersion(definition);
    if (!storage.isEmpty() && !CustomResource.strings(stored).contains(storage)) {
      stored.add(storage);
    }
  }

  @Override
  public void prepareForDelete(ObjectNode definition) {
    ObjectNode metadata = object(definition, "metadata");
    ArrayNode finalizers = metadata.withArray("finalizers");
    if (!CustomResource.strings(finalizers).contains(InstanceCleaner.FINALIZER)) {
      finalizers.add(InstanceCleaner.FINALIZER);
    }
    DefinitionStatus.set(
        definition,
        "Terminating",
        true,
        "InstanceDeletionPending",
        "CustomResourceDefinition marked for deletion; CustomResource deletion will begin soon",
        metadata.path("deletionTimestamp").asString(""));
  }

  @Override
  public void validate(ObjectNode definition, Consumer<FieldError> errors) {
    new DefinitionValidation(definition, Json.object(), errors).check();
  }

  @Override
  public void validateChange(ObjectNode definition, ObjectNode old, Consumer<FieldError> errors) {
    new DefinitionValidation(definition, old, errors).check();
    stored(definition, errors);
    JsonNode spec = definition.path("spec");
    immutable(spec, old.path("spec"), "group", errors);
    immutable(spec.path("names"), old.at("/spec/names"), "plural", errors);
    if (DefinitionStatus.isEstablished(old)) {
      immutable(spec, old.path("spec"), "scope", errors);
      immutable(spec.path("names"), old.at("/spec/names"), "kind", errors);
    }
  }

  @Override
  public void validateStatusUpdate(
      ObjectNode definition, ObjectNode old, Consumer<FieldError> errors) {
    stored(definition, errors);
  }

  /// Versions in which objects may still be stored cannot go.
  private static void stored(ObjectNode definition, Consumer<FieldError> errors) {
    List<String> stored = CustomResource.strings(definition.at("/status/storedVersions"));
    List<String> there =
        definition
            .at("/spec/versions")
            .valueStream()
            .map(version -> version.path("name").asString(""))
            .toList();
    String shown = Json.text(definition.at("/status/storedVersions"));
    if (stored.isEmpty()) {
      errors.accept(
          FieldError.invalid(
              "status.storedVersions", shown, "must have at least one stored version"));
      return;
    }
    for (int i = 0; i < stored.size(); i++) {
      if (!there.contains(stored.get(i))) {
        errors.accept(
            FieldError.invalid(
                "status.storedVersions[" + i + "]",
                '"' + stored.get(i) + '"',
                "missing from spec.versions; %s was previously a storage version, and must remain in spec.versions until a storage migration ensures no data remains persisted in %s and removes %s from status.storedVersions"
                    .formatted(stored.get(i), stored.get(i), stored.get(i))));
      }
    }
    String storage = CustomResource.storageVersion(definition);
    if (!storage.isEmpty() && !stored.contains(storage)) {
      errors.accept(
          FieldError.invalid(
              "status.storedVersions", shown, "must have the storage version " + storage));
    }
  }

  private static void immutable(
      JsonNode now, JsonNode before, String field, Consumer<FieldError> errors) {
    if (!now.path(field).equals(before.path(field))) {
      String path =
          field.equals("plural") || field.equals("kind") ? "spec.names." + field : "spec." + field;
      errors.accept(FieldError.invalid(path, Json.text(now.path(field)), "field is immutable"));
    }
  }

  @Override
  public boolean allowsUnconditionalUpdate() {
    return false;
  }

  @Override
  public boolean takesAnyFinalizer() {
    return true;
  }

  @Override
  public List<Column> columns() {
    return List.of(Column.NAME, CREATED_AT);
  }
}
