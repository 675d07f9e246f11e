package dev.navarch.apiserver.custom;

import dev.navarch.api.FieldError;
import dev.navarch.apiserver.kinds.Place;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import tools.jackson.databind.JsonNode;

/// What a version of a definition may say of its objects beside their schema: columns, where the
/// scale subresource finds its numbers, and fields that objects are selected by.
final class VersionParts {
  private static final List<String> COLUMN_TYPES =
      List.of("boolean", "date", "integer", "number", "string");
  private static final List<String> COLUMN_FORMATS =
      List.of(
          "binary", "byte", "date", "date-time", "double", "float", "int32", "int64", "password");
  private static final int MOST_SELECTABLE = 8;

  private VersionParts() {}

  static void column(Place column) {
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

  static void scale(Place scale) {
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

  static void selectable(Place all, JsonNode version) {
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
}
