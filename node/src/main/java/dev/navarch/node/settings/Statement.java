package dev.navarch.node.settings;

import dev.navarch.api.Json;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.JsonNodeFactory;
import tools.jackson.databind.node.ObjectNode;

/// A configuration as somebody wrote it, against the fields that there are.
final class Statement {
  private static final JsonNodeFactory NODES = JsonNodeFactory.instance;
  private static final Map<String, Field> KNOWN = new LinkedHashMap<>();

  static {
    Fields.ALL.forEach(field -> KNOWN.put(field.path(), field));
  }

  private Statement() {}

  /// All that is wrong with it, field by field.
  static List<String> complaints(ObjectNode stated) {
    List<String> wrong = new ArrayList<>();
    complain(stated, "", wrong);
    return wrong;
  }

  private static void complain(JsonNode object, String prefix, List<String> wrong) {
    for (Map.Entry<String, JsonNode> entry : object.properties()) {
      String path = prefix + entry.getKey();
      JsonNode value = entry.getValue();
      Field field = KNOWN.get(path);
      if (value.isNull() && (field != null || isGroup(path))) {
        continue;
      }
      if (field != null) {
        field.complaint(value).ifPresent(wrong::add);
      } else if (!isGroup(path)) {
        wrong.add("unknown field \"%s\"".formatted(path));
      } else if (value.isObject()) {
        complain(value, path + ".", wrong);
      } else {
        wrong.add("%s: found %s, expected an object".formatted(path, value));
      }
    }
  }

  private static boolean isGroup(String path) {
    return KNOWN.keySet().stream().anyMatch(known -> known.startsWith(path + "."));
  }

  static ObjectNode withDefaults(ObjectNode stated) {
    ObjectNode full = Json.object();
    for (Field field : KNOWN.values()) {
      JsonNode value = at(stated, field.path());
      JsonNode held = value.isMissingNode() || value.isNull() ? field.preset() : value;
      if (!held.isMissingNode()) {
        put(full, field.path(), held.deepCopy());
      }
    }
    return full;
  }

  static JsonNode at(JsonNode from, String path) {
    JsonNode node = from;
    for (String step : path.split("\\.")) {
      node = node.path(step);
    }
    return node;
  }

  static void put(ObjectNode into, String path, JsonNode value) {
    ObjectNode node = into;
    String[] steps = path.split("\\.");
    for (int i = 0; i < steps.length - 1; i++) {
      node = node.withObjectProperty(steps[i]);
    }
    node.set(steps[steps.length - 1], value);
  }

  static JsonNode node(Object value) {
    return switch (value) {
      case JsonNode node -> node;
      case Boolean flag -> NODES.booleanNode(flag);
      case Number number -> NODES.numberNode(number.longValue());
      case List<?> list -> {
        var array = NODES.arrayNode();
        list.forEach(each -> array.add(node(each)));
        yield array;
      }
      case Map<?, ?> map -> {
        var object = NODES.objectNode();
        map.forEach((key, each) -> object.set(key.toString(), node(each)));
        yield object;
      }
      default -> NODES.stringNode(value.toString());
    };
  }
}
