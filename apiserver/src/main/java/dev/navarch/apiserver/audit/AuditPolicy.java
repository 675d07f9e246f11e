package dev.navarch.apiserver.audit;

import dev.navarch.api.ApiException;
import dev.navarch.api.Yaml;
import dev.navarch.apiserver.auth.Authorizer.Attributes;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/// How much is told of which requests: an `audit.k8s.io/v1` Policy. The first rule that means a
/// request decides; what no rule means is not told.
///
/// @param omitStages told of no request
public record AuditPolicy(List<Rule> rules, Set<Stage> omitStages, boolean omitManagedFields) {

  /// How much is told.
  public enum Level {
    NONE,
    METADATA,
    REQUEST,
    REQUEST_RESPONSE;

    String text() {
      return switch (this) {
        case NONE -> "None";
        case METADATA -> "Metadata";
        case REQUEST -> "Request";
        case REQUEST_RESPONSE -> "RequestResponse";
      };
    }
  }

  /// When it is told.
  public enum Stage {
    REQUEST_RECEIVED("RequestReceived"),
    RESPONSE_STARTED("ResponseStarted"),
    RESPONSE_COMPLETE("ResponseComplete"),
    PANIC("Panic");

    private final String text;

    Stage(String text) {
      this.text = text;
    }

    String text() {
      return text;
    }
  }

  /// @param resources none of them means any
  record Rule(
      Level level,
      Set<String> users,
      Set<String> groups,
      Set<String> verbs,
      Set<String> namespaces,
      List<Resources> resources,
      Set<String> paths,
      Set<Stage> omitStages,
      boolean omitManagedFields) {}

  record Resources(String group, Set<String> resources, Set<String> names) {}

  /// What is told of one request.
  public record Decision(Level level, Set<Stage> omitStages, boolean omitManagedFields) {
    static final Decision NOTHING = new Decision(Level.NONE, Set.of(), false);
  }

  /// @throws IllegalArgumentException when the file is missing or is no policy; says where and why
  public static AuditPolicy read(Path file) {
    try {
      return read(Yaml.parse(Files.readAllBytes(file)));
    } catch (IOException e) {
      throw new IllegalArgumentException(
          "the audit policy %s cannot be read: %s".formatted(file, e.getMessage()), e);
    } catch (ApiException | IllegalArgumentException e) {
      throw new IllegalArgumentException(
          "the audit policy %s is wrong: %s".formatted(file, e.getMessage()), e);
    }
  }

  static AuditPolicy read(ObjectNode policy) {
    String apiVersion = policy.path("apiVersion").asString("");
    String kind = policy.path("kind").asString("");
    if (!apiVersion.equals("audit.k8s.io/v1") || !kind.equals("Policy")) {
      throw new IllegalArgumentException(
          "expected a Policy of audit.k8s.io/v1, found kind \"%s\" of \"%s\""
              .formatted(kind, apiVersion));
    }
    if (policy.path("rules").isEmpty()) {
      throw new IllegalArgumentException("rules: at least one is needed");
    }
    return new AuditPolicy(
        policy.path("rules").valueStream().map(AuditPolicy::rule).toList(),
        stages(policy.path("omitStages")),
        policy.path("omitManagedFields").asBoolean(false));
  }

  private static Rule rule(JsonNode rule) {
    return new Rule(
        level(rule.path("level").asString("")),
        words(rule.path("users")),
        words(rule.path("userGroups")),
        words(rule.path("verbs")),
        words(rule.path("namespaces")),
        rule.path("resources")
            .valueStream()
            .map(
                each ->
                    new Resources(
                        each.path("group").asString(""),
                        words(each.path("resources")),
                        words(each.path("resourceNames"))))
            .toList(),
        words(rule.path("nonResourceURLs")),
        stages(rule.path("omitStages")),
        rule.path("omitManagedFields").asBoolean(false));
  }

  private static Level level(String text) {
    for (Level level : Level.values()) {
      if (level.text().equals(text)) {
        return level;
      }
    }
    throw new IllegalArgumentException(
        "rules: level \"%s\": expected None, Metadata, Request or RequestResponse".formatted(text));
  }

  private static Set<Stage> stages(JsonNode list) {
    Set<Stage> stages = EnumSet.noneOf(Stage.class);
    for (String text : words(list)) {
      stages.add(
          EnumSet.allOf(Stage.class).stream()
              .filter(stage -> stage.text().equals(text))
              .findFirst()
              .orElseThrow(
                  () ->
                      new IllegalArgumentException(
                          "omitStages: there is no stage \"%s\"".formatted(text))));
    }
    return stages;
  }

  private static Set<String> words(JsonNode list) {
    return list.valueStream().map(JsonNode::asString).collect(Collectors.toUnmodifiableSet());
  }

  Decision decide(Attributes asked) {
    for (Rule rule : rules) {
      if (matches(rule, asked)) {
        Set<Stage> omitted = EnumSet.noneOf(Stage.class);
        omitted.addAll(omitStages);
        omitted.addAll(rule.omitStages);
        return new Decision(rule.level, omitted, omitManagedFields || rule.omitManagedFields);
      }
    }
    return Decision.NOTHING;
  }

  private static boolean matches(Rule rule, Attributes asked) {
    boolean who =
        (rule.users.isEmpty() || rule.users.contains(asked.user().name()))
            && (rule.groups.isEmpty()
                || asked.user().groups().stream().anyMatch(rule.groups::contains));
    if (!who || !(rule.verbs.isEmpty() || rule.verbs.contains(asked.verb()))) {
      return false;
    }
    if (!rule.namespaces.isEmpty() || !rule.resources.isEmpty()) {
      return asked.path().isEmpty() && matchesResource(rule, asked);
    }
    return rule.paths.isEmpty()
        || (!asked.path().isEmpty()
            && rule.paths.stream().anyMatch(path -> fits(path, asked.path())));
  }

  private static boolean matchesResource(Rule rule, Attributes asked) {
    return (rule.namespaces.isEmpty() || rule.namespaces.contains(asked.namespace()))
        && (rule.resources.isEmpty()
            || rule.resources.stream().anyMatch(each -> matches(each, asked)));
  }

  private static boolean matches(Resources wanted, Attributes asked) {
    return wanted.group.equals(asked.group())
        && (wanted.resources.isEmpty()
            || wanted.resources.stream().anyMatch(each -> names(each, asked)))
        && (wanted.names.isEmpty() || wanted.names.contains(asked.name()));
  }

  /// `pods`, `pods/log`, `pods/*`, `*/scale`, `*`.
  private static boolean names(String pattern, Attributes asked) {
    String sub = asked.subresource();
    String combined = sub.isEmpty() ? asked.resource() : asked.resource() + "/" + sub;
    return pattern.equals("*")
        || pattern.equals(combined)
        || (!sub.isEmpty() && pattern.equals("*/" + sub))
        || pattern.equals(asked.resource() + "/*");
  }

  private static boolean fits(String pattern, String path) {
    return pattern.equals(path)
        || (pattern.endsWith("*") && path.startsWith(pattern.substring(0, pattern.length() - 1)));
  }
}
