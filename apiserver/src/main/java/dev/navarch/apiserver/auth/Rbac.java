package dev.navarch.apiserver.auth;

import dev.navarch.client.Informers;
import dev.navarch.client.LabelSelectors;
import dev.navarch.client.Lister;
import io.fabric8.kubernetes.api.model.HasMetadata;
import io.fabric8.kubernetes.api.model.rbac.ClusterRole;
import io.fabric8.kubernetes.api.model.rbac.ClusterRoleBinding;
import io.fabric8.kubernetes.api.model.rbac.PolicyRule;
import io.fabric8.kubernetes.api.model.rbac.Role;
import io.fabric8.kubernetes.api.model.rbac.RoleBinding;
import io.fabric8.kubernetes.api.model.rbac.RoleRef;
import io.fabric8.kubernetes.api.model.rbac.Subject;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.function.Predicate;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/// Allows what some role, bound to the user, one of the groups or the service account, lists. Roles
/// only ever add. Aggregated cluster roles are put together when asked, so they are never behind
/// their parts.
public final class Rbac implements Authorizer {
  private static final Decision NO = new Decision(false, "");
  private final Lister<Role> roles;
  private final Lister<RoleBinding> bindings;
  private final Lister<ClusterRole> clusterRoles;
  private final Lister<ClusterRoleBinding> clusterBindings;

  public Rbac(Informers informers) {
    this.roles = informers.lister(Role.class);
    this.bindings = informers.lister(RoleBinding.class);
    this.clusterRoles = informers.lister(ClusterRole.class);
    this.clusterBindings = informers.lister(ClusterRoleBinding.class);
  }

  /// A binding that concerns a user, and the rules it brings.
  private record Grant(HasMetadata binding, RoleRef role, Subject subject, List<PolicyRule> rules) {
    Decision allowed() {
      String to = "%s \"%s\"".formatted(subject.getKind(), subjectName());
      return new Decision(
          true,
          "RBAC: allowed by %s of %s \"%s\" to %s"
              .formatted(bindingName(), role.getKind(), role.getName(), to));
    }

    private String bindingName() {
      String name = binding.getMetadata().getName();
      return binding instanceof RoleBinding
          ? "RoleBinding \"%s/%s\"".formatted(name, binding.getMetadata().getNamespace())
          : "ClusterRoleBinding \"%s\"".formatted(name);
    }

    private String subjectName() {
      return subject.getKind().equals("ServiceAccount")
          ? subject.getName() + "/" + subject.getNamespace()
          : subject.getName();
    }
  }

  @Override
  public Decision decide(Attributes asked) {
    return grants(asked.user(), asked.namespace())
        .filter(grant -> grant.rules().stream().anyMatch(rule -> allows(rule, asked)))
        .findFirst()
        .map(Grant::allowed)
        .orElse(NO);
  }

  /// All rules that hold for a user in a namespace, for `kubectl auth can-i --list`.
  public List<PolicyRule> rules(User user, String namespace) {
    return grants(user, namespace).flatMap(grant -> grant.rules().stream()).toList();
  }

  private Stream<Grant> grants(User user, String namespace) {
    Stream<Grant> everywhere =
        clusterBindings
            .all()
            .flatMap(
                binding ->
                    subject(binding.getSubjects(), user, "")
                        .map(subject -> grant(binding, binding.getRoleRef(), subject, ""))
                        .stream());
    if (namespace.isEmpty()) {
      return everywhere;
    }
    Stream<Grant> here =
        bindings
            .in(namespace)
            .flatMap(
                binding ->
                    subject(binding.getSubjects(), user, namespace)
                        .map(subject -> grant(binding, binding.getRoleRef(), subject, namespace))
                        .stream());
    return Stream.concat(everywhere, here);
  }

  private Grant grant(HasMetadata binding, RoleRef role, Subject subject, String namespace) {
    return new Grant(binding, role, subject, rulesOf(role, namespace));
  }

  private List<PolicyRule> rulesOf(RoleRef ref, String namespace) {
    return find(ref, namespace).orElse(List.of());
  }

  /// The rules of the role that a binding in a namespace names; empty when there is no such role.
  Optional<List<PolicyRule>> find(RoleRef ref, String namespace) {
    return switch (ref.getKind()) {
      case "ClusterRole" ->
          clusterRoles.find("", ref.getName()).map(role -> rulesOf(role, new HashSet<>()).toList());
      case "Role" -> roles.find(namespace, ref.getName()).map(Role::getRules);
      default -> Optional.empty();
    };
  }

  private Stream<PolicyRule> rulesOf(ClusterRole role, Set<String> seen) {
    if (!seen.add(role.getMetadata().getName())) {
      return Stream.empty();
    }
    if (role.getAggregationRule() == null) {
      return role.getRules().stream();
    }
    return role.getAggregationRule().getClusterRoleSelectors().stream()
        .flatMap(
            selector -> clusterRoles.all().filter(part -> LabelSelectors.matches(selector, part)))
        .flatMap(part -> rulesOf(part, seen));
  }

  private static Optional<Subject> subject(
      @Nullable List<Subject> subjects, User user, String namespace) {
    return subjects == null
        ? Optional.empty()
        : subjects.stream().filter(subject -> is(subject, user, namespace)).findFirst();
  }

  private static boolean is(Subject subject, User user, String namespace) {
    return switch (subject.getKind()) {
      case "User" -> user.name().equals(subject.getName());
      case "Group" -> user.groups().contains(subject.getName());
      case "ServiceAccount" -> {
        String in = subject.getNamespace() == null ? namespace : subject.getNamespace();
        yield user.name().equals("system:serviceaccount:" + in + ":" + subject.getName());
      }
      default -> false;
    };
  }

  static boolean allows(PolicyRule rule, Attributes asked) {
    if (!has(rule.getVerbs(), asked.verb()::equals)) {
      return false;
    }
    if (!asked.path().isEmpty()) {
      return has(rule.getNonResourceURLs(), pattern -> covers(pattern, asked.path()));
    }
    return has(rule.getApiGroups(), asked.group()::equals)
        && has(rule.getResources(), resource -> names(resource, asked))
        && (rule.getResourceNames() == null
            || rule.getResourceNames().isEmpty()
            || rule.getResourceNames().contains(asked.name()));
  }

  private static boolean has(@Nullable List<String> list, Predicate<String> wanted) {
    return list != null && (list.contains("*") || list.stream().anyMatch(wanted));
  }

  private static boolean names(String resource, Attributes asked) {
    return asked.subresource().isEmpty()
        ? resource.equals(asked.resource())
        : resource.equals(asked.resource() + "/" + asked.subresource())
            || resource.equals("*/" + asked.subresource());
  }

  private static boolean covers(String pattern, String path) {
    return pattern.endsWith("*")
        ? path.startsWith(pattern.substring(0, pattern.length() - 1))
        : pattern.equals(path);
  }
}
