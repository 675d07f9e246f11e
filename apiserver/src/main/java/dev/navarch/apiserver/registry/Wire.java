package dev.navarch.apiserver.registry;

import dev.navarch.api.ApiError;
import dev.navarch.api.ApiException;
import dev.navarch.api.BuiltInKinds;
import dev.navarch.api.Json;
import dev.navarch.api.Kind;
import dev.navarch.api.Protobuf;
import dev.navarch.api.Schema;
import dev.navarch.apiserver.cache.CacheEntry;
import java.util.Collections;
import java.util.Map;
import java.util.WeakHashMap;
import java.util.function.Supplier;
import tools.jackson.databind.node.ObjectNode;

/// Documents as bytes, in every format that clients ask for.
final class Wire {
  private static final String META = "io.k8s.apimachinery.pkg.apis.meta.v1.";

  private final BuiltInKinds kinds;
  private final Protobuf protobuf;
  private final Map<CacheEntry, byte[]> encoded = Collections.synchronizedMap(new WeakHashMap<>());

  Wire(BuiltInKinds kinds) {
    this.kinds = kinds;
    this.protobuf = new Protobuf(kinds);
  }

  /// The schema of a type that has a name.
  Schema definition(String name) {
    return kinds.definition(name).orElseThrow();
  }

  Schema meta(String name) {
    return definition(META + name);
  }

  Schema listOf(Kind kind) {
    return kinds
        .list(kind)
        .orElseThrow(
            () ->
                new ApiException(
                    new ApiError.NotAcceptable(
                        kind.kind() + " has no protobuf form; ask for application/json")));
  }

  byte[] bytes(ObjectNode document, Schema schema, Format format, boolean pretty) {
    return switch (format) {
      case JSON -> pretty ? Json.prettyBytes(document) : Json.bytes(document);
      case YAML -> YamlWriter.bytes(document);
      case PROTOBUF -> protobuf.encode(document, schema);
    };
  }

  /// An object of the cache in protobuf: encoded by the first who asks, kept as long as the object.
  byte[] protobuf(CacheEntry entry, Supplier<ObjectNode> document, Schema schema) {
    byte[] known = encoded.get(entry);
    if (known == null) {
      known = protobuf.encode(document.get(), schema);
      encoded.put(entry, known);
    }
    return known;
  }

  ObjectNode decode(byte[] body, Schema schema) {
    return protobuf.decode(body, schema);
  }
}
