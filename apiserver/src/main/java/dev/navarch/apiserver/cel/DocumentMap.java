package dev.navarch.apiserver.cel;

import java.util.AbstractMap;
import java.util.AbstractSet;
import java.util.Iterator;
import java.util.Map;
import java.util.Set;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/// A JSON object as a map from strings; values become CEL's when they are read.
final class DocumentMap extends AbstractMap<Object, Object> {
  private final ObjectNode node;
  private final DeclaredType values;

  DocumentMap(ObjectNode node, DeclaredType values) {
    this.node = node;
    this.values = values;
  }

  ObjectNode node() {
    return node;
  }

  @Override
  public @Nullable Object get(Object key) {
    JsonNode value = key instanceof String name ? node.get(name) : null;
    return value == null ? null : Documents.value(value, values);
  }

  @Override
  public boolean containsKey(Object key) {
    return key instanceof String name && node.has(name);
  }

  @Override
  public int size() {
    return node.size();
  }

  @Override
  public Set<Entry<Object, Object>> entrySet() {
    return new AbstractSet<>() {
      @Override
      public Iterator<Entry<Object, Object>> iterator() {
        Stream<Entry<Object, Object>> entries =
            node.properties().stream()
                .map(entry -> Map.entry(entry.getKey(), Documents.value(entry.getValue(), values)));
        return entries.iterator();
      }

      @Override
      public int size() {
        return node.size();
      }
    };
  }
}
