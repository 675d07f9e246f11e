package dev.navarch.apiserver.audit;

import dev.navarch.api.Json;
import dev.navarch.apiserver.ResourcePath;
import dev.navarch.apiserver.audit.AuditPolicy.Decision;
import dev.navarch.apiserver.audit.AuditPolicy.Level;
import dev.navarch.apiserver.audit.AuditPolicy.Stage;
import dev.navarch.apiserver.auth.User;
import dev.navarch.http.Exchange;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.time.InstantSource;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentSkipListMap;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Consumer;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/// What the audit log will tell of one request: bound with the request, so that whoever decides
/// something about it can leave a note.
public final class Audit {
  private static final ScopedValue<Audit> CURRENT = ScopedValue.newInstance();
  private static final DateTimeFormatter MICROS =
      DateTimeFormatter.ofPattern("uuuu-MM-dd'T'HH:mm:ss.SSSSSS'Z'").withZone(ZoneOffset.UTC);

  /// How bodies are read that come in whatever format.
  interface Bodies {
    Optional<JsonNode> read(Optional<String> contentType, byte[] body);
  }

  private final Decision decision;
  private final ObjectNode event;
  private final Bodies bodies;
  private final InstantSource clock;
  private final Consumer<ObjectNode> log;
  private final Map<String, String> annotations = new ConcurrentSkipListMap<>();
  private final AtomicBoolean complete = new AtomicBoolean();

  /// @param verb as in rights: `list`, `deletecollection`, or a method in lower case
  /// @param isLong whether bodies may be streams, which are not kept
  Audit(
      Decision decision,
      Exchange exchange,
      String id,
      String verb,
      Optional<ResourcePath> at,
      User user,
      boolean isLong,
      Bodies bodies,
      InstantSource clock,
      Consumer<ObjectNode> log) {
    this.decision = decision;
    this.bodies = bodies;
    this.clock = clock;
    this.log = log;
    event = Json.object().put("kind", "Event").put("apiVersion", "audit.k8s.io/v1");
    event.put("level", decision.level().text()).put("auditID", id);
    event.put("stage", "").put("requestURI", uri(exchange)).put("verb", verb);
    event.set("user", document(user));
    String address = exchange.remoteAddress();
    event.putArray("sourceIPs").add(address.replaceFirst(":\\d+$", "").replaceAll("^\\[|\\]$", ""));
    exchange.header("User-Agent").ifPresent(agent -> event.put("userAgent", agent));
    at.ifPresent(path -> event.set("objectRef", reference(path)));
    event.put("requestReceivedTimestamp", MICROS.format(clock.instant()));
    if (shows(Level.REQUEST) && !isLong) {
      bodies
          .read(exchange.header("Content-Type"), exchange.body())
          .ifPresent(body -> event.set("requestObject", trimmed(body)));
    }
  }

  private static String uri(Exchange exchange) {
    StringBuilder uri = new StringBuilder(exchange.path());
    exchange
        .query()
        .forEach(
            (name, values) ->
                values.forEach(
                    value ->
                        uri.append(uri.indexOf("?") < 0 ? '?' : '&')
                            .append(encoded(name))
                            .append('=')
                            .append(encoded(value))));
    return uri.toString();
  }

  private static String encoded(String text) {
    return URLEncoder.encode(text, StandardCharsets.UTF_8);
  }

  private static ObjectNode document(User user) {
    ObjectNode document = Json.object().put("username", user.name());
    if (!user.uid().isEmpty()) {
      document.put("uid", user.uid());
    }
    user.groups().forEach(document.withArray("groups")::add);
    if (!user.extra().isEmpty()) {
      ObjectNode extra = document.putObject("extra");
      user.extra().forEach((key, values) -> values.forEach(extra.withArray(key)::add));
    }
    return document;
  }

  private static ObjectNode reference(ResourcePath at) {
    ObjectNode reference = Json.object().put("resource", at.plural());
    put(reference, "namespace", at.namespace());
    put(reference, "name", at.name());
    put(reference, "apiGroup", at.group());
    put(reference, "apiVersion", at.version());
    put(reference, "subresource", at.subresource());
    return reference;
  }

  private static void put(ObjectNode into, String field, String value) {
    if (!value.isEmpty()) {
      into.put(field, value);
    }
  }

  boolean shows(Level level) {
    return decision.level().compareTo(level) >= 0;
  }

  /// Leaves a note on the current request; the first of a name stays. Without an audit log nobody
  /// reads it.
  public static void annotate(String key, String value) {
    annotate(key, () -> value);
  }

  /// The same with a value that is made only when somebody reads it.
  public static void annotate(String key, Supplier<String> value) {
    if (CURRENT.isBound()) {
      CURRENT.get().annotations.putIfAbsent(key, value.get());
    }
  }

  /// As whom the request is made, when that is not who makes it.
  void impersonates(User user) {
    event.set("impersonatedUser", document(user));
  }

  void during(Runnable work) {
    ScopedValue.where(CURRENT, this).run(work);
  }

  void received() {
    tell(Stage.REQUEST_RECEIVED);
  }

  /// A long answer has begun.
  void started(int status) {
    event.set("responseStatus", status(status));
    tell(Stage.RESPONSE_STARTED);
  }

  /// The answer is out; told once.
  ///
  /// @param body null when it was not kept
  void completed(int status, String contentType, byte @Nullable [] body) {
    if (!complete.compareAndSet(false, true)) {
      return;
    }
    ObjectNode answer = status(status);
    Optional<JsonNode> read =
        body == null ? Optional.empty() : bodies.read(Optional.of(contentType), body);
    if (status >= 400 && read.isPresent() && read.get() instanceof ObjectNode failure) {
      for (String field : List.of("status", "message", "reason", "details")) {
        if (failure.has(field)) {
          answer.set(field, failure.get(field));
        }
      }
    }
    event.set("responseStatus", answer);
    if (shows(Level.REQUEST_RESPONSE)) {
      read.ifPresent(document -> event.set("responseObject", trimmed(document)));
    }
    tell(Stage.RESPONSE_COMPLETE);
  }

  private static ObjectNode status(int code) {
    ObjectNode status = Json.object();
    status.putObject("metadata");
    return status.put("code", code);
  }

  private JsonNode trimmed(JsonNode body) {
    if (decision.omitManagedFields() && body instanceof ObjectNode object) {
      object.path("items").forEach(Audit::trim);
      trim(object);
    }
    return body;
  }

  private static void trim(JsonNode object) {
    if (object.path("metadata") instanceof ObjectNode metadata) {
      metadata.remove("managedFields");
    }
  }

  private void tell(Stage stage) {
    if (decision.omitStages().contains(stage)) {
      return;
    }
    Instant now = clock.instant();
    ObjectNode told = event.deepCopy();
    if (stage == Stage.REQUEST_RECEIVED) {
      told.remove("requestObject");
    }
    told.put("stage", stage.text()).put("stageTimestamp", MICROS.format(now));
    if (!annotations.isEmpty()) {
      ObjectNode notes = told.putObject("annotations");
      annotations.forEach(notes::put);
    }
    log.accept(told);
  }
}
