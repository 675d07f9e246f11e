package dev.navarch.apiserver.cel;

import java.util.AbstractMap.SimpleImmutableEntry;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/// What values are made of: the fields of objects, the entries of maps, the elements of lists.
final class Parts {
  private Parts() {}

  static Optional<Object> field(Object operand, String name) {
    return switch (operand) {
      case Fields fields -> fields.field(name);
      case Map<?, ?> map -> Optional.ofNullable(map.get(name));
      default -> throw EvaluationFailed.noSuchOverload();
    };
  }

  /// `value.?name`
  static Object optionalField(Object operand, String name) {
    return operand instanceof Optional<?> optional
        ? optional.flatMap(value -> field(value, name))
        : field(operand, name);
  }

  static void insert(Map<Object, Object> map, Object key, Object value) {
    if (map.put(key, value) != null) {
      throw new EvaluationFailed("insert failed: key " + Conversions.text(key) + " already exists");
    }
  }

  /// What a macro goes through.
  ///
  /// @param both whether it has a variable for the index, too, where the range is a list
  static Iterable<Map.Entry<Object, Object>> entries(Object range, boolean both) {
    List<Map.Entry<Object, Object>> entries = new ArrayList<>();
    switch (range) {
      case List<?> list -> {
        long index = 0;
        for (Object element : list) {
          entries.add(
              both
                  ? new SimpleImmutableEntry<>(index++, element)
                  : new SimpleImmutableEntry<>(element, element));
        }
      }
      case Map<?, ?> map ->
          map.forEach((key, value) -> entries.add(new SimpleImmutableEntry<>(key, value)));
      default -> throw EvaluationFailed.noSuchOverload();
    }
    return entries;
  }
}
