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

/// What a definition must keep to, apart from its schemas: names, versions, columns, subresources,
/// selectable fields, conversion.
final class DefinitionValidation {
  private static final List<String> COLUMN_TYPES =
      List.of("boolean", "date", "integer", "number", "string");
  private static final List<String> COLUMN_FORMATS =
      List.of(
          "binary", "byte", "date", "date-time", "double", "float", "int32", "int64", "password");
  private static final int MOST_SELECTABLE = 8;
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
    conversion(spec.at("conversion"));
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
      version.at("additionalPrinterColumns").items().forEach(DefinitionValidation::column);
    }
    if (!alike("subresources")) {
      scale(version.at("subresources", "scale"));
    }
    if (!alike("selectableFields")) {
      selectable(version.at("selectableFields"), version.node());
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
          .forEach(DefinitionValidation::column);
    }
    if (alike("subresources")) {
      scale(
          new Place(
              "spec.subresources.scale", first.node().path("subresources").path("scale"), errors));
    }
    if (alike("selectableFields")) {
      selectable(
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

  private static void column(Place column) {
    column.at("name").present();
    Place type = column.at("type");
    String types = "must be one of " + String.join(",", COLUMN_TYPES);
    if (type.present(types) && !COLUMN_TYPES.contains(type.text())) {
      type.invalid(types);
    }
    Place format = column.at("format");
    if (!format.isEmpty() && !COLUMN_FORMATS.contains(format.text())) {
      format.invalid("must be one of " + String.join(",", COLUMN_FORMATS));
    }
    Place path =
        new Place(column.path() + ".JSONPath", column.node().path("jsonPath"), column.errors());
    if (path.present() && simple(path)) {
      try {
        JsonPath.parse(path.text());
      } catch (IllegalArgumentException e) {
        path.invalid(String.valueOf(e.getMessage()));
      }
    }
  }

  private static boolean simple(Place path) {
    if (!path.text().startsWith(".")) {
      path.invalid("must be a simple json path starting with .");
      return false;
    }
    return true;
  }

  private static void scale(Place scale) {
    if (!scale.isSet()) {
      return;
    }
    below(scale.at("specReplicasPath"), true, ".spec");
    below(scale.at("statusReplicasPath"), true, ".status");
    below(scale.at("labelSelectorPath"), false, ".spec", ".status");
  }

  private static void below(Place path, boolean required, String... parents) {
    if (path.isEmpty()) {
      if (required) {
        path.required("");
      }
    } else if (simple(path)) {
      boolean fits = false;
      for (String parent : parents) {
        fits |= path.text().startsWith(parent + ".");
      }
      if (!fits) {
        path.invalid(
            "should be a json path under "
                + (parents.length == 1 ? parents[0] : "either .spec or .status"));
      }
    }
  }

  private static void selectable(Place all, JsonNode version) {
    if (all.items().size() > MOST_SELECTABLE) {
      all.errors()
          .accept(
              new FieldError(
                  FieldError.Type.TOO_MANY,
                  all.path(),
                  Integer.toString(all.items().size()),
                  "must have at most " + MOST_SELECTABLE + " items"));
    }
    Set<String> seen = new HashSet<>();
    for (Place field : all.items()) {
      Place path = field.at("jsonPath");
      if (!path.present() || !simple(path)) {
        continue;
      }
      if (!seen.add(path.text())) {
        path.errors()
            .accept(
                new FieldError(
                    FieldError.Type.DUPLICATE, path.path(), "\"" + path.text() + "\"", ""));
      }
      JsonNode schema = version.path("schema").path("openAPIV3Schema");
      for (String name : path.text().substring(1).split("\\.", -1)) {
        schema = schema.path("properties").path(name);
      }
      if (path.text().startsWith(".metadata")) {
        path.invalid("must not point to fields in metadata");
      } else if (schema.isMissingNode()) {
        path.invalid("does not refer to a valid field");
      } else if (!List.of("string", "boolean", "integer")
          .contains(schema.path("type").asString(""))) {
        path.invalid(
            "must point to a field of type string, boolean or integer. Enum string fields and"
                + " strings with formats are allowed.");
      }
    }
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

  private static void conversion(Place conversion) {
    Place strategy = conversion.at("strategy");
    JsonNode webhook = conversion.node().path("webhook");
    Place client =
        new Place(
            conversion.path() + ".webhookClientConfig",
            webhook.path("clientConfig"),
            conversion.errors());
    Place reviews =
        new Place(
            conversion.path() + ".conversionReviewVersions",
            webhook.path("conversionReviewVersions"),
            conversion.errors());
    switch (strategy.text()) {
      case "None" -> {
        if (client.isSet()) {
          client.forbidden("should not be set when strategy is not set to Webhook");
        }
        if (!reviews.isEmpty()) {
          reviews.forbidden("should not be set when strategy is not set to Webhook");
        }
      }
      case "Webhook" -> {
        webhook(client);
        reviews(reviews);
      }
      case "" -> strategy.required("");
      default -> strategy.notSupported(List.of("None", "Webhook"));
    }
  }

  private static void webhook(Place client) {
    Place url = client.at("url");
    Place service = client.at("service");
    if (!client.isSet()) {
      client.required("required when strategy is set to Webhook");
    } else if (url.isSet() == service.isSet()) {
      client.required("exactly one of url or service is required");
    } else if (url.isSet()) {
      if (!url.text().startsWith("https://")) {
        url.invalid("'https' is the only allowed URL scheme; desired format: https://host[/path]");
      }
    } else {
      service.at("name").present("service name is required");
      service.at("namespace").present("service namespace is required");
      Place path = service.at("path");
      if (!path.isEmpty() && !path.text().startsWith("/")) {
        path.invalid("must start with a '/'");
      }
    }
  }

  private static void reviews(Place reviews) {
    if (reviews.isEmpty()) {
      reviews.required("");
      return;
    }
    Set<String> seen = new HashSet<>();
    for (Place version : reviews.items()) {
      if (!seen.add(version.text())) {
        version.invalid("duplicate version");
      } else {
        version.names(NameChecks.dns1035Label(version.text()));
      }
    }
    if (!seen.contains("v1") && !seen.contains("v1beta1")) {
      reviews.invalid("must include at least one of v1, v1beta1");
    }
  }
}
