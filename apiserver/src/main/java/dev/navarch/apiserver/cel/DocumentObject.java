package dev.navarch.apiserver.cel;

import dev.navarch.apiserver.cel.DeclaredType.ObjectOf;
import java.util.LinkedHashSet;
import java.util.Optional;
import java.util.Set;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/// A JSON object with a declared type; fields become values when they are read.
record DocumentObject(ObjectNode node, ObjectOf type) implements Fields {
  @Override
  public Optional<Object> field(String name) {
    String plain = FieldNames.unescape(name);
    DeclaredType field = type.fields().get(plain);
    JsonNode value = node.get(plain);
    return field == null || value == null
        ? Optional.empty()
        : Optional.of(Documents.value(value, field));
  }

  @Override
  public Set<String> present() {
    Set<String> names = new LinkedHashSet<>(type.fields().keySet());
    names.removeIf(name -> !node.has(name));
    return names;
  }

  @Override
  public String typeName() {
    return type.name();
  }
}
