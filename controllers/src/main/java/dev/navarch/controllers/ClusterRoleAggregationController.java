package dev.navarch.controllers;

import dev.navarch.client.Cluster;
import dev.navarch.client.Controller;
import dev.navarch.client.Informers;
import dev.navarch.client.Key;
import dev.navarch.client.LabelSelectors;
import dev.navarch.client.Lister;
import dev.navarch.client.Objects;
import dev.navarch.client.Reconciler;
import dev.navarch.client.Result;
import io.fabric8.kubernetes.api.model.rbac.ClusterRole;
import io.fabric8.kubernetes.api.model.rbac.PolicyRule;
import java.util.Comparator;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;

/// Writes into each aggregated cluster role the rules that its selectors bring together, so that
/// people can read what it allows. The authorizer itself does not wait for this.
final class ClusterRoleAggregationController implements Reconciler<ClusterRole> {
  private final Lister<ClusterRole> roles;
  private final Cluster cluster;

  private ClusterRoleAggregationController(Informers on, Cluster cluster) {
    this.roles = on.lister(ClusterRole.class);
    this.cluster = cluster;
  }

  static Controller register(Informers on, Cluster cluster) {
    Lister<ClusterRole> roles = on.lister(ClusterRole.class);
    return Controller.of(ClusterRole.class, new ClusterRoleAggregationController(on, cluster))
        .name("clusterrole_aggregation_controller")
        .watches(
            ClusterRole.class,
            changed -> roles.all().filter(role -> role.getAggregationRule() != null).map(Key::of));
  }

  @Override
  public Result reconcile(ClusterRole role) {
    if (role.getAggregationRule() != null) {
      List<PolicyRule> rules = List.copyOf(gathered(role));
      if (!rules.equals(role.getRules())) {
        ClusterRole changed = Objects.copy(role);
        changed.setRules(rules);
        cluster.update(changed);
      }
    }
    return Result.done();
  }

  private Set<PolicyRule> gathered(ClusterRole role) {
    Set<PolicyRule> rules = new LinkedHashSet<>();
    for (var selector : role.getAggregationRule().getClusterRoleSelectors()) {
      roles
          .all()
          .filter(part -> LabelSelectors.matches(selector, part))
          .filter(part -> !part.getMetadata().getName().equals(role.getMetadata().getName()))
          .sorted(Comparator.comparing(part -> part.getMetadata().getName()))
          .forEach(part -> rules.addAll(part.getRules()));
    }
    return rules;
  }
}
