package dev.navarch.apiserver.registry;

import dev.navarch.api.Json;
import dev.navarch.api.Kind;
import dev.navarch.api.Schema;
import dev.navarch.apiserver.cache.CacheEntry;
import dev.navarch.apiserver.kinds.ScaleColumns;
import dev.navarch.apiserver.registry.Accept.View;
import dev.navarch.apiserver.registry.Tables.Include;
import dev.navarch.apiserver.registry.Versions.Version;
import dev.navarch.http.Exchange;
import java.nio.charset.StandardCharsets;
import java.time.InstantSource;
import java.util.List;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/// Answers with an object or a list, in the format and the view that the client asked for. What the
/// cache holds in the asked form goes out as it is, a list in a stream.
final class Answers {
  private static final byte[] COMMA = {','};
  private static final byte[] END = "]}\n".getBytes(StandardCharsets.UTF_8);

  private final Reader reader;
  private final Wire wire;
  private final InstantSource clock;

  Answers(Reader reader, Wire wire, InstantSource clock) {
    this.reader = reader;
    this.wire = wire;
    this.clock = clock;
  }

  /// What a client wants to see, and how.
  record Wish(Accept accept, Include include, boolean pretty) {
    static Wish of(Exchange exchange, boolean watch) {
      return of(exchange, Accept.of(exchange.headers("Accept"), watch, true));
    }

    /// What a client wants to see of a kind: custom ones have no binary form.
    static Wish of(Exchange exchange, Kind kind, boolean watch) {
      return of(exchange, Accept.of(exchange.headers("Accept"), watch, !kind.isCustom()));
    }

    private static Wish of(Exchange exchange, Accept accept) {
      return new Wish(
          accept,
          Include.of(exchange.query("includeObject").orElse("")),
          Pretty.isWanted(exchange));
    }

    /// Whether the cache's own bytes are what is wanted.
    boolean isPlain() {
      return accept.format() == Format.JSON && accept.view() == View.WHOLE && !pretty;
    }
  }

  void entry(Exchange exchange, Kind kind, CacheEntry entry) {
    Wish wish = Wish.of(exchange, kind, false);
    Version version = reader.version(kind);
    if (wish.isPlain() && version.isAsCached(entry)) {
      exchange.respond(200, Format.JSON.mediaType(), entry.json());
    } else {
      object(exchange, 200, kind, version.shown(entry));
    }
  }

  /// What a write came to: the bytes that went into the store are not made again.
  void written(Exchange exchange, Kind kind, Registry.Written written) {
    int status = written.created() ? 201 : 200;
    byte[] json = written.json();
    if (json != null && Wish.of(exchange, kind, false).isPlain()) {
      exchange.respond(status, Format.JSON.mediaType(), json);
    } else {
      object(exchange, status, kind, written.object());
    }
  }

  void object(Exchange exchange, int status, Kind kind, ObjectNode object) {
    Wish wish = Wish.of(exchange, kind, false);
    shown(exchange, status, object, kind.schema(), tables(kind, wish), wish);
  }

  /// A Scale, which looks the same whatever is scaled.
  void scale(Exchange exchange, ObjectNode scale, Schema schema) {
    Wish wish = Wish.of(exchange, false);
    Tables tables = new Tables(wish.accept().apiVersion(), ScaleColumns.ALL, wish.include());
    shown(exchange, 200, scale, schema, tables, wish);
  }

  private void shown(
      Exchange exchange, int status, ObjectNode object, Schema schema, Tables tables, Wish wish) {
    Accept accept = wish.accept();
    switch (accept.view()) {
      case WHOLE -> send(exchange, status, object, schema, wish);
      case METADATA ->
          send(
              exchange,
              status,
              Tables.metadataOnly(object, accept.apiVersion()),
              wire.meta("PartialObjectMetadata"),
              wish);
      case TABLE -> {
        ObjectNode table = tables.of(object, clock.instant(), true);
        send(exchange, status, table, wire.meta("Status"), wish);
      }
    }
  }

  /// A document that is no object of a served kind: Status, a review…
  void document(Exchange exchange, int status, ObjectNode document, Schema schema) {
    Wish wish = Wish.of(exchange, false);
    send(exchange, status, document, schema, wish);
  }

  /// A document that was made for this answer alone. There is no other view of it.
  void computed(Exchange exchange, int status, ObjectNode document, Schema schema) {
    send(exchange, status, document, schema, computedWish(exchange));
  }

  /// @throws ApiException NotAcceptable, when only views are wanted
  static Wish computedWish(Exchange exchange) {
    return Wish.of(exchange, Accept.whole(exchange.headers("Accept")));
  }

  void success(Exchange exchange, int status, ObjectNode details) {
    ObjectNode document = Json.object().put("kind", "Status").put("apiVersion", "v1");
    document.putObject("metadata");
    document.put("status", "Success");
    if (!details.isEmpty()) {
      document.set("details", details);
    }
    if (status != 200) {
      document.put("code", (long) status);
    }
    document(exchange, status, document, wire.meta("Status"));
  }

  void list(Exchange exchange, Kind kind, Reader.Page page) {
    Wish wish = Wish.of(exchange, kind, false);
    Accept accept = wish.accept();
    Version version = reader.version(kind);
    String type = accept.format().mediaType();
    if (wish.isPlain() && version.isStored() && version.form().isAsCached()) {
      stream(exchange, type, envelope(kind.kind() + "List", kind.apiVersion(), page), page.items());
      return;
    }
    list(exchange, kind, page, version.shown(page.items()));
  }

  /// A list of what is made of the page's objects.
  void list(Exchange exchange, Kind kind, Reader.Page page, List<ObjectNode> objects) {
    Wish wish = Wish.of(exchange, kind, false);
    Accept accept = wish.accept();
    switch (accept.view()) {
      case WHOLE -> {
        ObjectNode list = envelope(kind.kind() + "List", kind.apiVersion(), page);
        ArrayNode items = list.putArray("items");
        objects.forEach(items::add);
        wholeList(exchange, kind, list);
      }
      case METADATA -> {
        ObjectNode list = envelope("PartialObjectMetadataList", accept.apiVersion(), page);
        ArrayNode items = list.putArray("items");
        objects.forEach(object -> items.add(Tables.metadataOnly(object, accept.apiVersion())));
        send(exchange, 200, list, wire.meta("PartialObjectMetadataList"), wish);
      }
      case TABLE -> {
        Tables tables = tables(kind, wish);
        ObjectNode table = tables.empty();
        table.set("metadata", envelope("", "", page).get("metadata"));
        ArrayNode rows = (ArrayNode) table.get("rows");
        objects.forEach(object -> rows.add(tables.row(object, clock.instant())));
        send(exchange, 200, table, wire.meta("Status"), wish);
      }
    }
  }

  void wholeList(Exchange exchange, Kind kind, ObjectNode list) {
    Wish wish = Wish.of(exchange, kind, false);
    boolean binary = wish.accept().format() == Format.PROTOBUF;
    send(exchange, 200, list, binary ? wire.listOf(kind) : kind.schema(), wish);
  }

  Tables tables(Kind kind, Wish wish) {
    return Tables.of(wish.accept(), reader.rules(kind), wish.include());
  }

  private void send(Exchange exchange, int status, ObjectNode document, Schema schema, Wish wish) {
    Format format = wish.accept().format();
    exchange.respond(
        status, format.mediaType(), wire.bytes(document, schema, format, wish.pretty()));
  }

  private static ObjectNode envelope(String kind, String apiVersion, Reader.Page page) {
    ObjectNode list = Json.object().put("kind", kind).put("apiVersion", apiVersion);
    ObjectNode metadata = list.putObject("metadata");
    if (page.revision() > 0) {
      metadata.put("resourceVersion", Long.toString(page.revision()));
    }
    if (!page.next().isEmpty()) {
      metadata.put("continue", page.next());
      page.remaining().ifPresent(count -> metadata.put("remainingItemCount", count));
    }
    return list;
  }

  private static void stream(
      Exchange exchange, String type, ObjectNode envelope, List<CacheEntry> items) {
    byte[] head = Json.bytes(envelope);
    byte[] start =
        (new String(head, 0, head.length - 1, StandardCharsets.UTF_8) + ",\"items\":[")
            .getBytes(StandardCharsets.UTF_8);
    try (Exchange.Stream stream = exchange.stream(200, type, length(start, items))) {
      stream.write(start);
      boolean first = true;
      for (CacheEntry item : items) {
        if (!first) {
          stream.write(COMMA);
        }
        first = false;
        stream.write(item.json());
      }
      stream.write(END);
    }
  }

  private static long length(byte[] start, List<CacheEntry> items) {
    long commas = Math.max(0, items.size() - 1);
    return start.length
        + items.stream().mapToLong(item -> item.json().length).sum()
        + commas * COMMA.length
        + END.length;
  }
}
