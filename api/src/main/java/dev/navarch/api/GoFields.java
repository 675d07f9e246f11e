package dev.navarch.api;

import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;
import tools.jackson.databind.JsonNode;

/// Which fields of the built-in types vanish when they are empty. Kubernetes' types say so in Go,
/// by pointers and `omitempty`, and its OpenAPI does not repeat it; custom types keep everything.
record GoFields(
    boolean omitsEmpty, Map<String, Set<String>> pointers, Map<String, Set<String>> notPrinted) {
  /// For custom types.
  static final GoFields KEEP_ALL = new GoFields(false, Map.of(), Map.of());

  static GoFields read(JsonNode facts) {
    return new GoFields(
        true, sets(facts.path("pointers")), sets(facts.path("emptyDefaultsNotPrinted")));
  }

  /// Whether a field that holds an empty value is left out.
  boolean isOmittedWhenEmpty(String definition, String field, JsonNode facts, boolean required) {
    if (!omitsEmpty || required) {
      return false;
    }
    return switch (facts.path("type").asString("")) {
      case "array", "object" -> !facts.has("default");
      case "string", "integer", "number", "boolean" ->
          !has(pointers, definition, field)
              && (!isEmpty(facts.path("default")) || has(notPrinted, definition, field));
      default -> false;
    };
  }

  /// `""`, `0`, `false`, `[]`, `{}`
  static boolean isEmpty(JsonNode value) {
    return switch (value.getNodeType()) {
      case STRING -> value.stringValue().isEmpty();
      case NUMBER -> value.decimalValue().signum() == 0;
      case BOOLEAN -> !value.booleanValue();
      case ARRAY, OBJECT -> value.isEmpty();
      case NULL, MISSING, BINARY, POJO -> false;
    };
  }

  private static boolean has(Map<String, Set<String>> sets, String definition, String field) {
    return sets.getOrDefault(definition, Set.of()).contains(field);
  }

  private static Map<String, Set<String>> sets(JsonNode facts) {
    Map<String, Set<String>> sets = new HashMap<>();
    for (Map.Entry<String, JsonNode> entry : facts.properties()) {
      Set<String> names = new HashSet<>();
      entry.getValue().values().forEach(name -> names.add(name.asString()));
      sets.put(entry.getKey(), Set.copyOf(names));
    }
    return sets;
  }
}
