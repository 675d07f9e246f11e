package dev.navarch.api.apply;

import dev.navarch.api.BuiltInKinds;
import dev.navarch.api.Json;
import dev.navarch.api.Schema;
import dev.navarch.api.Yaml;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import java.util.Optional;
import tools.jackson.databind.node.ObjectNode;

/// Documents and the schemas that the tests of this package speak of.
final class Documents {
  private static final BuiltInKinds KINDS = BuiltInKinds.load();
  static final Schema POD = schema("v1", "Pod");
  static final Schema DEPLOYMENT = schema("apps/v1", "Deployment");
  static final Schema CONFIG_MAP = schema("v1", "ConfigMap");
  static final Schema SERVICE = schema("v1", "Service");

  private Documents() {}

  static Schema schema(String apiVersion, String kind) {
    return KINDS.byKind(apiVersion, kind).orElseThrow().schema();
  }

  static ObjectNode yaml(String text) {
    return Yaml.read(text.getBytes(StandardCharsets.UTF_8)).tree();
  }

  static ObjectNode json(String text) {
    return Json.parse(text.replace('\'', '"').getBytes(StandardCharsets.UTF_8));
  }

  static FieldSet fields(String text) {
    return FieldSet.read(json(text));
  }

  /// Two versions that call one field differently, as `old/v1` and `new/v1` of a kind would.
  record Renamed(String apiVersion, Map<String, Schema> schemas, String oldName, String newName)
      implements ObjectVersions {
    @Override
    public Optional<Schema> schema(String version) {
      return Optional.ofNullable(schemas.get(version));
    }

    @Override
    public ObjectNode convert(ObjectNode object, String from, String to) {
      if (from.equals(to)) {
        return object;
      }
      ObjectNode copy = object.deepCopy().put("apiVersion", to);
      boolean forth = to.equals("new/v1");
      var value = copy.remove(forth ? oldName : newName);
      if (value != null) {
        copy.set(forth ? newName : oldName, value);
      }
      return copy;
    }
  }
}
