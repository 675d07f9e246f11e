package dev.navarch.apiserver.registry;

import dev.navarch.api.ApiError;
import dev.navarch.api.Json;
import dev.navarch.api.Kind;
import dev.navarch.api.Protobuf;
import dev.navarch.api.Schema;
import dev.navarch.api.Statuses;
import dev.navarch.apiserver.cache.CacheEntry;
import dev.navarch.apiserver.cache.CacheEvent;
import dev.navarch.apiserver.registry.Versions.Version;
import dev.navarch.http.Exchange;
import java.nio.charset.StandardCharsets;
import java.time.InstantSource;
import tools.jackson.databind.node.ObjectNode;

/// A watch's events as the bytes that one client wants. An object in JSON goes out as the cache
/// holds it; in protobuf it is encoded once for all who watch.
final class WatchFrames {
  private static final byte[] END = "}\n".getBytes(StandardCharsets.UTF_8);

  private static final byte[] ADDED = start("ADDED");
  private static final byte[] MODIFIED = start("MODIFIED");
  private static final byte[] DELETED = start("DELETED");

  private final Kind kind;
  private final Version version;
  private final Answers.Wish wish;
  private final Tables tables;
  private final Wire wire;
  private final InstantSource clock;
  private boolean columnsSent;

  WatchFrames(
      Kind kind,
      Version version,
      Answers.Wish wish,
      Tables tables,
      Wire wire,
      InstantSource clock) {
    this.kind = kind;
    this.version = version;
    this.wish = wish;
    this.tables = tables;
    this.wire = wire;
    this.clock = clock;
  }

  String contentType() {
    return areText() ? "application/json" : "application/vnd.kubernetes.protobuf;stream=watch";
  }

  boolean areText() {
    return wish.accept().format() != Format.PROTOBUF;
  }

  void object(Exchange.Stream stream, CacheEvent.Type type, CacheEntry entry) {
    boolean whole = wish.accept().view() == Accept.View.WHOLE && version.isAsCached(entry);
    if (!whole) {
      stream.write(document(type.name(), shown(document(entry)), schema()));
    } else if (wish.accept().format() == Format.PROTOBUF) {
      byte[] object = wire.protobuf(entry, () -> document(entry), kind.schema());
      stream.write(Protobuf.watchFrame(type.name(), object));
    } else {
      stream.write(
          switch (type) {
            case ADDED -> ADDED;
            case MODIFIED -> MODIFIED;
            case DELETED -> DELETED;
          });
      stream.write(entry.json());
      stream.write(END);
    }
  }

  /// Says that everything up to a revision was delivered.
  ///
  /// @param initial whether it ends what was there when the watch began
  byte[] bookmark(long revision, boolean initial) {
    ObjectNode object = Json.object().put("kind", kind.kind()).put("apiVersion", kind.apiVersion());
    Metadata metadata = Metadata.of(object);
    metadata.set("resourceVersion", Long.toString(revision));
    if (initial) {
      metadata.fields().putObject("annotations").put("k8s.io/initial-events-end", "true");
    }
    return switch (wish.accept().view()) {
      case WHOLE -> document("BOOKMARK", object, kind.schema());
      case METADATA ->
          document("BOOKMARK", Tables.metadataOnly(object, wish.accept().apiVersion()), schema());
      case TABLE -> {
        ObjectNode table = tables.empty();
        table.set("metadata", metadata.fields());
        yield document("BOOKMARK", table, schema());
      }
    };
  }

  byte[] error(ApiError error) {
    return document("ERROR", Statuses.document(error), wire.meta("Status"));
  }

  private ObjectNode document(CacheEntry entry) {
    return version.shown(entry);
  }

  private ObjectNode shown(ObjectNode object) {
    return switch (wish.accept().view()) {
      case WHOLE -> object;
      case METADATA -> Tables.metadataOnly(object, wish.accept().apiVersion());
      case TABLE -> {
        ObjectNode table = tables.of(object, clock.instant(), !columnsSent);
        columnsSent = true;
        yield table;
      }
    };
  }

  private Schema schema() {
    return switch (wish.accept().view()) {
      case WHOLE -> kind.schema();
      case METADATA -> wire.meta("PartialObjectMetadata");
      case TABLE -> wire.meta("Status");
    };
  }

  private byte[] document(String type, ObjectNode document, Schema schema) {
    return switch (wish.accept().format()) {
      case JSON, YAML -> json(type, Json.bytes(document));
      case PROTOBUF ->
          Protobuf.watchFrame(type, wire.bytes(document, schema, Format.PROTOBUF, false));
    };
  }

  private static byte[] start(String type) {
    return ("{\"type\":\"" + type + "\",\"object\":").getBytes(StandardCharsets.UTF_8);
  }

  private static byte[] json(String type, byte[] object) {
    byte[] start = start(type);
    byte[] frame = new byte[start.length + object.length + END.length];
    System.arraycopy(start, 0, frame, 0, start.length);
    System.arraycopy(object, 0, frame, start.length, object.length);
    System.arraycopy(END, 0, frame, start.length + object.length, END.length);
    return frame;
  }
}
