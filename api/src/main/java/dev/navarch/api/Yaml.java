package dev.navarch.api;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import org.snakeyaml.engine.v2.api.LoadSettings;
import org.snakeyaml.engine.v2.api.lowlevel.Parse;
import org.snakeyaml.engine.v2.common.Anchor;
import org.snakeyaml.engine.v2.events.AliasEvent;
import org.snakeyaml.engine.v2.events.Event;
import org.snakeyaml.engine.v2.events.NodeEvent;
import org.snakeyaml.engine.v2.events.ScalarEvent;
import org.snakeyaml.engine.v2.exceptions.Mark;
import org.snakeyaml.engine.v2.exceptions.MarkedYamlEngineException;
import org.snakeyaml.engine.v2.exceptions.YamlEngineException;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/// YAML to document trees, by the rules of Kubernetes' own converter: YAML 1.1 scalars, one
/// document, keys as text. Aliases are copied, and a document that grows too much by them is
/// refused.
public final class Yaml {
  private static final int MAX_COPIED_NODES = 100_000;
  private static final int CHARACTERS_OF_A_NODE = 32;
  private static final int LEAST_BUFFER = 1 << 10;

  private final Iterator<Event> events;
  private final Map<Anchor, JsonNode> anchors = new HashMap<>();
  private final List<String> duplicates = new ArrayList<>();
  private int copied;

  private Yaml(String text) {
    events = new Parse(settings(text)).parseString(text).iterator();
  }

  /// The parser's buffer holds the whole text: with a smaller one it takes time that grows with the
  /// square of a scalar's length.
  private static LoadSettings settings(String text) {
    return LoadSettings.builder()
        .setCodePointLimit(Integer.MAX_VALUE)
        .setUseMarks(true)
        .setBufferSize(Math.max(LEAST_BUFFER, text.length() + 1))
        .build();
  }

  /// Reads an object, and notes repeated keys.
  public static Parsed read(byte[] bytes) {
    Yaml yaml = new Yaml(new String(bytes, StandardCharsets.UTF_8));
    if (!(yaml.document() instanceof ObjectNode tree)) {
      throw ApiException.badRequest(
          "couldn't get version/kind; json parse error: the document is no object");
    }
    List<String> errors =
        yaml.duplicates.isEmpty()
            ? List.of()
            : List.of("yaml: unmarshal errors:\n  " + String.join("\n  ", yaml.duplicates));
    return new Parsed(tree, yaml.duplicates, errors);
  }

  public static ObjectNode parse(byte[] bytes) {
    return read(bytes).tree();
  }

  private JsonNode document() {
    try {
      Event event = next();
      while (event.getEventId() != Event.ID.DocumentStart) {
        if (event.getEventId() == Event.ID.StreamEnd) {
          return Json.object();
        }
        event = next();
      }
      JsonNode root = value(next(), 0);
      next();
      if (next().getEventId() != Event.ID.StreamEnd) {
        throw wrong("the body holds more than one document");
      }
      return root;
    } catch (MarkedYamlEngineException e) {
      int line = e.getProblemMark().map(Mark::getLine).orElse(-1) + 1;
      throw wrong("line " + line + ": " + e.getProblem());
    } catch (YamlEngineException e) {
      throw wrong(String.valueOf(e.getMessage()));
    }
  }

  private Event next() {
    return events.next();
  }

  private static void checkDepth(int depth) {
    if (depth > Json.MAX_DEPTH) {
      throw wrong("exceeded max depth of " + Json.MAX_DEPTH);
    }
  }

  private JsonNode value(Event event, int depth) {
    checkDepth(depth);
    return switch (event) {
      case AliasEvent alias -> copy(alias, depth);
      case ScalarEvent scalar -> anchored(scalar, YamlScalar.resolve(scalar));
      case NodeEvent node when node.getEventId() == Event.ID.MappingStart ->
          anchored(node, mapping(depth));
      case NodeEvent node -> anchored(node, sequence(depth));
      default -> throw wrong("unexpected " + event.getEventId());
    };
  }

  private ArrayNode sequence(int depth) {
    ArrayNode array = Json.array();
    for (Event event = next(); event.getEventId() != Event.ID.SequenceEnd; event = next()) {
      array.add(value(event, depth + 1));
    }
    return array;
  }

  private ObjectNode mapping(int depth) {
    ObjectNode object = Json.object();
    List<JsonNode> merged = new ArrayList<>();
    for (Event event = next(); event.getEventId() != Event.ID.MappingEnd; event = next()) {
      boolean merge = event instanceof ScalarEvent scalar && YamlScalar.isMerge(scalar);
      String key = key(event);
      JsonNode value = value(next(), depth + 1);
      if (merge) {
        merged.add(value);
      } else if (object.replace(key, value) != null) {
        duplicates.add("line %d: key \"%s\" already set in map".formatted(line(event), key));
      }
    }
    merged.forEach(value -> merge(value, object));
    return object;
  }

  private static void merge(JsonNode from, ObjectNode into) {
    switch (from) {
      case ObjectNode object ->
          object.properties().forEach(field -> into.putIfAbsent(field.getKey(), field.getValue()));
      case ArrayNode array -> array.values().forEach(element -> merge(element, into));
      default -> throw wrong("map merge requires map or sequence of maps as the value");
    }
  }

  private String key(Event event) {
    JsonNode key =
        switch (event) {
          case ScalarEvent scalar -> anchored(scalar, YamlScalar.resolve(scalar));
          case AliasEvent alias -> copy(alias, 0);
          default -> throw wrong("line " + line(event) + ": invalid map key: not a scalar");
        };
    if (key.isNull() || key.isContainer()) {
      throw wrong("line " + line(event) + ": unsupported map key");
    }
    return key.asString();
  }

  private JsonNode anchored(NodeEvent event, JsonNode value) {
    event.getAnchor().ifPresent(anchor -> anchors.put(anchor, value));
    return value;
  }

  /// What is copied into what is copied makes a document deep that looks flat.
  private JsonNode copy(AliasEvent alias, int depth) {
    JsonNode target = anchors.get(alias.getAlias());
    if (target == null) {
      throw wrong("unknown anchor '" + alias.getAlias().getValue() + "' referenced");
    }
    copied += size(target, MAX_COPIED_NODES - copied);
    if (copied > MAX_COPIED_NODES) {
      throw wrong("document contains excessive aliasing");
    }
    checkDepth(depth + Json.depth(target));
    return target.deepCopy();
  }

  /// The nodes of a tree, long texts as several; stops counting soon after `enough`.
  private static int size(JsonNode node, int enough) {
    int size = 1 + (node.isString() ? node.stringValue().length() / CHARACTERS_OF_A_NODE : 0);
    for (JsonNode child : node.values()) {
      if (size > enough) {
        return size;
      }
      size += size(child, enough - size);
    }
    return size;
  }

  private static int line(Event event) {
    return event.getStartMark().map(Mark::getLine).orElse(-1) + 1;
  }

  private static ApiException wrong(String what) {
    return ApiException.badRequest("error converting YAML to JSON: yaml: " + what);
  }
}
