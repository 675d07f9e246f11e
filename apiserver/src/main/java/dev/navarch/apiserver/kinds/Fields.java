package dev.navarch.apiserver.kinds;

import java.util.function.Function;
import tools.jackson.databind.JsonNode;

/// Values that field selectors compare, read from a place in a document.
final class Fields {
  private Fields() {}

  static Function<JsonNode, String> text(String pointer) {
    return object -> object.at(pointer).asString("");
  }

  static Function<JsonNode, String> flag(String pointer) {
    return object -> Boolean.toString(object.at(pointer).asBoolean(false));
  }

  static Function<JsonNode, String> number(String pointer) {
    return object -> Long.toString(object.at(pointer).asLong(0));
  }
}
