package dev.navarch.apiserver.cel;

import dev.cel.common.types.SimpleType;
import dev.navarch.api.Schema;
import dev.navarch.apiserver.cel.DeclaredType.ListKind;
import dev.navarch.apiserver.cel.DeclaredType.ListOf;
import dev.navarch.apiserver.cel.DeclaredType.MapOf;
import dev.navarch.apiserver.cel.DeclaredType.ObjectOf;
import dev.navarch.apiserver.cel.DeclaredType.Scalar;
import java.util.LinkedHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// What the schema of a served kind declares to expressions: policies are checked against the kinds
/// that they match. Types by definition stay references, as some contain themselves.
public final class SchemaTypes {
  private static final long MAX_STRING = DeclaredType.MAX_REQUEST_BYTES - 2;

  private SchemaTypes() {}

  /// @param name identifies a type that has no definition of its own
  public static DeclaredType of(String name, Schema schema) {
    return switch (schema.type()) {
      case OBJECT -> {
        Schema values = schema.values();
        if (values != null) {
          DeclaredType value = of(name + ".@values", values);
          yield new MapOf(value, MAX_STRING / (value.minSize() + 6));
        }
        yield object(schema.definition().isEmpty() ? name : schema.definition(), schema);
      }
      case ARRAY -> {
        Schema items = schema.items();
        DeclaredType element = items == null ? DeclaredType.DYN : of(name + ".@items", items);
        yield new ListOf(
            element,
            MAX_STRING / (element.minSize() + 1),
            switch (schema.listType()) {
              case ATOMIC -> ListKind.ATOMIC;
              case SET -> ListKind.SET;
              case MAP -> ListKind.MAP;
            },
            schema.listMapKeys());
      }
      case STRING ->
          schema.format().equals("byte")
              ? new Scalar(SimpleType.BYTES, 2, MAX_STRING)
              : DeclaredType.STRING;
      case INTEGER -> DeclaredType.INT;
      case NUMBER -> DeclaredType.DOUBLE;
      case BOOLEAN -> DeclaredType.BOOL;
      case TIME, MICRO_TIME -> new Scalar(SimpleType.TIMESTAMP, 22, 32);
      case QUANTITY, DURATION -> DeclaredType.STRING;
      case INT_OR_STRING, ANY -> DeclaredType.DYN;
    };
  }

  private static DeclaredType object(String name, Schema schema) {
    return new ObjectOf(
        name,
        2,
        new java.util.function.Supplier<>() {
          private @Nullable Map<String, DeclaredType> known;

          @Override
          public Map<String, DeclaredType> get() {
            Map<String, DeclaredType> fields = known;
            if (fields == null) {
              fields = new LinkedHashMap<>();
              for (Map.Entry<String, Schema> field : schema.fields().entrySet()) {
                fields.put(field.getKey(), of(name + "." + field.getKey(), field.getValue()));
              }
              known = fields;
            }
            return fields;
          }
        });
  }
}
