package dev.navarch.apiserver.auth;

import dev.navarch.client.Informers;
import dev.navarch.client.LabelSelectors;
import dev.navarch.client.Lister;
import dev.navarch.client.Lookup;
import io.fabric8.kubernetes.api.model.HasMetadata;
import io.fabric8.kubernetes.api.model.rbac.ClusterRole;
import io.fabric8.kubernetes.api.model.rbac.ClusterRoleBinding;
import io.fabric8.kubernetes.api.model.rbac.PolicyRule;
import io.fabric8.kubernetes.api.model.rbac.Role;
import io.fabric8.kubernetes.api.model.rbac.RoleBinding;
import io.fabric8.kubernetes.api.model.rbac.RoleRef;
import io.fabric8.kubernetes.api.model.rbac.Subject;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashSet;
import java.util.IdentityHashMap;
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
  private static final String SERVICE_ACCOUNT = "system:serviceaccount:";
  private final Lister<Role> roles;
  private final Lookup<RoleBinding> bindings;
  private final Lister<ClusterRole> clusterRoles;
  private final Lookup<ClusterRoleBinding> clusterBindings;

  public Rbac(Informers informers) {
    this.roles = informers.lister(Role.class);
    this.bindings = informers.lookup(RoleBinding.class, Rbac::places);
    this.clusterRoles = informers.lister(ClusterRole.class);
    this.clusterBindings =
        informers.lookup(
            ClusterRoleBinding.class, binding -> subjects(binding.getSubjects(), "", ""));
  }

  /// A binding that concerns a user, and the rules it brings.
  private record Grant(HasMetadata binding, RoleRef role, Subject subject, List<PolicyRule> rules) {
    String reason() {
      return "RBAC: allowed by %s of %s \"%s\" to %s \"%s\""
          .formatted(
              bindingName(), role.getKind(), role.getName(), subject.getKind(), subjectName());
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
    for (Grant grant : grants(asked.user(), asked.namespace())) {
      for (PolicyRule rule : grant.rules()) {
        if (allows(rule, asked)) {
          return new Decision(true, grant::reason);
        }
      }
    }
    return NO;
  }

  /// All rules that hold for a user in a namespace, for `kubectl auth can-i --list`.
  public List<PolicyRule> rules(User user, String namespace) {
    return grants(user, namespace).stream().flatMap(grant -> grant.rules().stream()).toList();
  }

  /// Those of the whole cluster first. A binding may name a user more than once, by name and by
  /// groups: it counts once.
  private List<Grant> grants(User user, String namespace) {
    List<Grant> grants = new ArrayList<>();
    Set<HasMetadata> seen = Collections.newSetFromMap(new IdentityHashMap<>());
    List<String> subjects = subjects(user);
    for (String subject : subjects) {
      for (ClusterRoleBinding binding : clusterBindings.of(subject)) {
        if (seen.add(binding)) {
          subject(binding.getSubjects(), user, "")
              .ifPresent(found -> grants.add(grant(binding, binding.getRoleRef(), found, "")));
        }
      }
    }
    for (String subject : namespace.isEmpty() ? List.<String>of() : subjects) {
      for (RoleBinding binding : bindings.of(namespace + "/" + subject)) {
        if (seen.add(binding)) {
          subject(binding.getSubjects(), user, namespace)
              .ifPresent(
                  found -> grants.add(grant(binding, binding.getRoleRef(), found, namespace)));
        }
      }
    }
    return grants;
  }

  /// Under what a user's bindings are found.
  private static List<String> subjects(User user) {
    List<String> subjects = new ArrayList<>(user.groups().size() + 2);
    subjects.add("User " + user.name());
    if (user.name().startsWith(SERVICE_ACCOUNT)) {
      subjects.add("ServiceAccount " + user.name());
    }
    for (String group : user.groups()) {
      subjects.add("Group " + group);
    }
    return subjects;
  }

  /// Under what a binding is found.
  ///
  /// @param place what stands before each: empty for the whole cluster
  private static List<String> subjects(
      @Nullable List<Subject> subjects, String place, String namespace) {
    return subjects == null
        ? List.of()
        : subjects.stream()
            .map(
                subject ->
                    place
                        + subject.getKind()
                        + " "
                        + (subject.getKind().equals("ServiceAccount")
                            ? accountName(subject, namespace)
                            : subject.getName()))
            .toList();
  }

  private static List<String> places(RoleBinding binding) {
    String namespace = binding.getMetadata().getNamespace();
    return subjects(binding.getSubjects(), namespace + "/", namespace);
  }

  private static String accountName(Subject subject, String namespace) {
    String in = subject.getNamespace() == null ? namespace : subject.getNamespace();
    return SERVICE_ACCOUNT + in + ":" + subject.getName();
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
          clusterRoles
              .find("", ref.getName())
              .map(
                  role ->
                      role.getAggregationRule() == null
                          ? role.getRules()
                          : rulesOf(role, new HashSet<>()).toList());
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
      case "ServiceAccount" -> user.name().equals(accountName(subject, namespace));
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
    if (list != null) {
      for (String each : list) {
        if (each.equals("*") || wanted.test(each)) {
          return true;
        }
      }
    }
    return false;
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
