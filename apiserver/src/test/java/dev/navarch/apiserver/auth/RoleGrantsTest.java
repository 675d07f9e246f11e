package dev.navarch.apiserver.auth;

import static org.assertj.core.api.Assertions.assertThatNoException;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.fabric8.kubernetes.api.model.HasMetadata;
import io.fabric8.kubernetes.api.model.rbac.ClusterRoleBindingBuilder;
import io.fabric8.kubernetes.api.model.rbac.PolicyRule;
import io.fabric8.kubernetes.api.model.rbac.RoleBindingBuilder;
import io.fabric8.kubernetes.api.model.rbac.RoleRef;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class RoleGrantsTest {
  private static final String RBAC = "rbac.authorization.k8s.io";
  private static final RoleGrants GRANTS = new RoleGrants(new Rbac(informers()));

  private static FakeInformers informers() {
    List<HasMetadata> objects = new ArrayList<>(DefaultRoles.roles());
    objects.addAll(DefaultRoles.bindings());
    objects.add(
        DefaultRoles.role(
            "helper",
            DefaultRoles.rule("", "pods pods/log", "get list"),
            DefaultRoles.rule(RBAC, "clusterroles", "bind")));
    objects.add(
        new ClusterRoleBindingBuilder()
            .withNewMetadata()
            .withName("helpers")
            .endMetadata()
            .withNewRoleRef(RBAC, "ClusterRole", "helper")
            .addNewSubject(RBAC, "Group", "helpers", null)
            .build());
    objects.add(
        new RoleBindingBuilder()
            .withNewMetadata()
            .withName("admins")
            .withNamespace("shop")
            .endMetadata()
            .withNewRoleRef(RBAC, "ClusterRole", "admin")
            .addNewSubject(RBAC, "User", "vera", null)
            .build());
    return new FakeInformers(objects);
  }

  private static RoleGrants.Written by(String user, String group, String plural, String namespace) {
    return new RoleGrants.Written(
        new User(user, "", List.of(group, "system:authenticated"), Map.of()),
        plural,
        namespace,
        "new");
  }

  private static List<PolicyRule> rules(String groups, String resources, String verbs) {
    return List.of(DefaultRoles.rule(groups, resources, verbs));
  }

  @Test
  void nobodyGrantsMoreThanTheyHave() {
    assertThatThrownBy(
            () ->
                GRANTS.checkRole(
                    by("hal", "helpers", "clusterroles", ""),
                    rules("", "pods secrets", "get list delete"),
                    false))
        .hasMessage(
            "clusterroles.rbac.authorization.k8s.io \"new\" is forbidden: user \"hal\""
                + " (groups=[\"helpers\" \"system:authenticated\"]) is attempting to grant RBAC"
                + " permissions not currently held:\n"
                + "{APIGroups:[\"\"], Resources:[\"pods\"], Verbs:[\"delete\"]}\n"
                + "{APIGroups:[\"\"], Resources:[\"secrets\"], Verbs:[\"get\" \"list\" \"delete\"]}");
    assertThatNoException()
        .isThrownBy(
            () ->
                GRANTS.checkRole(
                    by("hal", "helpers", "clusterroles", ""), rules("", "pods", "get"), false));
  }

  @Test
  void theMastersGrantEverything() {
    assertThatNoException()
        .isThrownBy(
            () ->
                GRANTS.checkRole(
                    by("root", "system:masters", "clusterroles", ""), rules("*", "*", "*"), true));
  }

  @ParameterizedTest
  @CsvSource({"view, shop, true", "admin, shop, true", "cluster-admin, shop, false"})
  void theAdministratorOfANamespaceBindsWhatSheHas(String role, String in, boolean fine) {
    RoleRef ref = new RoleRef(RBAC, "ClusterRole", role);
    RoleGrants.Written binding = by("vera", "devs", "rolebindings", in);
    if (fine) {
      assertThatNoException().isThrownBy(() -> GRANTS.checkBinding(binding, ref));
    } else {
      assertThatThrownBy(() -> GRANTS.checkBinding(binding, ref))
          .hasMessageStartingWith(
              "rolebindings.rbac.authorization.k8s.io \"new\" is forbidden: user \"vera\"")
          .hasMessageContaining("{APIGroups:[\"*\"], Resources:[\"*\"], Verbs:[\"*\"]}")
          .hasMessageContaining("{NonResourceURLs:[\"*\"], Verbs:[\"*\"]}");
    }
  }

  @Test
  void theRightToBindNeedsNoOtherRight() {
    assertThatNoException()
        .isThrownBy(
            () ->
                GRANTS.checkBinding(
                    by("hal", "helpers", "clusterrolebindings", ""),
                    new RoleRef(RBAC, "ClusterRole", "cluster-admin")));
  }

  @Test
  void aRoleThatIsNotThereCannotBeBound() {
    assertThatThrownBy(
            () ->
                GRANTS.checkBinding(
                    by("vera", "devs", "rolebindings", "shop"), new RoleRef(RBAC, "Role", "none")))
        .hasMessage("roles.rbac.authorization.k8s.io \"none\" not found");
  }

  @Test
  void aggregationTakesEveryRight() {
    assertThatThrownBy(
            () -> GRANTS.checkRole(by("vera", "devs", "clusterroles", ""), List.of(), true))
        .hasMessage(
            "clusterroles.rbac.authorization.k8s.io \"new\" is forbidden: must have cluster-admin"
                + " privileges to use the aggregationRule");
  }
}
