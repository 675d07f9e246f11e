package dev.navarch.api;

import java.util.Collections;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/// Named schemas that refer to each other. Facts become a {@link Schema} when first asked for and
/// are forgotten then: a server that never meets a kind never pays for it.
public final class Definitions {
  private final Map<String, JsonNode> facts = new ConcurrentHashMap<>();
  private final Map<String, Schema> schemas = new ConcurrentHashMap<>();
  private final SchemaReader reader;

  Definitions(Iterable<ObjectNode> sources, GoFields goFields) {
    reader = new SchemaReader(this, goFields);
    for (ObjectNode source : sources) {
      source.properties().forEach(entry -> facts.put(entry.getKey(), entry.getValue()));
    }
  }

  public Optional<Schema> find(String name) {
    Schema known = schemas.get(name);
    if (known != null) {
      return Optional.of(known);
    }
    JsonNode unread = facts.get(name);
    if (unread == null) {
      return Optional.ofNullable(schemas.get(name));
    }
    Schema schema = schemas.computeIfAbsent(name, missing -> reader.read(missing, unread));
    facts.remove(name);
    return Optional.of(schema);
  }

  /// The definition of this name, which must exist.
  public Schema require(String name) {
    Schema known = schemas.get(name);
    return known != null
        ? known
        : find(name).orElseThrow(() -> new IllegalStateException("no definition is named " + name));
  }

  /// Every definition by name, in alphabetical order.
  public Map<String, Schema> all() {
    Map<String, Schema> all = new TreeMap<>(schemas);
    Map.copyOf(facts).keySet().forEach(name -> all.put(name, require(name)));
    return Collections.unmodifiableMap(all);
  }
}
