package dev.navarch.apiserver.auth;

import io.fabric8.kubernetes.api.model.rbac.PolicyRule;
import io.fabric8.kubernetes.api.model.rbac.PolicyRuleBuilder;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/// What rules of roles amount to: which rights of some are not among those of others, and how they
/// are written for people. Rights are compared one verb on one resource at a time.
final class PolicyRules {
  private static final String ALL = "*";

  private PolicyRules() {}

  /// The rights of `wanted` that `held` does not give, with their verbs joined again.
  static List<PolicyRule> missing(List<PolicyRule> held, List<PolicyRule> wanted) {
    List<PolicyRule> missing =
        wanted.stream()
            .flatMap(rule -> single(rule).stream())
            .filter(right -> held.stream().noneMatch(rule -> covers(rule, right)))
            .toList();
    return joined(missing);
  }

  /// Each verb on each resource (and each name) by itself.
  private static List<PolicyRule> single(PolicyRule rule) {
    List<PolicyRule> rights = new ArrayList<>();
    for (String verb : list(rule.getVerbs())) {
      for (String group : list(rule.getApiGroups())) {
        for (String resource : list(rule.getResources())) {
          PolicyRuleBuilder right = right(verb).withApiGroups(group).withResources(resource);
          if (list(rule.getResourceNames()).isEmpty()) {
            rights.add(right.build());
          }
          for (String name : list(rule.getResourceNames())) {
            rights.add(right.withResourceNames(name).build());
          }
        }
      }
      for (String path : list(rule.getNonResourceURLs())) {
        rights.add(right(verb).withNonResourceURLs(path).build());
      }
    }
    return rights;
  }

  private static PolicyRuleBuilder right(String verb) {
    return new PolicyRuleBuilder().withVerbs(verb);
  }

  private static boolean covers(PolicyRule rule, PolicyRule right) {
    if (!hasAll(list(rule.getVerbs()), list(right.getVerbs()))) {
      return false;
    }
    if (!list(right.getNonResourceURLs()).isEmpty()) {
      return list(right.getNonResourceURLs()).stream()
          .allMatch(
              path -> list(rule.getNonResourceURLs()).stream().anyMatch(own -> fits(own, path)));
    }
    List<String> names = list(rule.getResourceNames());
    List<String> wanted = list(right.getResourceNames());
    return hasAll(list(rule.getApiGroups()), list(right.getApiGroups()))
        && list(right.getResources()).stream()
            .allMatch(resource -> hasResource(list(rule.getResources()), resource))
        && (names.isEmpty() || (!wanted.isEmpty() && names.containsAll(wanted)));
  }

  private static boolean hasAll(List<String> held, List<String> wanted) {
    return held.contains(ALL) || held.containsAll(wanted);
  }

  private static boolean hasResource(List<String> held, String resource) {
    int slash = resource.indexOf('/');
    return held.contains(ALL)
        || held.contains(resource)
        || (slash >= 0 && held.contains(ALL + resource.substring(slash)));
  }

  private static boolean fits(String pattern, String path) {
    return pattern.equals(path)
        || (pattern.endsWith(ALL) && path.startsWith(pattern.substring(0, pattern.length() - 1)));
  }

  /// One rule for all verbs on the same resource or path.
  private static List<PolicyRule> joined(List<PolicyRule> rights) {
    Map<PolicyRule, List<String>> verbs = new LinkedHashMap<>();
    for (PolicyRule right : rights) {
      PolicyRule of = new PolicyRuleBuilder(right).withVerbs(List.of()).build();
      verbs.computeIfAbsent(of, any -> new ArrayList<>()).addAll(right.getVerbs());
    }
    List<PolicyRule> joined = new ArrayList<>();
    verbs.forEach((of, all) -> joined.add(new PolicyRuleBuilder(of).withVerbs(all).build()));
    return joined;
  }

  /// `{APIGroups:["apps"], Resources:["deployments"], Verbs:["get" "list"]}`.
  static String text(PolicyRule rule) {
    List<String> parts = new ArrayList<>();
    add(parts, "APIGroups", rule.getApiGroups());
    add(parts, "Resources", rule.getResources());
    add(parts, "NonResourceURLs", rule.getNonResourceURLs());
    add(parts, "ResourceNames", rule.getResourceNames());
    add(parts, "Verbs", rule.getVerbs());
    return "{" + String.join(", ", parts) + "}";
  }

  private static void add(List<String> parts, String name, @Nullable List<String> values) {
    if (!list(values).isEmpty()) {
      parts.add(name + ":" + quoted(list(values)));
    }
  }

  /// `["a" "b"]`.
  static String quoted(List<String> values) {
    return values.stream()
        .map(value -> '"' + value + '"')
        .collect(Collectors.joining(" ", "[", "]"));
  }

  private static List<String> list(@Nullable List<String> values) {
    return values == null ? List.of() : values;
  }
}
