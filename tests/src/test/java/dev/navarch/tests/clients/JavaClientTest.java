package dev.navarch.tests.clients;

import static dev.navarch.tests.clients.JavaClients.configMap;
import static dev.navarch.tests.clients.JavaClients.refusal;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.entry;
import static org.awaitility.Awaitility.await;

import dev.navarch.tests.TestCluster;
import dev.navarch.tests.WithTestCluster;
import io.kubernetes.client.custom.V1Patch;
import io.kubernetes.client.openapi.ApiClient;
import io.kubernetes.client.openapi.ApiException;
import io.kubernetes.client.openapi.apis.AppsV1Api;
import io.kubernetes.client.openapi.apis.CoreV1Api;
import io.kubernetes.client.openapi.apis.VersionApi;
import io.kubernetes.client.openapi.models.V1ConfigMap;
import io.kubernetes.client.openapi.models.V1ConfigMapList;
import io.kubernetes.client.openapi.models.V1Deployment;
import io.kubernetes.client.openapi.models.V1Pod;
import io.kubernetes.client.openapi.models.V1PodTemplateSpec;
import io.kubernetes.client.openapi.models.V1StatusCause;
import io.kubernetes.client.util.Config;
import io.kubernetes.client.util.PatchUtils;
import io.kubernetes.client.util.Yaml;
import io.kubernetes.client.util.generic.GenericKubernetesApi;
import io.kubernetes.client.util.generic.dynamic.DynamicKubernetesApi;
import io.kubernetes.client.util.generic.dynamic.Dynamics;
import io.kubernetes.client.util.generic.options.ListOptions;
import io.kubernetes.client.util.generic.options.PatchOptions;
import java.nio.file.Files;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInfo;

/// What programs built on the official Java client ask: typed and dynamic calls, patches, pages,
/// deletion with what is owned, and errors that say what is wrong.
@WithTestCluster
class JavaClientTest {
  private static final String WEB =
      """
      apiVersion: apps/v1
      kind: Deployment
      metadata: {name: web}
      spec:
        replicas: 2
        selector: {matchLabels: {app: web}}
        template:
          metadata: {labels: {app: web}}
          spec:
            containers:
            - {name: web, image: "example/web:1", ports: [{containerPort: 80}]}
      """;

  private final TestCluster cluster;
  private final String namespace;
  private final ApiClient client;
  private final CoreV1Api core;
  private final AppsV1Api apps;

  JavaClientTest(TestCluster cluster, TestInfo test) {
    this.cluster = cluster;
    this.namespace =
        "java-" + test.getTestMethod().orElseThrow().getName().toLowerCase(Locale.ROOT);
    this.client = JavaClients.client(cluster);
    this.core = new CoreV1Api(client);
    this.apps = new AppsV1Api(client);
  }

  @BeforeEach
  void addNamespace() {
    cluster.addNamespace(namespace);
  }

  private V1ConfigMap create(String name, String color) throws ApiException {
    return core.createNamespacedConfigMap(namespace, configMap(namespace, name, color)).execute();
  }

  @Test
  void keepsObjects() throws ApiException {
    assertThat(new VersionApi(client).getCode().execute().getMinor()).startsWith("36");
    V1ConfigMap created = create("c", "red");
    assertThat(created.getMetadata().getCreationTimestamp()).isNotNull();
    created.setData(Map.of("color", "blue"));
    V1ConfigMap replaced = core.replaceNamespacedConfigMap("c", namespace, created).execute();
    assertThat(replaced.getData()).containsExactly(entry("color", "blue"));
    assertThat(core.readNamespacedConfigMap("c", namespace).execute()).isEqualTo(replaced);
    assertThat(
            core.replaceNamespacedConfigMap("c", namespace, configMap(namespace, "c", "grey"))
                .dryRun("All")
                .execute()
                .getData())
        .containsExactly(entry("color", "grey"));
    assertThat(core.deleteNamespacedConfigMap("c", namespace).execute().getStatus())
        .isEqualTo("Success");
    assertThat(refusal(() -> core.readNamespacedConfigMap("c", namespace).execute()).getReason())
        .isEqualTo("NotFound");
  }

  @Test
  void patchesInFourWays() throws ApiException {
    create("c", "red");
    assertThat(
            patch(
                "[{\"op\":\"add\",\"path\":\"/data/a\",\"value\":\"b\"}]",
                V1Patch.PATCH_FORMAT_JSON_PATCH))
        .containsOnly(entry("color", "red"), entry("a", "b"));
    assertThat(patch("{\"data\":{\"a\":null}}", V1Patch.PATCH_FORMAT_JSON_MERGE_PATCH))
        .containsOnly(entry("color", "red"));
    assertThat(
            patch(
                "{\"data\":{\"$retainKeys\":[\"x\"],\"x\":\"y\"}}",
                V1Patch.PATCH_FORMAT_STRATEGIC_MERGE_PATCH))
        .containsEntry("x", "y");
    var api = configMaps();
    var options = new PatchOptions();
    options.setFieldManager("java");
    options.setForce(true);
    assertThat(
            api.patch(
                    namespace,
                    "c",
                    V1Patch.PATCH_FORMAT_APPLY_YAML,
                    new V1Patch(Yaml.dump(configMap(namespace, "c", "applied"))),
                    options)
                .getObject()
                .getData())
        .containsEntry("color", "applied");
  }

  private Map<String, String> patch(String text, String format) throws ApiException {
    return PatchUtils.patch(
            V1ConfigMap.class,
            () -> core.patchNamespacedConfigMap("c", namespace, new V1Patch(text)).buildCall(null),
            format,
            client)
        .getData();
  }

  private GenericKubernetesApi<V1ConfigMap, V1ConfigMapList> configMaps() {
    return new GenericKubernetesApi<>(
        V1ConfigMap.class, V1ConfigMapList.class, "", "v1", "configmaps", client);
  }

  @Test
  void listsInPages() throws ApiException {
    for (int i = 0; i < 5; i++) {
      create("c" + i, "red");
    }
    List<String> names = new ArrayList<>();
    String next = null;
    do {
      V1ConfigMapList page =
          core.listNamespacedConfigMap(namespace)
              .labelSelector("app in (shop)")
              .limit(2)
              ._continue(next)
              .execute();
      page.getItems().forEach(it -> names.add(it.getMetadata().getName()));
      next = page.getMetadata().getContinue();
    } while (next != null && !next.isEmpty());
    assertThat(names).containsExactly("c0", "c1", "c2", "c3", "c4");
    assertThat(
            refusal(() -> core.listNamespacedConfigMap(namespace).limit(2)._continue("x").execute())
                .getCode())
        .isEqualTo(400);
    var metadataOnly = new ListOptions();
    metadataOnly.setPartialObjectMetadataListRequest(true);
    metadataOnly.setLabelSelector("app=shop");
    assertThat(configMaps().list(namespace, metadataOnly).getObject().getItems())
        .hasSize(5)
        .allMatch(it -> it.getData() == null || it.getData().isEmpty());
    core.deleteCollectionNamespacedConfigMap(namespace).labelSelector("app=shop").execute();
    assertThat(
            core.listNamespacedConfigMap(namespace).labelSelector("app=shop").execute().getItems())
        .isEmpty();
  }

  @Test
  void deletesWithWhatIsOwned() throws ApiException {
    apps.createNamespacedDeployment(namespace, Yaml.loadAs(WEB, V1Deployment.class)).execute();
    await().until(() -> pods() == 2);
    V1Deployment web = apps.readNamespacedDeployment("web", namespace).execute();
    V1PodTemplateSpec template = web.getSpec().getTemplate();
    assertThat(template.getSpec().getContainers().getFirst().getImage()).isEqualTo("example/web:1");
    apps.deleteNamespacedDeployment("web", namespace).propagationPolicy("Foreground").execute();
    await().until(() -> apps.listNamespacedDeployment(namespace).execute().getItems().isEmpty());
    assertThat(apps.listNamespacedReplicaSet(namespace).execute().getItems()).isEmpty();
    assertThat(pods()).isZero();
  }

  private int pods() throws ApiException {
    return core.listNamespacedPod(namespace).execute().getItems().size();
  }

  @Test
  void errorsSayWhatIsWrong() throws Exception {
    V1ConfigMap created = create("c", "red");
    assertThat(refusal(() -> create("c", "red")).getReason()).isEqualTo("AlreadyExists");
    created.setData(Map.of("color", "blue"));
    core.replaceNamespacedConfigMap("c", namespace, created).execute();
    assertThat(
            refusal(() -> core.replaceNamespacedConfigMap("c", namespace, created).execute())
                .getReason())
        .isEqualTo("Conflict");
    V1Pod pod =
        Yaml.loadAs(
            """
            apiVersion: v1
            kind: Pod
            metadata: {name: p}
            spec:
              restartPolicy: Sometimes
              containers:
              - {name: C, image: "example/web:1", ports: [{containerPort: 70000}]}
            """,
            V1Pod.class);
    var invalid = refusal(() -> core.createNamespacedPod(namespace, pod).execute());
    assertThat(invalid.getCode()).isEqualTo(422);
    assertThat(invalid.getDetails().getCauses())
        .extracting(V1StatusCause::getField)
        .containsExactlyInAnyOrder(
            "spec.restartPolicy",
            "spec.containers[0].name",
            "spec.containers[0].ports[0].containerPort");
    ApiClient stranger = Config.fromToken(cluster.uri().toString(), "nonsense");
    stranger.setSslCaCert(Files.newInputStream(cluster.authority()));
    assertThat(
            refusal(() -> new CoreV1Api(stranger).listNamespacedPod(namespace).execute()).getCode())
        .isEqualTo(401);
  }

  @Test
  void reachesAnyKindWithoutATypeForIt() {
    var quotas = new DynamicKubernetesApi("", "v1", "resourcequotas", client);
    var created =
        quotas.create(
            Dynamics.newFromJson(
                """
                {"apiVersion": "v1", "kind": "ResourceQuota",
                 "metadata": {"name": "q", "namespace": "%s"},
                 "spec": {"hard": {"pods": "5"}}}
                """
                    .formatted(namespace)));
    assertThat(created.isSuccess()).as("%s", created.getStatus()).isTrue();
    assertThat(
            quotas
                .get(namespace, "q")
                .getObject()
                .getRaw()
                .getAsJsonObject("spec")
                .getAsJsonObject("hard")
                .get("pods")
                .getAsString())
        .isEqualTo("5");
    assertThat(quotas.delete(namespace, "q").isSuccess()).isTrue();
    assertThat(quotas.get(namespace, "q").getStatus().getReason()).isEqualTo("NotFound");
  }
}
