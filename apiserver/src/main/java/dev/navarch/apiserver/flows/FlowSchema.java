package dev.navarch.apiserver.flows;

import dev.navarch.apiserver.auth.Authorizer.Attributes;
import dev.navarch.apiserver.auth.User;
import java.util.Set;
import java.util.function.Predicate;
import java.util.stream.Stream;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/// One FlowSchema, ready for use.
///
/// @param precedence lower ones match first
/// @param level the name of its priority level
/// @param distinguisher what tells its flows apart
record FlowSchema(
    String name,
    String uid,
    int precedence,
    String level,
    Distinguisher distinguisher,
    Predicate<Attributes> matches) {
  private static final String ALL = "*";
  private static final String ACCOUNT = "system:serviceaccount:";

  /// A number for each flow.
  interface Distinguisher {
    int of(Attributes asked);
  }

  static FlowSchema read(ObjectNode document) {
    JsonNode spec = document.path("spec");
    return new FlowSchema(
        document.at("/metadata/name").asString(""),
        document.at("/metadata/uid").asString(""),
        spec.path("matchingPrecedence").asInt(0),
        spec.at("/priorityLevelConfiguration/name").asString(""),
        switch (spec.at("/distinguisherMethod/type").asString("")) {
          case "ByUser" -> asked -> asked.user().name().hashCode();
          case "ByNamespace" -> asked -> asked.namespace().hashCode();
          default -> _ -> 0;
        },
        any(spec.path("rules"), FlowSchema::rule));
  }

  private static <T> Predicate<T> any(
      JsonNode list, java.util.function.Function<JsonNode, Predicate<T>> read) {
    Stream<Predicate<T>> all = list.valueStream().map(read);
    return all.reduce(Predicate::or).orElse(_ -> false);
  }

  private static Predicate<Attributes> rule(JsonNode rule) {
    Predicate<User> subjects = any(rule.path("subjects"), FlowSchema::subject);
    Predicate<Attributes> resources = any(rule.path("resourceRules"), FlowSchema::resourceRule);
    Predicate<Attributes> paths = any(rule.path("nonResourceRules"), FlowSchema::pathRule);
    return asked ->
        subjects.test(asked.user()) && (asked.path().isEmpty() ? resources : paths).test(asked);
  }

  private static Predicate<User> subject(JsonNode subject) {
    String name =
        subject
            .path(
                switch (subject.path("kind").asString("")) {
                  case "User" -> "user";
                  case "Group" -> "group";
                  default -> "serviceAccount";
                })
            .path("name")
            .asString("");
    return switch (subject.path("kind").asString("")) {
      case "User" -> user -> name.equals(ALL) || name.equals(user.name());
      case "Group" -> user -> name.equals(ALL) || user.groups().contains(name);
      default -> {
        String prefix =
            ACCOUNT + subject.path("serviceAccount").path("namespace").asString("") + ":";
        yield name.equals(ALL)
            ? user -> user.name().startsWith(prefix)
            : user -> user.name().equals(prefix + name);
      }
    };
  }

  private static Predicate<Attributes> resourceRule(JsonNode rule) {
    Set<String> verbs = words(rule.path("verbs"));
    Set<String> groups = words(rule.path("apiGroups"));
    Set<String> resources = words(rule.path("resources"));
    Set<String> namespaces = words(rule.path("namespaces"));
    boolean clusterScope = rule.path("clusterScope").asBoolean(false);
    return asked ->
        has(verbs, asked.verb())
            && has(groups, asked.group())
            && has(resources, resource(asked))
            && (asked.namespace().isEmpty() ? clusterScope : has(namespaces, asked.namespace()));
  }

  private static String resource(Attributes asked) {
    return asked.subresource().isEmpty()
        ? asked.resource()
        : asked.resource() + "/" + asked.subresource();
  }

  private static Predicate<Attributes> pathRule(JsonNode rule) {
    Set<String> verbs = words(rule.path("verbs"));
    Set<String> paths = words(rule.path("nonResourceURLs"));
    return asked ->
        has(verbs, asked.verb()) && paths.stream().anyMatch(path -> fits(path, asked.path()));
  }

  /// `/healthz`, `/healthz/*` (what lies below), `*`.
  private static boolean fits(String pattern, String path) {
    return pattern.equals(ALL)
        || pattern.equals(path)
        || (pattern.endsWith("/*") && path.startsWith(pattern.substring(0, pattern.length() - 1)));
  }

  private static boolean has(Set<String> allowed, String word) {
    return allowed.contains(ALL) || allowed.contains(word);
  }

  private static Set<String> words(JsonNode list) {
    return Set.copyOf(list.valueStream().map(JsonNode::asString).toList());
  }
}
