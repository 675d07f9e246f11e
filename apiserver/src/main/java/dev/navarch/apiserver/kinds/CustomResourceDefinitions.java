package dev.navarch.apiserver.kinds;

import static dev.navarch.apiserver.kinds.Defaults.objects;

import dev.navarch.api.FieldError;
import java.util.List;
import java.util.Locale;
import java.util.function.Consumer;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/// CustomResourceDefinitions: kinds that users add. Their names follow from their group and plural,
/// and one version is the one that is stored.
final class CustomResourceDefinitions implements KindRules {

  @Override
  public void setDefaults(ObjectNode definition) {
    ObjectNode spec = Defaults.object(definition, "spec");
    Defaults.put(Defaults.object(spec, "conversion"), "strategy", "None");
    ObjectNode names = Defaults.object(spec, "names");
    String kind = names.path("kind").asString("");
    if (!kind.isEmpty()) {
      Defaults.put(names, "singular", kind.toLowerCase(Locale.ROOT));
      Defaults.put(names, "listKind", kind + "List");
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
    ArrayNode stored = Defaults.object(definition, "status").withArray("storedVersions");
    for (ObjectNode version : objects(definition.at("/spec/versions"))) {
      boolean known = stored.valueStream().anyMatch(version.path("name")::equals);
      if (version.path("storage").asBoolean(false) && !known) {
        stored.add(version.path("name"));
      }
    }
  }

  @Override
  public void validate(ObjectNode definition, Consumer<FieldError> errors) {
    Place root = Place.root(definition, errors);
    Place spec = root.at("spec");
    Place names = spec.at("names");
    spec.at("group").present();
    spec.at("scope").present();
    spec.at("scope").oneOf("Cluster", "Namespaced");
    names.at("plural").present();
    names.at("kind").present();
    String expected = names.at("plural").text() + "." + spec.at("group").text();
    if (!root.at("metadata", "name").text().equals(expected)) {
      root.at("metadata", "name").invalid("must be spec.names.plural+\".\"+spec.group");
    }
    Place versions = spec.at("versions");
    long stored = versions.items().stream().filter(v -> v.at("storage").flag()).count();
    if (stored != 1) {
      versions.invalid("must have exactly one version marked as storage version");
    }
    versions.distinct("name");
    for (Place version : versions.items()) {
      version.at("name").present();
      version.at("schema", "openAPIV3Schema").present("schemas are required");
    }
  }

  @Override
  public void validateUpdate(ObjectNode definition, ObjectNode old, Consumer<FieldError> errors) {
    Place spec = Place.root(definition, errors).at("spec");
    for (String field : List.of("group", "scope")) {
      spec.at(field).sameAs(old.path("spec").path(field));
    }
    for (String field : List.of("kind", "plural")) {
      spec.at("names", field).sameAs(old.at("/spec/names").path(field));
    }
  }

  @Override
  public boolean allowsUnconditionalUpdate() {
    return false;
  }

  @Override
  public List<Column> columns() {
    return List.of(Column.NAME, Columns.CREATED_AT);
  }
}
