package dev.navarch.api.apply;

import dev.navarch.api.ApiException;
import dev.navarch.api.Json;
import dev.navarch.api.Schema;
import java.nio.charset.StandardCharsets;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/// One step of a path, as a text that is the same for the same step: `f:` and a field's name, `k:`
/// and the keys of a list's element, `v:` and an element of a set, `i:` and an index. Fields come
/// before keys, keys before values, values before indices.
final class PathElements {
  private static final String KINDS = "fkvi";

  private PathElements() {}

  static String field(String name) {
    return "f:" + name;
  }

  static boolean isField(String element) {
    return element.charAt(0) == 'f';
  }

  /// What follows the kind.
  static String text(String element) {
    return element.substring(2);
  }

  /// The element of a set.
  static String value(JsonNode value) {
    return switch (value.getNodeType()) {
      case OBJECT ->
          throw new UntypedException(
              "associative list without keys has an element that's a map type");
      case ARRAY ->
          throw new UntypedException("not supported: associative list with lists as elements");
      case NULL ->
          throw new UntypedException(
              "associative list without keys has an element that's an explicit null");
      default -> append(new StringBuilder("v:"), value).toString();
    };
  }

  /// The element of a list that the schema's keys tell apart; a key that is absent counts as its
  /// default.
  static String key(JsonNode item, Schema list) {
    if (!(item instanceof ObjectNode object)) {
      throw new UntypedException(
          "associative list with keys may not have %s"
              .formatted(item.isNull() ? "a null element" : "non-map elements"));
    }
    List<String> keys = list.listMapKeys();
    if (keys.size() > 1) {
      keys = keys.stream().sorted().toList();
    }
    StringBuilder text = new StringBuilder(48).append("k:{");
    for (int i = 0; i < keys.size(); i++) {
      String key = keys.get(i);
      text.append(i == 0 ? "\"" : ",\"").append(key).append("\":");
      JsonNode value = object.get(key);
      append(text, value == null ? byDefault(key, list.items()) : value);
    }
    return text.append('}').toString();
  }

  private static JsonNode byDefault(String key, @Nullable Schema items) {
    Schema field = items == null ? null : items.fields().get(key);
    JsonNode value = field == null ? null : field.defaultValue();
    if (value == null || (value.isString() && value.stringValue().isEmpty())) {
      throw new UntypedException(
          ("associative list with keys has an element that omits key field \"%s\" (and doesn't have"
                  + " default value)")
              .formatted(key));
    }
    return value;
  }

  private static StringBuilder append(StringBuilder text, JsonNode value) {
    return value.isString() && isPlain(value.stringValue())
        ? text.append('"').append(value.stringValue()).append('"')
        : text.append(Json.text(value));
  }

  private static boolean isPlain(String text) {
    for (int i = 0; i < text.length(); i++) {
      char c = text.charAt(i);
      if (c < ' ' || c == '"' || c == '\\') {
        return false;
      }
    }
    return true;
  }

  /// The canonical text of an element that somebody else has written.
  static String canonical(String element) {
    if (element.length() < 2 || element.charAt(1) != ':') {
      throw new IllegalArgumentException("no path element: \"" + element + "\"");
    }
    return switch (element.charAt(0)) {
      case 'f' -> element;
      case 'i' -> "i:" + Long.parseLong(text(element));
      case 'v' -> "v:" + Json.text(parsed(element));
      case 'k' -> {
        if (!(parsed(element) instanceof ObjectNode keys)) {
          throw new IllegalArgumentException("keys must be an object: \"" + element + "\"");
        }
        yield "k:" + Json.text(sorted(keys));
      }
      default -> throw new IllegalArgumentException("no path element: \"" + element + "\"");
    };
  }

  private static ObjectNode sorted(ObjectNode keys) {
    ObjectNode sorted = Json.object();
    keys.propertyStream()
        .sorted(Map.Entry.comparingByKey())
        .forEach(key -> sorted.set(key.getKey(), key.getValue()));
    return sorted;
  }

  private static JsonNode parsed(String element) {
    try {
      return Json.parseAny(text(element).getBytes(StandardCharsets.UTF_8));
    } catch (ApiException e) {
      throw new IllegalArgumentException("no path element: \"" + element + "\"", e);
    }
  }

  /// As people read it: `.image`, `[name="web"]`, `[="a"]`, `[0]`.
  static String shown(String element) {
    return switch (element.charAt(0)) {
      case 'f' -> "." + text(element);
      case 'k' ->
          parsed(element).properties().stream()
              .map(key -> key.getKey() + "=" + Json.text(key.getValue()))
              .collect(Collectors.joining(",", "[", "]"));
      case 'v' -> "[=" + text(element) + "]";
      default -> "[" + text(element) + "]";
    };
  }

  static int compare(String left, String right) {
    char kind = left.charAt(0);
    if (kind != right.charAt(0)) {
      return KINDS.indexOf(kind) - KINDS.indexOf(right.charAt(0));
    }
    return switch (kind) {
      case 'f' -> left.compareTo(right);
      case 'i' -> Long.compare(Long.parseLong(text(left)), Long.parseLong(text(right)));
      default -> left.equals(right) ? 0 : compareJson(left, right);
    };
  }

  /// Most keys are plain strings, and their first difference decides; numbers and escapes are read.
  private static int compareJson(String left, String right) {
    int end = Math.min(left.length(), right.length());
    boolean quoted = false;
    for (int i = 2; i < end; i++) {
      char mine = left.charAt(i);
      char theirs = right.charAt(i);
      if (mine == '\\' || theirs == '\\' || (mine != theirs && !quoted)) {
        break;
      }
      if (mine != theirs) {
        return mine == '"' ? -1 : theirs == '"' ? 1 : mine - theirs;
      }
      quoted ^= mine == '"';
    }
    return compareValues(parsed(left), parsed(right));
  }

  private static int compareValues(JsonNode left, JsonNode right) {
    int order = rank(left) - rank(right);
    if (order != 0) {
      return order;
    }
    return switch (left.getNodeType()) {
      case NUMBER -> left.decimalValue().compareTo(right.decimalValue());
      case BOOLEAN -> Boolean.compare(left.booleanValue(), right.booleanValue());
      case OBJECT -> compareKeys((ObjectNode) left, (ObjectNode) right);
      default -> Json.text(left).compareTo(Json.text(right));
    };
  }

  private static int compareKeys(ObjectNode left, ObjectNode right) {
    Iterator<Map.Entry<String, JsonNode>> mine = left.properties().iterator();
    Iterator<Map.Entry<String, JsonNode>> theirs = right.properties().iterator();
    while (mine.hasNext() && theirs.hasNext()) {
      var one = mine.next();
      var other = theirs.next();
      int name = one.getKey().compareTo(other.getKey());
      int order = name != 0 ? name : compareValues(one.getValue(), other.getValue());
      if (order != 0) {
        return order;
      }
    }
    return left.size() - right.size();
  }

  private static int rank(JsonNode value) {
    return switch (value.getNodeType()) {
      case NUMBER -> 0;
      case STRING -> 1;
      case BOOLEAN -> 2;
      case ARRAY -> 3;
      case OBJECT -> 4;
      default -> 5;
    };
  }
}
