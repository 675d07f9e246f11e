package dev.navarch.api.apply;

import dev.navarch.api.Schema;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;

/// Schemas as custom resources have them.
record TestSchema(
    Type type,
    Map<String, Schema> fields,
    @Nullable Schema values,
    @Nullable Schema items,
    ListType listType,
    List<String> listMapKeys,
    boolean atomicMap,
    boolean preservesUnknown)
    implements Schema {
  static final Schema STRING = scalar(Type.STRING);
  static final Schema INTEGER = scalar(Type.INTEGER);

  static Schema scalar(Type type) {
    return new TestSchema(type, Map.of(), null, null, ListType.ATOMIC, List.of(), false, false);
  }

  static Schema object(Map<String, Schema> fields) {
    return new TestSchema(
        Type.OBJECT, fields, null, null, ListType.ATOMIC, List.of(), false, false);
  }

  static Schema atomic(Map<String, Schema> fields) {
    return new TestSchema(Type.OBJECT, fields, null, null, ListType.ATOMIC, List.of(), true, false);
  }

  static Schema open(Map<String, Schema> fields) {
    return new TestSchema(Type.OBJECT, fields, null, null, ListType.ATOMIC, List.of(), false, true);
  }

  static Schema map(Schema values) {
    return new TestSchema(
        Type.OBJECT, Map.of(), values, null, ListType.ATOMIC, List.of(), false, false);
  }

  static Schema list(ListType type, Schema items, String... keys) {
    return new TestSchema(Type.ARRAY, Map.of(), null, items, type, List.of(keys), false, false);
  }

  @Override
  public String definition() {
    return "";
  }

  @Override
  public Set<String> required() {
    return Set.of();
  }

  @Override
  public String format() {
    return "";
  }

  @Override
  public @Nullable JsonNode defaultValue() {
    return null;
  }

  @Override
  public List<String> enumValues() {
    return List.of();
  }

  @Override
  public String patchStrategy() {
    return "";
  }

  @Override
  public String patchMergeKey() {
    return "";
  }

  @Override
  public int protobufNumber() {
    return 0;
  }

  @Override
  public String protobufType() {
    return "";
  }

  @Override
  public boolean omitEmpty() {
    return false;
  }

  @Override
  public @Nullable Embedded embedded() {
    return null;
  }
}
