package dev.navarch.apiserver.cel;

import dev.navarch.apiserver.cel.DeclaredType.ListOf;
import java.util.AbstractList;
import java.util.List;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ArrayNode;

/// A JSON array as a list; elements become CEL's values when they are read. It knows whether it is
/// a set or a map by keys, which changes what `==` and `+` mean.
final class DocumentList extends AbstractList<Object> {
  private final ArrayNode node;
  private final ListOf type;

  DocumentList(ArrayNode node, ListOf type) {
    this.node = node;
    this.type = type;
  }

  ArrayNode node() {
    return node;
  }

  ListOf type() {
    return type;
  }

  @Override
  public Object get(int index) {
    return Documents.value(node.get(index), type.element());
  }

  @Override
  public int size() {
    return node.size();
  }

  /// What identifies an element among its siblings: its keys' values, or itself.
  Object identity(int index) {
    JsonNode element = node.get(index);
    List<String> keys = type.keys();
    return keys.isEmpty() ? element : keys.stream().map(element::path).toList();
  }
}
