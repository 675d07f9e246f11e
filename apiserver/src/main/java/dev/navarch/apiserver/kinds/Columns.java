package dev.navarch.apiserver.kinds;

import dev.navarch.api.ApiException;
import dev.navarch.api.selectors.LabelSelector;
import dev.navarch.apiserver.kinds.KindRules.Column;
import dev.navarch.apiserver.kinds.KindRules.Row;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Function;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/// How columns are written down: a name, where the value stands, and what is shown when there is
/// none. Places are JSON pointers.
final class Columns {
  static final String NONE = "<none>";
  static final String UNSET = "<unset>";

  /// For kinds without an age column of their own: the plain time of creation.
  static final Column CREATED_AT =
      new Column(
          "Created At",
          "date",
          "",
          "When the object was created.",
          0,
          row -> row.object().at("/metadata/creationTimestamp").asString(""));

  private Columns() {}

  static Column text(String name, String description, Function<ObjectNode, String> value) {
    return new Column(name, "string", "", description, 0, row -> value.apply(row.object()));
  }

  /// The text at a place, or `<none>`.
  static Column text(String name, String description, String pointer) {
    return text(name, description, pointer, NONE);
  }

  static Column text(String name, String description, String pointer, String fallback) {
    return text(name, description, object -> textAt(object, pointer, fallback));
  }

  static Column number(String name, String description, String pointer) {
    return new Column(
        name, "integer", "", description, 0, row -> row.object().at(pointer).asLong(0));
  }

  static Column size(String name, String description, String pointer) {
    return new Column(
        name, "integer", "", description, 0, row -> (long) row.object().at(pointer).size());
  }

  static Column count(String name, String description, String... pointers) {
    return new Column(
        name,
        "string",
        "",
        description,
        0,
        row -> {
          int sum = 0;
          for (String pointer : pointers) {
            sum += row.object().at(pointer).size();
          }
          return Integer.toString(sum);
        });
  }

  static Column flag(String name, String description, String pointer) {
    return new Column(
        name, "boolean", "", description, 0, row -> row.object().at(pointer).asBoolean(false));
  }

  /// A column whose value depends on the time.
  static Column timed(String name, String description, Function<Row, String> value) {
    return new Column(name, "string", "", description, 0, value::apply);
  }

  /// The same column, only with `-o wide`.
  static Column wide(Column column) {
    return new Column(
        column.name(), column.type(), column.format(), column.description(), 1, column.value());
  }

  static String textAt(JsonNode object, String pointer, String fallback) {
    String text = object.at(pointer).asString("");
    return text.isEmpty() ? fallback : text;
  }

  static String join(JsonNode list) {
    return texts(list).collect(Collectors.joining(","));
  }

  static Stream<String> texts(JsonNode list) {
    return list.valueStream().map(item -> item.asString(""));
  }

  static String orNone(String text) {
    return text.isEmpty() ? NONE : text;
  }

  /// `a=1,b=2`, sorted by key.
  static String labels(JsonNode map) {
    return orNone(
        map.properties().stream()
            .map(e -> e.getKey() + "=" + e.getValue().asString(""))
            .sorted()
            .collect(Collectors.joining(",")));
  }

  /// A label selector as `-l` takes it: `a=1,b in (2,3),!c`.
  static String selector(JsonNode selector) {
    try {
      return orNone(LabelSelector.of(selector).toString());
    } catch (ApiException broken) {
      return "<error>";
    }
  }

  /// CONTAINERS and IMAGES of a pod template, with `-o wide`.
  static List<Column> containers(String podSpec) {
    return List.of(
        wide(
            text(
                "Containers",
                "Names of the template's containers.",
                object -> fieldOfAll(object.at(podSpec + "/containers"), "name"))),
        wide(
            text(
                "Images",
                "Images of the template's containers.",
                object -> fieldOfAll(object.at(podSpec + "/containers"), "image"))));
  }

  static Column selectorColumn(String pointer) {
    return wide(
        text(
            "Selector",
            "The labels by which the pods are found.",
            object -> selector(object.at(pointer))));
  }

  static String fieldOfAll(JsonNode list, String field) {
    return list.valueStream()
        .map(item -> item.path(field).asString(""))
        .collect(Collectors.joining(","));
  }

  static List<Column> concat(List<Column> first, Column... more) {
    List<Column> all = new ArrayList<>(first);
    all.addAll(List.of(more));
    return List.copyOf(all);
  }
}
