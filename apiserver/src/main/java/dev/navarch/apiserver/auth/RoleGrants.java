package dev.navarch.apiserver.auth;

import dev.navarch.api.ApiError;
import dev.navarch.api.ApiException;
import io.fabric8.kubernetes.api.model.rbac.ClusterRole;
import io.fabric8.kubernetes.api.model.rbac.PolicyRule;
import io.fabric8.kubernetes.api.model.rbac.PolicyRuleBuilder;
import io.fabric8.kubernetes.api.model.rbac.RoleRef;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;

/// Keeps people from handing out more than they have: whoever writes a role or binds one must hold
/// all of its rights, or the right to `escalate` roles or to `bind` this very one.
///
/// @param rbac the rights that everybody holds
public record RoleGrants(Rbac rbac) {
  private static final String GROUP = "rbac.authorization.k8s.io";
  private static final List<PolicyRule> EVERYTHING =
      List.of(
          new PolicyRuleBuilder().withApiGroups("*").withResources("*").withVerbs("*").build(),
          new PolicyRuleBuilder().withNonResourceURLs("*").withVerbs("*").build());

  /// A role or binding that somebody wants to write.
  public record Written(User user, String plural, String namespace, String name) {
    ApiException forbidden(String why) {
      return new ApiException(
          new ApiError.Forbidden(new ApiError.Resource(GROUP, plural), name, why));
    }
  }

  /// Throws Forbidden unless the user may write a role with these rules.
  ///
  /// @param aggregated whether the role takes over rules of others, whatever they will be
  public void checkRole(Written role, List<PolicyRule> rules, boolean aggregated) {
    if (isUnlimited(role.user()) || may(role, "escalate", role.plural(), role.name())) {
      return;
    }
    if (aggregated && !missing(role, EVERYTHING).isEmpty()) {
      throw role.forbidden("must have cluster-admin privileges to use the aggregationRule");
    }
    checkHeld(role, rules);
  }

  /// Throws Forbidden unless the user may give others this role, and NotFound for a role that is
  /// not there.
  public void checkBinding(Written binding, RoleRef ref) {
    String plural = ref.getKind().equals("ClusterRole") ? "clusterroles" : "roles";
    if (isUnlimited(binding.user()) || may(binding, "bind", plural, ref.getName())) {
      return;
    }
    List<PolicyRule> rules =
        rbac.find(ref, binding.namespace())
            .orElseThrow(
                () ->
                    new ApiException(
                        new ApiError.NotFound(
                            new ApiError.Resource(GROUP, plural), ref.getName())));
    checkHeld(binding, rules);
  }

  /// Whether a role takes its rules from others.
  public static boolean isAggregated(ClusterRole role) {
    return role.getAggregationRule() != null;
  }

  private static boolean isUnlimited(User user) {
    return user.groups().contains("system:masters");
  }

  private boolean may(Written what, String verb, String plural, String name) {
    return rbac.decide(
            new Authorizer.Attributes(
                what.user(), verb, GROUP, "v1", plural, "", what.namespace(), name, ""))
        .allowed();
  }

  private List<PolicyRule> missing(Written what, List<PolicyRule> rules) {
    return PolicyRules.missing(rbac.rules(what.user(), what.namespace()), rules);
  }

  private void checkHeld(Written what, List<PolicyRule> rules) {
    List<PolicyRule> missing = missing(what, rules);
    if (!missing.isEmpty()) {
      Set<String> texts = new TreeSet<>();
      missing.forEach(rule -> texts.add(PolicyRules.text(rule)));
      throw what.forbidden(
          ("user \"%s\" (groups=%s) is attempting to grant RBAC permissions not currently held:\n"
                  + "%s")
              .formatted(
                  what.user().name(),
                  PolicyRules.quoted(what.user().groups()),
                  String.join("\n", texts)));
    }
  }
}
