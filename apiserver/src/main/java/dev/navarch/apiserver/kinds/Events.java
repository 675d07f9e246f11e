package dev.navarch.apiserver.kinds;

import static dev.navarch.apiserver.kinds.Columns.text;
import static dev.navarch.apiserver.kinds.Columns.timed;
import static dev.navarch.apiserver.kinds.Columns.wide;

import dev.navarch.api.FieldError;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.function.Consumer;
import java.util.function.Function;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.JsonNodeFactory;
import tools.jackson.databind.node.ObjectNode;

/// Events, in both of their forms: the core group calls the object `involvedObject` and the text
/// `message`, events.k8s.io calls them `regarding` and `note`.
final class Events implements KindRules {
  private static final List<String> REFERENCE =
      List.of("kind", "namespace", "name", "uid", "apiVersion", "resourceVersion", "fieldPath");

  @Override
  public void validate(ObjectNode event, Consumer<FieldError> errors) {
    Place root = Place.root(event, errors);
    String field = event.has("regarding") ? "regarding" : "involvedObject";
    Place namespace = root.at(field, "namespace");
    String own = root.at("metadata", "namespace").text();
    boolean ofCluster = namespace.isEmpty() && own.equals("default");
    boolean ofNode = namespace.isEmpty() && own.equals("kube-system");
    if (!ofCluster && !ofNode && !namespace.text().equals(own)) {
      namespace.invalidText(namespace.text(), "does not match event.namespace");
    }
    if (event.has("eventTime")) {
      validateNew(root);
    }
  }

  /// Events that say when they happened to the microsecond also say who tells, and what was done.
  private static void validateNew(Place event) {
    either(event, "reportingController", "reportingComponent").present();
    event.at("reportingInstance").present();
    event.at("action").present();
    event.at("reason").present();
    longest(event.at("reportingInstance"), 128);
    longest(event.at("action"), 128);
    longest(event.at("reason"), 128);
    longest(either(event, "note", "message"), 1024);
    if (!List.of("", "Normal", "Warning").contains(event.at("type").text())) {
      event.at("type").invalid("has invalid value: " + event.at("type").text());
    }
  }

  private static Place either(Place event, String name, String core) {
    return event.node().has(core) && !event.node().has(name)
        ? new Place(name, event.node().path(core), event.errors())
        : event.at(name);
  }

  private static void longest(Place text, int letters) {
    if (text.text().length() > letters) {
      text.invalid("can have at most %d characters".formatted(letters));
    }
  }

  @Override
  public boolean hasGeneration() {
    return false;
  }

  @Override
  public Map<String, Function<JsonNode, String>> selectableFields() {
    var fields = new HashMap<String, Function<JsonNode, String>>();
    for (String field : REFERENCE) {
      fields.put(
          "involvedObject." + field,
          event -> first(event, "/involvedObject/" + field, "/regarding/" + field));
      fields.put(
          "regarding." + field,
          event -> first(event, "/involvedObject/" + field, "/regarding/" + field));
    }
    fields.put("reason", Fields.text("/reason"));
    fields.put("type", Fields.text("/type"));
    fields.put(
        "source",
        event ->
            first(
                event,
                "/source/component",
                "/deprecatedSource/component",
                "/reportingComponent",
                "/reportingController"));
    fields.put(
        "reportingComponent", event -> first(event, "/reportingComponent", "/reportingController"));
    fields.put(
        "reportingController",
        event -> first(event, "/reportingComponent", "/reportingController"));
    return Map.copyOf(fields);
  }

  @Override
  public List<Column> columns() {
    return List.of(
        timed("Last Seen", "When it last happened.", row -> age(row, lastSeen(row.object()))),
        text("Type", "Normal or Warning.", "/type", ""),
        text("Reason", "Why, in one word.", "/reason", ""),
        text("Object", "What it is about.", Events::object),
        wide(
            text(
                "Subobject",
                "Which part of it.",
                e -> first(e, "/involvedObject/fieldPath", "/regarding/fieldPath"))),
        wide(text("Source", "Who says so.", Events::source)),
        text("Message", "What happened.", e -> first(e, "/message", "/note").strip()),
        wide(
            timed(
                "First Seen", "When it first happened.", row -> age(row, firstSeen(row.object())))),
        wide(text("Count", "How often it happened.", Events::count)),
        wide(Column.NAME));
  }

  private static String age(Row row, JsonNode time) {
    return Ages.since(time, row.now());
  }

  private static JsonNode lastSeen(ObjectNode event) {
    return firstSet(
        event,
        "/series/lastObservedTime",
        "/lastTimestamp",
        "/deprecatedLastTimestamp",
        "/eventTime",
        "/firstTimestamp");
  }

  private static JsonNode firstSeen(ObjectNode event) {
    return firstSet(event, "/firstTimestamp", "/deprecatedFirstTimestamp", "/eventTime");
  }

  private static String object(ObjectNode event) {
    String kind = first(event, "/involvedObject/kind", "/regarding/kind").toLowerCase(Locale.ROOT);
    String name = first(event, "/involvedObject/name", "/regarding/name");
    return name.isEmpty() ? kind : kind + "/" + name;
  }

  private static String source(ObjectNode event) {
    String component =
        first(
            event,
            "/source/component",
            "/deprecatedSource/component",
            "/reportingComponent",
            "/reportingController");
    String host = first(event, "/source/host", "/deprecatedSource/host", "/reportingInstance");
    return Stream.of(component, host)
        .filter(part -> !part.isEmpty())
        .collect(Collectors.joining(", "));
  }

  private static String count(ObjectNode event) {
    String count = first(event, "/series/count", "/count", "/deprecatedCount");
    return count.isEmpty() || count.equals("0") ? "1" : count;
  }

  private static String first(JsonNode event, String... pointers) {
    return firstSet(event, pointers).asString("");
  }

  private static JsonNode firstSet(JsonNode event, String... pointers) {
    return Stream.of(pointers)
        .map(event::at)
        .filter(value -> !Defaults.isGap(value))
        .findFirst()
        .orElseGet(JsonNodeFactory.instance::missingNode);
  }
}
