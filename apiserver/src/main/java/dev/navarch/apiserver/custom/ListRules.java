package dev.navarch.apiserver.custom;

import dev.navarch.apiserver.kinds.Place;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/// How lists and maps may say that they merge: sets of scalars, maps by keys that every element
/// has.
final class ListRules {
  private static final Set<String> SCALARS = Set.of("string", "integer", "number", "boolean");

  private ListRules() {}

  static void check(Place schema) {
    Place listType = schema.at("x-kubernetes-list-type");
    Place keys = schema.at("x-kubernetes-list-map-keys");
    Place mapType = schema.at("x-kubernetes-map-type");
    if (listType.isSet()) {
      if (!List.of("atomic", "map", "set").contains(listType.text())) {
        listType.notSupported(List.of("atomic", "map", "set"));
      }
      if (!schema.at("type").text().equals("array")) {
        invalidType(schema, "array", "x-kubernetes-list-type");
      }
    }
    if (mapType.isSet()) {
      if (!List.of("atomic", "granular").contains(mapType.text())) {
        mapType.notSupported(List.of("atomic", "granular"));
      }
      if (!schema.at("type").text().equals("object")) {
        invalidType(schema, "object", "x-kubernetes-map-type");
      }
    }
    switch (listType.text()) {
      case "set" -> set(schema);
      case "map" -> map(schema, keys);
      default -> {}
    }
    if (!keys.isEmpty() && !listType.text().equals("map")) {
      if (listType.isSet()) {
        listType.invalid("must be map if x-kubernetes-list-map-keys is non-empty");
      } else {
        listType.required("must be map if x-kubernetes-list-map-keys is non-empty");
      }
    }
  }

  private static void invalidType(Place schema, String type, String because) {
    Place at = schema.at("type");
    String detail = "must be %s if %s is specified".formatted(type, because);
    if (at.isEmpty()) {
      at.required(detail);
    } else {
      at.invalid(detail);
    }
  }

  private static void set(Place schema) {
    Place items = schema.at("items");
    if (items.at("nullable").flag()) {
      items.at("nullable").forbidden("cannot be nullable when x-kubernetes-list-type is set");
    }
    String type = items.at("type").text();
    boolean atomicList =
        type.equals("array")
            && !List.of("set", "map").contains(items.at("x-kubernetes-list-type").text());
    boolean atomicMap =
        type.equals("object") && items.at("x-kubernetes-map-type").text().equals("atomic");
    if (type.equals("array") && !atomicList) {
      items
          .at("x-kubernetes-list-type")
          .invalid("must be atomic as item of a list with x-kubernetes-list-type=set");
    } else if (type.equals("object") && !atomicMap) {
      items
          .at("x-kubernetes-map-type")
          .invalid("must be atomic as item of a list with x-kubernetes-list-type=set");
    }
  }

  private static void map(Place schema, Place keys) {
    Place items = schema.at("items");
    if (items.at("nullable").flag()) {
      items.at("nullable").forbidden("cannot be nullable when x-kubernetes-list-type is map");
    }
    if (!items.at("type").text().equals("object")) {
      items.at("type").invalid("must be object if parent array's x-kubernetes-list-type is map");
    }
    if (keys.isEmpty()) {
      keys.required("must not be empty if x-kubernetes-list-type is map");
    }
    Set<String> seen = new HashSet<>();
    Set<String> required = new HashSet<>(CustomResource.strings(items.node().path("required")));
    for (Place key : keys.items()) {
      if (!seen.add(key.text())) {
        keys.invalid("keys must be unique");
      }
      Place declared = items.at("properties").child(key.text());
      if (!declared.isSet()) {
        key.invalid("entries must all be names of item properties");
        continue;
      }
      if (!SCALARS.contains(declared.at("type").text())) {
        declared
            .at("type")
            .invalid("must be a scalar type if parent array's x-kubernetes-list-type is map");
      }
      if (declared.at("nullable").flag()) {
        declared
            .at("nullable")
            .forbidden("this property is in x-kubernetes-list-map-keys, so it cannot be nullable");
      }
      if (!required.contains(key.text()) && !declared.at("default").isSet()) {
        declared
            .at("default")
            .required(
                "this property is in x-kubernetes-list-map-keys, so it must have a default or be a"
                    + " required property");
      }
    }
  }
}
