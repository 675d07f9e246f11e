package dev.navarch.apiserver.matching;

import dev.cel.common.types.OpaqueType;
import dev.cel.common.types.SimpleType;
import dev.cel.common.values.NullValue;
import dev.navarch.api.Kind;
import dev.navarch.apiserver.admission.AdmissionPlugin.Request;
import dev.navarch.apiserver.auth.Authorizer;
import dev.navarch.apiserver.cel.AuthorizerFunctions.Asker;
import dev.navarch.apiserver.cel.DeclaredType;
import dev.navarch.apiserver.cel.DeclaredType.ListKind;
import dev.navarch.apiserver.cel.DeclaredType.ListOf;
import dev.navarch.apiserver.cel.DeclaredType.MapOf;
import dev.navarch.apiserver.cel.DeclaredType.ObjectOf;
import dev.navarch.apiserver.cel.DeclaredType.Scalar;
import dev.navarch.apiserver.cel.Documents;
import dev.navarch.apiserver.cel.Variables;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.node.ObjectNode;

/// The names that expressions about a request may use: `object`, `oldObject`, `request`,
/// `namespaceObject`, `params`, `authorizer`. Values are views of the request's own trees, made
/// when an expression asks for them.
public final class RequestVariables {
  private static final DeclaredType WORDS =
      new ListOf(DeclaredType.STRING, 100_000, ListKind.ATOMIC, List.of());
  private static final DeclaredType USER =
      object(
          "kubernetes.UserInfo",
          Map.of(
              "username",
              DeclaredType.STRING,
              "uid",
              DeclaredType.STRING,
              "groups",
              WORDS,
              "extra",
              new MapOf(WORDS, 100_000)));
  private static final DeclaredType REQUEST =
      object(
          "kubernetes.AdmissionRequest",
          Map.ofEntries(
              Map.entry("kind", named("kubernetes.GroupVersionKind", "kind")),
              Map.entry("resource", named("kubernetes.GroupVersionResource", "resource")),
              Map.entry("subResource", DeclaredType.STRING),
              Map.entry("requestKind", named("kubernetes.GroupVersionKind", "kind")),
              Map.entry("requestResource", named("kubernetes.GroupVersionResource", "resource")),
              Map.entry("requestSubResource", DeclaredType.STRING),
              Map.entry("name", DeclaredType.STRING),
              Map.entry("namespace", DeclaredType.STRING),
              Map.entry("operation", DeclaredType.STRING),
              Map.entry("userInfo", USER),
              Map.entry("dryRun", DeclaredType.BOOL),
              Map.entry("options", DeclaredType.DYN)));
  private static final DeclaredType NAMESPACE =
      object(
          "kubernetes.Namespace",
          Map.of(
              "metadata",
              object(
                  "kubernetes.NamespaceMetadata",
                  Map.of(
                      "name", DeclaredType.STRING,
                      "generateName", DeclaredType.STRING,
                      "namespace", DeclaredType.STRING,
                      "uid", DeclaredType.STRING,
                      "resourceVersion", DeclaredType.STRING,
                      "generation", DeclaredType.INT,
                      "creationTimestamp", new Scalar(SimpleType.TIMESTAMP, 22, 32),
                      "labels", new MapOf(DeclaredType.STRING, 100_000),
                      "annotations", new MapOf(DeclaredType.STRING, 100_000),
                      "finalizers", WORDS)),
              "spec",
              object("kubernetes.NamespaceSpec", Map.of("finalizers", WORDS)),
              "status",
              object("kubernetes.NamespaceStatus", Map.of("phase", DeclaredType.STRING))));

  private RequestVariables() {}

  /// What is declared besides `object` and `oldObject`.
  ///
  /// @param params null where expressions have no parameters
  public static Map<String, DeclaredType> declared(
      DeclaredType object, @Nullable DeclaredType params) {
    Map<String, DeclaredType> all = new HashMap<>();
    all.put("object", object);
    all.put("oldObject", object);
    all.put("request", REQUEST);
    all.put("namespaceObject", NAMESPACE);
    all.put("authorizer", opaque("Authorizer"));
    all.put("authorizer.requestResource", opaque("ResourceCheck"));
    if (params != null) {
      all.put("params", params);
    }
    return all;
  }

  private static DeclaredType opaque(String name) {
    return new Scalar(OpaqueType.create("kubernetes.authorization." + name), 1, 0);
  }

  private static DeclaredType named(String type, String field) {
    return object(
        type,
        Map.of(
            "group",
            DeclaredType.STRING,
            "version",
            DeclaredType.STRING,
            field,
            DeclaredType.STRING));
  }

  private static DeclaredType object(String name, Map<String, DeclaredType> fields) {
    return new ObjectOf(name, 2, () -> fields);
  }

  /// The values for one request.
  ///
  /// @param params null when there are none
  public static Variables of(
      Request request,
      ObjectNode reviewed,
      Authorizer authorizer,
      Optional<ObjectNode> namespace,
      @Nullable ObjectNode params) {
    Asker asker = new Asker(authorizer, request.user());
    Kind kind = request.kind();
    return name ->
        switch (name) {
          case "object" -> Optional.of(orNull(request.object(), DeclaredType.DYN));
          case "oldObject" -> Optional.of(orNull(request.old(), DeclaredType.DYN));
          case "request" -> Optional.of(orNull(reviewed, REQUEST));
          case "namespaceObject" -> Optional.of(orNull(namespace.orElse(null), NAMESPACE));
          case "params" -> Optional.of(orNull(params, DeclaredType.DYN));
          case "authorizer" -> Optional.of(asker);
          case "authorizer.requestResource" ->
              Optional.of(
                  asker.resource(
                      kind.group(),
                      kind.plural(),
                      request.subresource(),
                      request.namespace(),
                      request.name()));
          default -> Optional.empty();
        };
  }

  private static Object orNull(@Nullable ObjectNode node, DeclaredType type) {
    return node == null ? NullValue.NULL_VALUE : Documents.value(node, type);
  }
}
