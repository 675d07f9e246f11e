package dev.navarch.tests.clients;

import static dev.navarch.tests.clients.Fabric8.configMap;
import static dev.navarch.tests.clients.Fabric8.refusal;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.entry;
import static org.assertj.core.api.Assertions.tuple;
import static org.awaitility.Awaitility.await;

import dev.navarch.tests.TestCluster;
import dev.navarch.tests.WithTestCluster;
import io.fabric8.kubernetes.api.model.ConfigMap;
import io.fabric8.kubernetes.api.model.ConfigMapList;
import io.fabric8.kubernetes.api.model.DeletionPropagation;
import io.fabric8.kubernetes.api.model.HasMetadata;
import io.fabric8.kubernetes.api.model.ListOptionsBuilder;
import io.fabric8.kubernetes.api.model.PodBuilder;
import io.fabric8.kubernetes.api.model.StatusCause;
import io.fabric8.kubernetes.api.model.apps.Deployment;
import io.fabric8.kubernetes.api.model.apps.DeploymentBuilder;
import io.fabric8.kubernetes.api.model.authentication.TokenRequestBuilder;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.KubernetesClientException;
import io.fabric8.kubernetes.client.dsl.NonNamespaceOperation;
import io.fabric8.kubernetes.client.dsl.Resource;
import io.fabric8.kubernetes.client.dsl.base.PatchContext;
import io.fabric8.kubernetes.client.dsl.base.PatchType;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.Callable;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInfo;

/// What operators built on fabric8's client ask: objects of many kinds, patches, pages, deletion
/// with what is owned, and errors that say what is wrong.
@WithTestCluster
class Fabric8Test {
  private final TestCluster cluster;
  private final String namespace;
  private final KubernetesClient client;

  Fabric8Test(TestCluster cluster, TestInfo test) {
    this.cluster = cluster;
    this.namespace =
        "fabric8-" + test.getTestMethod().orElseThrow().getName().toLowerCase(Locale.ROOT);
    this.client = Fabric8.client(cluster, namespace, config -> config);
  }

  @BeforeEach
  void addNamespace() {
    cluster.addNamespace(namespace);
  }

  @AfterEach
  void close() {
    client.close();
  }

  private NonNamespaceOperation<ConfigMap, ConfigMapList, Resource<ConfigMap>> configMaps() {
    return client.configMaps().inNamespace(namespace);
  }

  private Resource<Deployment> web() {
    return client.apps().deployments().inNamespace(namespace).withName("web");
  }

  private void deployWeb(int replicas) {
    client
        .resource(
            new DeploymentBuilder()
                .withNewMetadata()
                .withName("web")
                .endMetadata()
                .withNewSpec()
                .withReplicas(replicas)
                .withNewSelector()
                .addToMatchLabels("app", "web")
                .endSelector()
                .withNewTemplate()
                .withNewMetadata()
                .addToLabels("app", "web")
                .endMetadata()
                .withNewSpec()
                .addNewContainer()
                .withName("web")
                .withImage("example/web:1")
                .addNewEnv()
                .withName("COLOR")
                .withValue("red")
                .endEnv()
                .endContainer()
                .endSpec()
                .endTemplate()
                .endSpec()
                .build())
        .create();
    web()
        .waitUntilCondition(
            it -> it != null && ready(it) == replicas && observed(it), 30, TimeUnit.SECONDS);
  }

  private static int ready(Deployment deployment) {
    Integer ready = deployment.getStatus().getReadyReplicas();
    return ready == null ? 0 : ready;
  }

  private static boolean observed(Deployment deployment) {
    return deployment
        .getMetadata()
        .getGeneration()
        .equals(deployment.getStatus().getObservedGeneration());
  }

  @Test
  void keepsObjectsOfManyKinds() {
    List<HasMetadata> wanted =
        client.load(getClass().getResourceAsStream("/clients/many-kinds.yaml")).items();
    assertThat(wanted).hasSizeGreaterThan(15);
    for (HasMetadata object : wanted) {
      HasMetadata created = client.resource(object).inNamespace(namespace).create();
      assertThat(created.getMetadata().getUid()).as("%s", object).isNotEmpty();
      HasMetadata edited =
          besideControllers(
              () ->
                  client
                      .resource(client.resource(object).inNamespace(namespace).get())
                      .edit(
                          it -> {
                            it.getMetadata().getLabels().put("edited", "yes");
                            return it;
                          }));
      assertThat(edited.getMetadata().getLabels()).containsEntry("edited", "yes");
      HasMetadata updated =
          besideControllers(
              () -> {
                HasMetadata read = client.resource(object).inNamespace(namespace).get();
                read.getMetadata().getLabels().put("updated", "yes");
                return client.resource(read).update();
              });
      assertThat(updated.getMetadata().getLabels()).containsEntry("updated", "yes");
      assertThat(updated.getMetadata().getUid()).isEqualTo(created.getMetadata().getUid());
      assertThat(client.resource(updated).delete()).as("%s", object).hasSize(1);
    }
    for (HasMetadata object : wanted) {
      await().until(() -> client.resource(object).inNamespace(namespace).get() == null);
    }
  }

  /// What a controller writes meanwhile is a conflict, and is met as users meet it.
  private static <T> T besideControllers(Callable<T> change) {
    return await()
        .ignoreExceptionsMatching(
            why -> why instanceof KubernetesClientException refused && refused.getCode() == 409)
        .until(change, changed -> true);
  }

  @Test
  void patchesInThreeWays() {
    client.resource(configMap("c", "red")).create();
    ConfigMap merged =
        configMaps()
            .withName("c")
            .patch(
                PatchContext.of(PatchType.JSON_MERGE),
                "{\"data\":{\"color\":null,\"size\":\"1\"}}");
    assertThat(merged.getData()).containsOnly(entry("size", "1"));
    ConfigMap patched =
        configMaps()
            .withName("c")
            .patch(
                PatchContext.of(PatchType.JSON),
                "[{\"op\":\"test\",\"path\":\"/data/size\",\"value\":\"1\"},"
                    + "{\"op\":\"add\",\"path\":\"/metadata/labels/a~1b\",\"value\":\"x\"}]");
    assertThat(patched.getMetadata().getLabels()).containsEntry("a/b", "x");
    KubernetesClientException failed =
        refusal(
            () ->
                configMaps()
                    .withName("c")
                    .patch(
                        PatchContext.of(PatchType.JSON),
                        "[{\"op\":\"test\",\"path\":\"/data/size\",\"value\":\"2\"}]"));
    assertThat(failed.getCode()).isEqualTo(422);
    deployWeb(0);
    Deployment strategic =
        web()
            .patch(
                PatchContext.of(PatchType.STRATEGIC_MERGE),
                """
                {"spec": {"template": {"spec": {"containers": [
                  {"name": "web", "env": [{"name": "SIZE", "value": "1"}]},
                  {"name": "side", "image": "example/side:1"}]}}}}
                """);
    assertThat(strategic.getSpec().getTemplate().getSpec().getContainers())
        .extracting(container -> container.getName() + "=" + container.getImage())
        .containsExactlyInAnyOrder("web=example/web:1", "side=example/side:1");
    assertThat(
            strategic.getSpec().getTemplate().getSpec().getContainers().stream()
                .filter(container -> container.getName().equals("web"))
                .flatMap(container -> container.getEnv().stream()))
        .extracting(env -> env.getName())
        .containsExactlyInAnyOrder("COLOR", "SIZE");
  }

  @Test
  void editsStatusAndScaleApart() {
    deployWeb(1);
    Deployment scaled = web().scale(3);
    assertThat(scaled.getSpec().getReplicas()).isEqualTo(3);
    client
        .resource(
            new PodBuilder()
                .withNewMetadata()
                .withName("p")
                .endMetadata()
                .withNewSpec()
                .withSchedulerName("nobody")
                .addNewContainer()
                .withName("c")
                .withImage("example/c:1")
                .endContainer()
                .endSpec()
                .build())
        .create();
    var pod = client.pods().inNamespace(namespace).withName("p");
    pod.editStatus(
        it ->
            new PodBuilder(it)
                .editMetadata()
                .addToAnnotations("not", "here")
                .endMetadata()
                .editOrNewStatus()
                .withMessage("seen")
                .endStatus()
                .build());
    assertThat(pod.get().getStatus().getMessage()).isEqualTo("seen");
    assertThat(pod.evict()).isTrue();
  }

  @Test
  void listsInPagesAndBySelectors() {
    for (int i = 0; i < 7; i++) {
      client.resource(configMap("c" + i, i % 2 == 0 ? "red" : "blue")).create();
    }
    List<String> names = new ArrayList<>();
    List<Long> remaining = new ArrayList<>();
    String next = null;
    do {
      ConfigMapList page =
          configMaps().list(new ListOptionsBuilder().withLimit(3L).withContinue(next).build());
      page.getItems().forEach(it -> names.add(it.getMetadata().getName()));
      next = page.getMetadata().getContinue();
      if (page.getMetadata().getRemainingItemCount() != null) {
        remaining.add(page.getMetadata().getRemainingItemCount());
      }
    } while (next != null && !next.isEmpty());
    assertThat(names).contains("c0", "c1", "c2", "c3", "c4", "c5", "c6").hasSize(8);
    assertThat(remaining).containsExactly(5L, 2L);
    assertThat(configMaps().withLabel("app", "shop").list().getItems()).hasSize(7);
    assertThat(configMaps().withLabelNotIn("app", "shop").list().getItems()).hasSize(1);
    assertThat(configMaps().withField("metadata.name", "c3").list().getItems()).hasSize(1);
    configMaps().withLabel("app", "shop").delete();
    assertThat(configMaps().list().getItems()).hasSize(1);
  }

  @Test
  void deletesWithOrWithoutWhatIsOwned() {
    deployWeb(2);
    web().withPropagationPolicy(DeletionPropagation.ORPHAN).delete();
    await().until(() -> web().get() == null);
    var sets = client.apps().replicaSets().inNamespace(namespace);
    assertThat(sets.list().getItems())
        .singleElement()
        .satisfies(it -> assertThat(it.getMetadata().getOwnerReferences()).isEmpty());
    sets.resource(sets.list().getItems().getFirst())
        .withPropagationPolicy(DeletionPropagation.FOREGROUND)
        .delete();
    await().until(() -> sets.list().getItems().isEmpty());
    assertThat(client.pods().inNamespace(namespace).list().getItems()).isEmpty();
  }

  @Test
  void errorsSayWhatIsWrong() {
    assertThat(configMaps().withName("missing").get()).isNull();
    assertThat(configMaps().withName("missing").delete()).isEmpty();
    ConfigMap created = client.resource(configMap("c", "red")).create();
    KubernetesClientException exists =
        refusal(() -> client.resource(configMap("c", "red")).create());
    assertThat(exists.getCode()).isEqualTo(409);
    assertThat(exists.getStatus().getReason()).isEqualTo("AlreadyExists");
    assertThat(exists.getStatus().getDetails().getName()).isEqualTo("c");
    assertThat(exists.getStatus().getDetails().getKind()).isEqualTo("configmaps");
    configMaps().withName("c").edit(it -> configMap("c", "blue"));
    KubernetesClientException conflict = refusal(() -> client.resource(created).update());
    assertThat(conflict.getCode()).isEqualTo(409);
    assertThat(conflict.getStatus().getReason()).isEqualTo("Conflict");
    KubernetesClientException invalid =
        refusal(
            () ->
                client
                    .resource(
                        new PodBuilder()
                            .withNewMetadata()
                            .withName("No")
                            .endMetadata()
                            .withNewSpec()
                            .addNewContainer()
                            .withName("c")
                            .endContainer()
                            .endSpec()
                            .build())
                    .create());
    assertThat(invalid.getCode()).isEqualTo(422);
    assertThat(invalid.getStatus().getDetails().getCauses())
        .extracting(StatusCause::getField, StatusCause::getReason)
        .contains(
            tuple("metadata.name", "FieldValueInvalid"),
            tuple("spec.containers[0].image", "FieldValueRequired"));
  }

  @Test
  void heedsWhoIsAsking() {
    String token =
        client
            .serviceAccounts()
            .inNamespace(namespace)
            .withName("default")
            .tokenRequest(
                new TokenRequestBuilder()
                    .withNewSpec()
                    .withExpirationSeconds(600L)
                    .endSpec()
                    .build())
            .getStatus()
            .getToken();
    try (KubernetesClient account = as(token, "");
        KubernetesClient nobody = as("wrong", "");
        KubernetesClient other = as(cluster.token(), "jane")) {
      KubernetesClientException forbidden =
          refusal(() -> account.configMaps().inNamespace(namespace).list());
      assertThat(forbidden.getCode()).isEqualTo(403);
      assertThat(forbidden.getMessage())
          .contains("system:serviceaccount:" + namespace + ":default", "cannot list resource");
      assertThat(refusal(() -> nobody.configMaps().inNamespace(namespace).list()).getCode())
          .isEqualTo(401);
      assertThat(refusal(() -> other.configMaps().inNamespace(namespace).list()).getMessage())
          .contains("User \"jane\" cannot list");
    }
  }

  private KubernetesClient as(String token, String impersonated) {
    return Fabric8.client(
        cluster,
        namespace,
        config -> {
          config
              .withOauthToken(token)
              .withAutoOAuthToken(token)
              .withClientCertData("")
              .withClientKeyData("");
          return impersonated.isEmpty() ? config : config.withImpersonateUsername(impersonated);
        });
  }

  @Test
  void discoversKindsThatItHasNoTypeFor() {
    assertThat(client.getKubernetesVersion().getMinor()).startsWith("36");
    assertThat(client.supports(Deployment.class)).isTrue();
    assertThat(client.getApiGroups().getGroups())
        .extracting(group -> group.getName())
        .contains("apps", "batch", "rbac.authorization.k8s.io");
    var generic = client.genericKubernetesResources("v1", "ConfigMap").inNamespace(namespace);
    client.resource(configMap("c", "red")).create();
    assertThat(generic.withName("c").get().<String>get("data", "color")).isEqualTo("red");
  }
}
