package dev.navarch.apiserver.cel;

import java.util.Map;
import java.util.Optional;
import java.util.Set;

/// What `Object{spec: …}` makes: a typed object with the fields that the expression named.
public record Constructed(String typeName, Map<String, Object> values) implements Fields {
  @Override
  public Optional<Object> field(String name) {
    Object plain = values.get(name);
    return Optional.ofNullable(
        plain == null ? values.get(FieldNames.escape(name).orElse(name)) : plain);
  }

  @Override
  public Set<String> present() {
    return values.keySet().stream()
        .map(FieldNames::unescape)
        .collect(java.util.stream.Collectors.toCollection(java.util.LinkedHashSet::new));
  }
}
