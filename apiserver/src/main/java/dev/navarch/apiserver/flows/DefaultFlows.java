package dev.navarch.apiserver.flows;

import dev.navarch.api.Json;
import dev.navarch.api.Yaml;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.util.function.BiConsumer;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/// The priority levels and flow schemas that every cluster begins with. Two of each must be there;
/// the others follow a new version of the server until somebody marks them as their own.
public final class DefaultFlows {
  private static final String UPDATED = "apf.kubernetes.io/autoupdate-spec";

  private DefaultFlows() {}

  /// Calls back with the name and spec of each PriorityLevelConfiguration.
  public static void levels(BiConsumer<String, ObjectNode> each) {
    read()
        .path("levels")
        .properties()
        .forEach(level -> each.accept(level.getKey(), (ObjectNode) level.getValue()));
  }

  /// Calls back with the name and spec of each FlowSchema.
  public static void schemas(BiConsumer<String, ObjectNode> each) {
    read()
        .path("schemas")
        .properties()
        .forEach(schema -> each.accept(schema.getKey(), schemaSpec(schema.getValue())));
  }

  private static ObjectNode schemaSpec(JsonNode given) {
    ObjectNode spec = Json.object();
    spec.putObject("priorityLevelConfiguration").set("name", given.path("level"));
    spec.set("matchingPrecedence", given.path("precedence"));
    if (given.has("by")) {
      spec.putObject("distinguisherMethod").set("type", given.path("by"));
    }
    ObjectNode rule = spec.putArray("rules").addObject();
    rule.set("subjects", given.path("subjects"));
    if (given.path("everything").asBoolean(false)) {
      ObjectNode resources = rule.putArray("resourceRules").addObject();
      for (String field : new String[] {"verbs", "apiGroups", "resources", "namespaces"}) {
        resources.putArray(field).add("*");
      }
      resources.put("clusterScope", true);
      ObjectNode paths = rule.putArray("nonResourceRules").addObject();
      paths.putArray("verbs").add("*");
      paths.putArray("nonResourceURLs").add("*");
    } else {
      for (String rules : new String[] {"resourceRules", "nonResourceRules"}) {
        if (given.has(rules)) {
          rule.set(rules, given.path(rules));
        }
      }
    }
    return spec;
  }

  /// The object with the spec that it begins with, unless somebody keeps it as their own.
  public static ObjectNode renewed(ObjectNode object, String name, ObjectNode spec) {
    boolean mandatory = name.equals("exempt") || name.equals("catch-all");
    JsonNode own = object.at("/metadata/annotations").path(UPDATED);
    if (mandatory || !object.has("spec") || own.asString("").equals("true")) {
      object.set("spec", spec);
      object.withObject("/metadata/annotations").put(UPDATED, "true");
    }
    return object;
  }

  private static ObjectNode read() {
    try (InputStream in = DefaultFlows.class.getResourceAsStream("defaults.yaml")) {
      if (in == null) {
        throw new IllegalStateException("the resource defaults.yaml is missing from this build");
      }
      return Yaml.parse(in.readAllBytes());
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
