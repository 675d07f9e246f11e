package dev.navarch.apiserver.custom;

import dev.navarch.api.FieldError;
import dev.navarch.api.selectors.NameChecks;
import dev.navarch.apiserver.kinds.Place;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.function.Consumer;
import tools.jackson.databind.JsonNode;

/// What a definition must keep to, apart from what its schemas say: its names, its group, and
/// versions that fit together.
final class DefinitionValidation {
  private static final String APPROVED = "api-approved.kubernetes.io";

  private final JsonNode old;
  private final Place root;
  private final Place spec;

  /// @param old the definition before an update; empty for a new one
  DefinitionValidation(JsonNode definition, JsonNode old, Consumer<FieldError> errors) {
    this.old = old;
    this.root = Place.root(definition, errors);
    this.spec = root.at("spec");
  }

  void check() {
    Place name = root.at("metadata", "name");
    String expected = spec.at("names", "plural").text() + "." + spec.at("group").text();
    if (!name.text().equals(expected)) {
      name.invalid("must be spec.names.plural+\".\"+spec.group");
    }
    group();
    if (spec.at("scope").present()
        && !List.of("Cluster", "Namespaced").contains(spec.at("scope").text())) {
      spec.at("scope").notSupported(List.of("Cluster", "Namespaced"));
    }
    versions();
    if (spec.at("preserveUnknownFields").flag()) {
      spec.at("preserveUnknownFields")
          .invalid(
              "cannot set to true, set x-kubernetes-preserve-unknown-fields to true in"
                  + " spec.versions[*].schema instead");
    }
    for (String field : List.of("plural", "singular", "kind", "listKind")) {
      spec.at("names", field).present();
    }
    names(spec.at("names"));
    ConversionValidation.check(spec.at("conversion"));
  }

  private void group() {
    Place group = spec.at("group");
    if (!group.present()) {
      return;
    }
    List<String> wrong = NameChecks.dnsSubdomain(group.text());
    if (!wrong.isEmpty()) {
      group.invalid(String.join(",", wrong));
    } else if (!group.text().contains(".")) {
      group.invalid("should be a domain with at least one dot");
    }
    Place approval = root.at("metadata", "annotations").child(APPROVED);
    if (DefinitionStatus.isProtected(group.text()) && old.isEmpty()) {
      if (approval.isEmpty()) {
        approval.required(
            "protected groups must have approval annotation \"%s\", see %s"
                .formatted(APPROVED, "https://github.com/kubernetes/enhancements/pull/1111"));
      } else if (!approval.text().startsWith("unapproved")
          && !DefinitionStatus.isUrl(approval.text())) {
        approval.invalid(
            ("protected groups must have approval annotation \"%s\" with either a URL or a reason"
                    + " starting with \"unapproved\", see %s")
                .formatted(APPROVED, "https://github.com/kubernetes/enhancements/pull/1111"));
      }
    }
  }

  private void versions() {
    Place versions = spec.at("versions");
    if (versions.isEmpty()) {
      versions.required("");
      return;
    }
    Set<String> names = new HashSet<>();
    boolean unique = true;
    int stored = 0;
    for (Place version : versions.items()) {
      unique &= names.add(version.at("name").text());
      stored += version.at("storage").flag() ? 1 : 0;
      version(version);
    }
    common();
    if (!unique) {
      versions.invalid("must contain unique version names");
    }
    if (stored != 1) {
      versions.invalid("must have exactly one version marked as storage version");
    }
  }

  private void version(Place version) {
    List<String> wrong = NameChecks.dns1035Label(version.at("name").text());
    if (!wrong.isEmpty()) {
      version.at("name").invalid(String.join(",", wrong));
    }
    Place warning = version.at("deprecationWarning");
    if (warning.isSet()) {
      if (!version.at("deprecated").flag()) {
        warning.invalid("can only be set for deprecated versions");
      }
      if (warning.text().isEmpty()) {
        warning.invalid("must not be an empty string");
      } else if (warning.text().length() > 256) {
        warning.invalid("must be <= 256 characters in length");
      } else if (warning.text().chars().anyMatch(Character::isISOControl)) {
        warning.invalid("must only contain printable UTF-8 characters");
      }
    }
    if (!version.at("schema", "openAPIV3Schema").isSet()) {
      version.at("schema", "openAPIV3Schema").required("schemas are required");
    }
    if (!alike("schema") && !isUnchanged(version)) {
      schema(version.at("schema", "openAPIV3Schema"));
    }
    if (!alike("additionalPrinterColumns")) {
      version.at("additionalPrinterColumns").items().forEach(VersionParts::column);
    }
    if (!alike("subresources")) {
      VersionParts.scale(version.at("subresources", "scale"));
    }
    if (!alike("selectableFields")) {
      VersionParts.selectable(version.at("selectableFields"), version.node());
    }
  }

  /// What is the same in all versions is judged once, and named as if it stood above them.
  private void common() {
    Place first = spec.at("versions").items().getFirst();
    Consumer<FieldError> errors = spec.errors();
    if (alike("schema") && !isUnchanged(first)) {
      schema(
          new Place(
              "spec.validation.openAPIV3Schema",
              first.node().path("schema").path("openAPIV3Schema"),
              errors));
    }
    if (alike("additionalPrinterColumns")) {
      new Place(
              "spec.additionalPrinterColumns",
              first.node().path("additionalPrinterColumns"),
              errors)
          .items()
          .forEach(VersionParts::column);
    }
    if (alike("subresources")) {
      VersionParts.scale(
          new Place(
              "spec.subresources.scale", first.node().path("subresources").path("scale"), errors));
    }
    if (alike("selectableFields")) {
      VersionParts.selectable(
          new Place("spec.selectableFields", first.node().path("selectableFields"), errors),
          first.node());
    }
  }

  private boolean alike(String field) {
    List<Place> versions = spec.at("versions").items();
    JsonNode first = versions.getFirst().node().path(field);
    return versions.stream().allMatch(version -> version.node().path(field).equals(first));
  }

  /// Rules are compiled only for a schema that has a structure.
  private static void schema(Place schema) {
    if (!schema.isSet()) {
      return;
    }
    List<FieldError> found = new ArrayList<>();
    new StructuralRules(found::add).check(schema.path(), schema.node());
    found.forEach(schema.errors());
    if (found.isEmpty()) {
      new CelDefinitionRules(schema.errors()).check(schema);
    }
  }

  /// A schema that was accepted once stays accepted.
  private boolean isUnchanged(Place version) {
    for (JsonNode before : old.at("/spec/versions")) {
      if (before.path("name").equals(version.node().path("name"))) {
        return before.path("schema").equals(version.node().path("schema"));
      }
    }
    return false;
  }

  private static void names(Place names) {
    label(names.at("plural"), false);
    label(names.at("singular"), false);
    label(names.at("kind"), true);
    label(names.at("listKind"), true);
    names.at("shortNames").items().forEach(name -> label(name, false));
    if (!names.at("kind").isEmpty()
        && names.at("kind").text().equals(names.at("listKind").text())) {
      names.at("listKind").invalid("kind and listKind may not be the same");
    }
    names.at("categories").items().forEach(name -> label(name, false));
  }

  private static void label(Place name, boolean mixedCase) {
    if (name.isEmpty()) {
      return;
    }
    String text = mixedCase ? name.text().toLowerCase(Locale.ROOT) : name.text();
    List<String> wrong = NameChecks.dns1035Label(text);
    if (!wrong.isEmpty()) {
      name.invalid(
          (mixedCase ? "may have mixed case, but should otherwise match: " : "")
              + String.join(",", wrong));
    }
  }
}
