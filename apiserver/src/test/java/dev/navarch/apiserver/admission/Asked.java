package dev.navarch.apiserver.admission;

import dev.navarch.api.BuiltInKinds;
import dev.navarch.api.Defaults;
import dev.navarch.api.Kind;
import dev.navarch.api.Kinds;
import dev.navarch.api.Yaml;
import dev.navarch.apiserver.admission.AdmissionPlugin.Operation;
import dev.navarch.apiserver.admission.AdmissionPlugin.Request;
import dev.navarch.apiserver.auth.User;
import dev.navarch.apiserver.kinds.KindRulesList;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.node.ObjectNode;

/// Requests as plugins see them, from documents with their defaults.
final class Asked {
  private static final Kinds KINDS = BuiltInKinds.load();

  private Asked() {}

  static Request create(String document) {
    ObjectNode object = withDefaults(document);
    return request(Operation.CREATE, "", object, null, User.SYSTEM);
  }

  static Request update(String before, String after) {
    return request(Operation.UPDATE, "", withDefaults(after), withDefaults(before), User.SYSTEM);
  }

  static Request delete(String document) {
    return request(Operation.DELETE, "", null, withDefaults(document), User.SYSTEM);
  }

  static Request byNode(String node, Operation operation, String subresource, String document) {
    User user = node(node);
    ObjectNode object = withDefaults(document);
    return request(
        operation,
        subresource,
        operation == Operation.DELETE ? null : object,
        operation == Operation.CREATE ? null : object,
        user);
  }

  static Request byNode(String node, String before, String after) {
    return byNode(node, Operation.UPDATE, "", before, after);
  }

  static Request byNode(
      String node, Operation operation, String subresource, String before, String after) {
    return request(operation, subresource, withDefaults(after), withDefaults(before), node(node));
  }

  private static User node(String name) {
    return new User(
        "system:node:" + name, "", List.of("system:nodes", "system:authenticated"), Map.of());
  }

  private static Request request(
      Operation operation,
      String subresource,
      @Nullable ObjectNode object,
      @Nullable ObjectNode old,
      User user) {
    ObjectNode either = object != null ? object : Objects.requireNonNull(old);
    return new Request(
        operation,
        kind(either),
        subresource,
        either.at("/metadata/namespace").asString(""),
        either.at("/metadata/name").asString(""),
        object,
        old,
        user,
        false,
        RequestForm.asSent(kind(either), ""));
  }

  private static ObjectNode withDefaults(String document) {
    ObjectNode object = Yaml.parse(document.getBytes(StandardCharsets.UTF_8));
    Kind kind = kind(object);
    Defaults.apply(object, kind.schema());
    KindRulesList.rulesFor(kind.group(), kind.kind()).setDefaults(object);
    return object;
  }

  private static Kind kind(ObjectNode object) {
    return KINDS
        .byKind(object.path("apiVersion").asString(""), object.path("kind").asString(""))
        .orElseThrow();
  }
}
