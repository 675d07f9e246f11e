package dev.navarch.apiserver.auth;

import static org.assertj.core.api.Assertions.assertThat;

import dev.navarch.api.Json;
import io.fabric8.kubernetes.api.model.HasMetadata;
import io.fabric8.kubernetes.api.model.PersistentVolumeBuilder;
import io.fabric8.kubernetes.api.model.PersistentVolumeClaimBuilder;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.PodBuilder;
import io.fabric8.kubernetes.api.model.rbac.RoleBinding;
import io.fabric8.kubernetes.api.model.rbac.RoleBindingBuilder;
import io.fabric8.kubernetes.api.model.storage.VolumeAttachmentBuilder;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class RbacTest {
  private static final String RBAC = "rbac.authorization.k8s.io";
  private static final FakeInformers INFORMERS = informers();
  private static final Rbac ROLES = new Rbac(INFORMERS);
  private static final Authorizer ALL =
      new Authorizers(
          List.of(new NodeAuthorizer(INFORMERS, DefaultRoles.nodeRules(), () -> {}), ROLES));

  private static FakeInformers informers() {
    List<HasMetadata> objects = new ArrayList<>();
    objects.addAll(DefaultRoles.roles());
    objects.addAll(DefaultRoles.bindings());
    objects.add(binding("viewers", "view", "User", "vera", null));
    objects.add(binding("editors", "edit", "Group", "devs", null));
    objects.add(binding("robots", "admin", "ServiceAccount", "robot", "tools"));
    objects.add(pod());
    objects.add(
        new PersistentVolumeClaimBuilder()
            .withNewMetadata()
            .withNamespace("shop")
            .withName("data")
            .endMetadata()
            .withNewSpec()
            .withVolumeName("disk")
            .endSpec()
            .build());
    objects.add(
        new PersistentVolumeBuilder()
            .withNewMetadata()
            .withName("disk")
            .endMetadata()
            .withNewSpec()
            .withNewCsi()
            .withNewNodeStageSecretRef("disk-key", "shop")
            .endCsi()
            .endSpec()
            .build());
    objects.add(
        new VolumeAttachmentBuilder()
            .withNewMetadata()
            .withName("attached")
            .endMetadata()
            .withNewSpec()
            .withNodeName("node-1")
            .endSpec()
            .build());
    return new FakeInformers(objects);
  }

  private static RoleBinding binding(
      String name,
      String role,
      String kind,
      String subject,
      @org.jspecify.annotations.Nullable String namespace) {
    return new RoleBindingBuilder()
        .withNewMetadata()
        .withName(name)
        .withNamespace("shop")
        .endMetadata()
        .withNewRoleRef(RBAC, "ClusterRole", role)
        .addNewSubject(kind.equals("ServiceAccount") ? "" : RBAC, kind, subject, namespace)
        .build();
  }

  private static Pod pod() {
    return new PodBuilder()
        .withNewMetadata()
        .withName("web")
        .withNamespace("shop")
        .endMetadata()
        .withNewSpec()
        .withNodeName("node-1")
        .withServiceAccountName("runner")
        .addNewVolume()
        .withName("v")
        .withNewSecret()
        .withSecretName("mounted")
        .endSecret()
        .endVolume()
        .addNewVolume()
        .withName("d")
        .withNewPersistentVolumeClaim("data", false)
        .endVolume()
        .addNewContainer()
        .withName("c")
        .addNewEnvFrom()
        .withNewConfigMapRef("settings", false)
        .endEnvFrom()
        .endContainer()
        .addNewEphemeralContainer()
        .withName("debugger")
        .addNewEnvFrom()
        .withNewConfigMapRef("debugging", false)
        .endEnvFrom()
        .addNewEnv()
        .withName("KEY")
        .withNewValueFrom()
        .withNewSecretKeyRef("key", "debug-key", false)
        .endValueFrom()
        .endEnv()
        .endEphemeralContainer()
        .endSpec()
        .build();
  }

  private static boolean may(
      String user, String groups, String verb, String what, String namespace) {
    String[] parts = what.split("[/.]", -1);
    String group = what.contains(".") ? what.substring(what.indexOf('.') + 1) : "";
    String sub = what.contains("/") ? parts[1] : "";
    return ALL.decide(
            new Authorizer.Attributes(
                new User(user, "", List.of(groups.split(";")), Map.of()),
                verb,
                group,
                "v1",
                parts[0],
                sub,
                namespace,
                "",
                ""))
        .allowed();
  }

  @ParameterizedTest
  @CsvSource({
    "root,  system:masters,       delete, nodes,            '',    true",
    "vera,  system:authenticated, list,   pods,             shop,  true",
    "vera,  system:authenticated, list,   pods,             other, false",
    "vera,  system:authenticated, list,   pods,             '',    false",
    "vera,  system:authenticated, get,    secrets,          shop,  false",
    "vera,  system:authenticated, get,    pods/log,         shop,  true",
    "vera,  system:authenticated, create, pods,             shop,  false",
    "ed,    devs,                 create, deployments.apps, shop,  true",
    "ed,    devs,                 create, pods/exec,        shop,  true",
    "ed,    devs,                 list,   services,         shop,  true",
    "ed,    devs,                 create, roles.rbac.authorization.k8s.io, shop, false",
    "system:serviceaccount:tools:robot, system:serviceaccounts, create,"
        + " roles.rbac.authorization.k8s.io, shop, true",
    "system:serviceaccount:tools:robot, system:serviceaccounts, delete, pods, shop, true",
    "system:serviceaccount:shop:robot,  system:serviceaccounts, delete, pods, shop, false",
    "me,    system:authenticated, create, selfsubjectaccessreviews.authorization.k8s.io, '', true",
    "system:kube-scheduler, system:authenticated, create, pods/binding, shop, true",
    "system:node:node-1, system:nodes, update, nodes/status, '', true",
    "system:node:node-1, system:nodes, watch, endpointslices.discovery.k8s.io, '', true",
    "system:node:node-1, system:nodes, list, secrets, shop, false",
    "system:node:node-1, system:nodes, create, deployments.apps, shop, false"
  })
  void decides(
      String user, String groups, String verb, String what, String namespace, boolean allowed) {
    assertThat(may(user, groups, verb, what, namespace)).isEqualTo(allowed);
  }

  @ParameterizedTest
  @CsvSource({
    "node-1, get,    secrets,    '',    mounted,  true",
    "node-2, get,    secrets,    '',    mounted,  false",
    "node-1, get,    secrets,    '',    other,    false",
    "node-1, update, secrets,    '',    mounted,  false",
    "node-1, watch,  configmaps, '',    settings, true",
    "node-1, get,    secrets,    '',    debug-key, true",
    "node-2, get,    secrets,    '',    debug-key, false",
    "node-1, get,    configmaps, '',    debugging, true",
    "node-1, get,    secrets,    '',    disk-key, true",
    "node-2, get,    secrets,    '',    disk-key, false",
    "node-1, get,    persistentvolumeclaims, '', data, true",
    "node-1, update, persistentvolumeclaims, '', data, false",
    "node-1, update, persistentvolumeclaims, status, data, true",
    "node-2, get,    persistentvolumeclaims, '', data, false",
    "node-1, get,    persistentvolumes, '', disk,  true",
    "node-1, get,    persistentvolumes, '', other, false",
    "node-2, get,    persistentvolumes, '', disk,  false",
    "node-1, get,    volumeattachments.storage.k8s.io, '', attached, true",
    "node-2, get,    volumeattachments.storage.k8s.io, '', attached, false",
    "node-1, create, serviceaccounts, token, runner,  true",
    "node-1, create, serviceaccounts, token, default, false"
  })
  void letsANodeReachOnlyWhatItsPodsUse(
      String node, String verb, String resource, String sub, String name, boolean allowed) {
    var user = new User("system:node:" + node, "", List.of("system:nodes"), Map.of());
    String[] what = resource.split("\\.", 2);
    String group = what.length == 2 ? what[1] : "";
    var decision =
        ALL.decide(
            new Authorizer.Attributes(user, verb, group, "v1", what[0], sub, "shop", name, ""));
    assertThat(decision.allowed()).isEqualTo(allowed);
  }

  @Test
  void waitsForPodsThatANodeHasHeardOfAlready() {
    List<HasMetadata> shown = new ArrayList<>();
    var late =
        new NodeAuthorizer(
            new FakeInformers(shown), DefaultRoles.nodeRules(), () -> shown.add(pod()));
    var user = new User("system:node:node-1", "", List.of("system:nodes"), Map.of());
    var asked =
        new Authorizer.Attributes(user, "get", "", "v1", "configmaps", "", "shop", "settings", "");
    assertThat(late.decide(asked).allowed()).isTrue();
  }

  @ParameterizedTest
  @CsvSource({
    "system:unauthenticated, /version, true",
    "system:unauthenticated, /api,     false",
    "system:authenticated,   /apis/apps/v1, true",
    "system:authenticated,   /metrics, false",
    "system:monitoring,      /metrics, true"
  })
  void decidesPaths(String group, String path, boolean allowed) {
    var user = new User("x", "", List.of(group), Map.of());
    var asked = new Authorizer.Attributes(user, "get", "", "", "", "", "", "", path);
    assertThat(ALL.decide(asked).allowed()).isEqualTo(allowed);
  }

  @Test
  void refusesInTheWordsPeopleKnow() {
    var user = new User("x", "", List.of(), Map.of());
    assertThat(
            Refusal.of(
                new Authorizer.Attributes(user, "list", "", "v1", "pods", "", "default", "", ""),
                ""))
        .hasMessage(
            "pods is forbidden: User \"x\" cannot list resource \"pods\" in API group \"\" in the"
                + " namespace \"default\"");
    assertThat(
            Refusal.of(
                new Authorizer.Attributes(
                    user, "get", "apps", "v1", "deployments", "scale", "", "web", ""),
                ""))
        .hasMessage(
            "deployments.apps \"web\" is forbidden: User \"x\" cannot get resource"
                + " \"deployments/scale\" in API group \"apps\" at the cluster scope");
    assertThat(
            Refusal.of(
                new Authorizer.Attributes(user, "get", "", "", "", "", "", "", "/metrics"), ""))
        .hasMessage("forbidden: User \"x\" cannot get path \"/metrics\"");
  }

  @Test
  void answersReviews() {
    var issuer =
        new TokenIssuer(CertificateAuthority.newKeys(), "https://issuer", InstantSource.system());
    var checker =
        new TokenChecker(
            issuer, (kind, namespace, name) -> Optional.empty(), InstantSource.system());
    var reviews =
        new Reviews(
            new Authenticator(
                checker,
                StaticTokens.NONE,
                new BootstrapTokens(key -> Optional.empty(), InstantSource.system()),
                Set.of("https://issuer"),
                new FrontProxy(
                    CertificateAuthority.create("proxies", InstantSource.system()).certificate(),
                    Set.of())),
            ALL,
            ROLES);
    var vera = new User("vera", "", List.of("system:authenticated"), Map.of());
    var asked =
        Json.parse(
            """
            {"spec": {"resourceAttributes": {"namespace": "shop", "verb": "list", "resource": "pods"}}}
            """
                .getBytes(java.nio.charset.StandardCharsets.UTF_8));
    var answer = reviews.answer("selfsubjectaccessreviews", "", asked, vera).path("status");
    assertThat(answer.path("allowed").asBoolean()).isTrue();
    assertThat(answer.path("reason").asString())
        .isEqualTo(
            "RBAC: allowed by RoleBinding \"viewers/shop\" of ClusterRole \"view\" to User"
                + " \"vera\"");
    var whoami = reviews.answer("selfsubjectreviews", "", Json.object(), vera);
    assertThat(whoami.path("status").path("userInfo").path("username").asString())
        .isEqualTo("vera");
    var token =
        Json.parse(
            "{\"spec\": {\"token\": \"nonsense\"}}"
                .getBytes(java.nio.charset.StandardCharsets.UTF_8));
    assertThat(
            reviews
                .answer("tokenreviews", "", token, vera)
                .path("status")
                .path("authenticated")
                .asBoolean())
        .isFalse();
  }
}
