package dev.navarch.api;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;

/// How the fields of each definition lie in its protobuf message, worked out once per definition.
final class ProtoLayouts {
  private static final String EXTENSIONS =
      "io.k8s.apiextensions-apiserver.pkg.apis.apiextensions.v1.";
  private static final String REPEATED = "repeated ";
  private static final String MAP = "map<string,";

  /// One field; `element` is the protobuf type of a value, of a list's element or a map's value.
  record Field(String name, Schema schema, int number, String element) {}

  record Layout(
      List<Field> fields, Map<Integer, Field> byNumber, Schema.@Nullable Embedded embedded) {}

  /// The messages of types whose JSON may be anything.
  enum Free {
    RAW_JSON,
    OR_BOOL,
    OR_ARRAY,
    OR_STRINGS;

    static Free of(Schema schema) {
      return switch (GoTypes.struct(schema)) {
        case "JSONSchemaPropsOrBool" -> OR_BOOL;
        case "JSONSchemaPropsOrArray" -> OR_ARRAY;
        case "JSONSchemaPropsOrStringArray" -> OR_STRINGS;
        default -> RAW_JSON;
      };
    }
  }

  private final Definitions definitions;
  private final Map<String, Layout> layouts = new ConcurrentHashMap<>();

  ProtoLayouts(Definitions definitions) {
    this.definitions = definitions;
  }

  Schema jsonSchemaProps() {
    return definitions.require(EXTENSIONS + "JSONSchemaProps");
  }

  Layout of(Schema schema) {
    Layout known = layouts.get(schema.definition());
    return known != null
        ? known
        : layouts.computeIfAbsent(schema.definition(), name -> layout(schema));
  }

  private static Layout layout(Schema schema) {
    List<Field> fields = new ArrayList<>();
    Map<Integer, Field> byNumber = new HashMap<>();
    schema
        .fields()
        .forEach(
            (name, field) -> {
              if (field.protobufNumber() > 0) {
                String element = element(field.protobufType());
                fields.add(new Field(name, field, field.protobufNumber(), element));
              }
            });
    fields.sort(Comparator.comparingInt(Field::number));
    fields.forEach(field -> byNumber.put(field.number, field));
    return new Layout(List.copyOf(fields), Map.copyOf(byNumber), schema.embedded());
  }

  private static String element(String type) {
    return type.startsWith(REPEATED)
        ? type.substring(REPEATED.length())
        : type.startsWith(MAP) ? type.substring(MAP.length(), type.length() - 1) : type;
  }

  /// Whether a list is a message of its own with the elements in field 1 (ExtraValue, Verbs).
  static boolean isWrappedList(Schema schema, String type) {
    Schema items = schema.items();
    return items != null && items.type() == Schema.Type.STRING && type.indexOf('.') > 0;
  }
}
