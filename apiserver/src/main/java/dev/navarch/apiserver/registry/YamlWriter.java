package dev.navarch.apiserver.registry;

import dev.navarch.api.Json;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import java.util.Set;
import java.util.regex.Pattern;
import tools.jackson.databind.JsonNode;

/// Writes a document as YAML that every reader understands alike: text that any version of YAML
/// could take for something else stands in quotes.
final class YamlWriter {
  private static final Pattern PLAIN = Pattern.compile("[A-Za-z][A-Za-z0-9_./-]*");
  private static final Set<String> WORDS =
      Set.of("true", "false", "yes", "no", "on", "off", "y", "n", "null");

  private final StringBuilder text = new StringBuilder();

  private YamlWriter() {}

  static byte[] bytes(JsonNode document) {
    YamlWriter writer = new YamlWriter();
    writer.block(document, 0);
    return writer.text.toString().getBytes(StandardCharsets.UTF_8);
  }

  private void block(JsonNode node, int indent) {
    if (node.isObject()) {
      boolean first = true;
      for (Map.Entry<String, JsonNode> field : node.properties()) {
        if (!first) {
          text.repeat(' ', indent);
        }
        first = false;
        text.append(scalar(field.getKey())).append(':');
        value(field.getValue(), field.getValue().isArray() ? indent : indent + 2);
      }
    } else {
      boolean first = true;
      for (JsonNode item : node) {
        if (!first) {
          text.repeat(' ', indent);
        }
        first = false;
        text.append("- ");
        if (isBlock(item)) {
          block(item, indent + 2);
        } else {
          text.append(flow(item)).append('\n');
        }
      }
    }
  }

  private void value(JsonNode node, int indent) {
    if (isBlock(node)) {
      text.append('\n').repeat(' ', indent);
      block(node, indent);
    } else {
      text.append(' ').append(flow(node)).append('\n');
    }
  }

  private static boolean isBlock(JsonNode node) {
    return node.isContainer() && !node.isEmpty();
  }

  private static String flow(JsonNode node) {
    return node.isString() ? scalar(node.asString("")) : Json.text(node);
  }

  private static String scalar(String value) {
    boolean plain =
        PLAIN.matcher(value).matches() && !WORDS.contains(value.toLowerCase(java.util.Locale.ROOT));
    return plain ? value : Json.text(tools.jackson.databind.node.StringNode.valueOf(value));
  }
}
