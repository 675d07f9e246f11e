package dev.navarch.api;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/// Finds values that are none of those that the schema lists. Status is left alone: what reports it
/// is trusted to know its words, as upstream trusts it.
public final class StructuralCheck {
  private final List<FieldError> errors = new ArrayList<>();

  private StructuralCheck() {}

  public static List<FieldError> check(ObjectNode document, Schema schema) {
    StructuralCheck check = new StructuralCheck();
    for (Map.Entry<String, JsonNode> entry : document.properties()) {
      Schema field = schema.fields().get(entry.getKey());
      if (field != null && !entry.getKey().equals("status")) {
        check.walk(entry.getValue(), field, Path.ROOT.field(entry.getKey()));
      }
    }
    return List.copyOf(check.errors);
  }

  private void walk(JsonNode node, Schema schema, Path path) {
    switch (node) {
      case ObjectNode object when schema.type() == Schema.Type.OBJECT -> {
        Schema values = schema.values();
        for (Map.Entry<String, JsonNode> entry : object.properties()) {
          Schema child = values != null ? values : schema.fields().get(entry.getKey());
          if (child != null && isJudged(child)) {
            walk(
                entry.getValue(),
                child,
                values != null ? path.key(entry.getKey()) : path.field(entry.getKey()));
          }
        }
      }
      case ArrayNode array -> {
        Schema items = schema.items();
        for (int i = 0; items != null && isJudged(items) && i < array.size(); i++) {
          walk(array.get(i), items, path.element(i));
        }
      }
      default -> leaf(node, schema, path);
    }
  }

  private static boolean isJudged(Schema schema) {
    return !schema.isLeaf() || !schema.enumValues().isEmpty();
  }

  private void leaf(JsonNode node, Schema schema, Path path) {
    List<String> supported = schema.enumValues();
    String value = node.asString("");
    if (!supported.isEmpty() && !value.isEmpty() && !supported.contains(value)) {
      errors.add(
          isSelectorOperator(supported)
              ? FieldError.invalid(path.toString(), quoted(value), "not a valid selector operator")
              : notSupported(path, value, supported));
    }
  }

  private static boolean isSelectorOperator(List<String> supported) {
    return supported.contains("NotIn") && supported.contains("DoesNotExist");
  }

  private static FieldError notSupported(Path path, String value, List<String> supported) {
    String values =
        supported.stream().sorted().map(StructuralCheck::quoted).collect(Collectors.joining(", "));
    return new FieldError(
        FieldError.Type.NOT_SUPPORTED,
        path.toString(),
        quoted(value),
        "supported values: " + values);
  }

  private static String quoted(String value) {
    return Json.text(Json.string(value));
  }
}
