package dev.navarch.controllers;

import static org.assertj.core.api.Assertions.assertThat;

import dev.navarch.client.Objects;
import dev.navarch.client.Simulation;
import io.fabric8.kubernetes.api.model.LabelSelectorBuilder;
import io.fabric8.kubernetes.api.model.rbac.ClusterRole;
import io.fabric8.kubernetes.api.model.rbac.ClusterRoleBuilder;
import io.fabric8.kubernetes.api.model.rbac.PolicyRule;
import io.fabric8.kubernetes.api.model.rbac.PolicyRuleBuilder;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/// What an aggregated cluster role shows.
class ClusterRolesTest {
  private final Simulation simulation = new Simulation();

  @BeforeEach
  void start() {
    simulation.with(
        ClusterRoleAggregationController.register(simulation.informers(), simulation.cluster()));
    simulation
        .cluster()
        .create(
            new ClusterRoleBuilder()
                .withNewMetadata()
                .withName("all")
                .endMetadata()
                .withNewAggregationRule()
                .withClusterRoleSelectors(
                    new LabelSelectorBuilder().addToMatchLabels("into", "all").build())
                .endAggregationRule()
                .build());
    part("b", "pods");
    part("a", "secrets");
    simulation.settle();
  }

  private void part(String name, String resource) {
    simulation
        .cluster()
        .create(
            new ClusterRoleBuilder()
                .withNewMetadata()
                .withName(name)
                .addToLabels("into", "all")
                .endMetadata()
                .withRules(rule(resource))
                .build());
  }

  private static PolicyRule rule(String resource) {
    return new PolicyRuleBuilder()
        .withApiGroups("")
        .withResources(resource)
        .withVerbs("get")
        .build();
  }

  private ClusterRole all() {
    return simulation.cluster().find(ClusterRole.class, "", "all").orElseThrow();
  }

  @Test
  void showsTheRulesOfItsParts() {
    assertThat(all().getRules()).containsExactly(rule("secrets"), rule("pods"));
  }

  @Test
  void followsWhenPartsComeAndGo() {
    simulation
        .cluster()
        .delete(simulation.cluster().find(ClusterRole.class, "", "a").orElseThrow());
    part("c", "nodes");
    simulation.settle();
    assertThat(all().getRules()).containsExactly(rule("pods"), rule("nodes"));
  }

  @Test
  void undoesWhatOthersWriteIntoIt() {
    ClusterRole changed = Objects.copy(all());
    changed.getRules().clear();
    simulation.cluster().update(changed);
    simulation.settle();
    assertThat(all().getRules()).hasSize(2);
  }
}
