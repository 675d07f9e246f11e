package dev.navarch.apiserver.discovery;

import static org.assertj.core.api.Assertions.assertThat;

import dev.navarch.api.BuiltInKinds;
import dev.navarch.apiserver.FakeExchange;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import tools.jackson.databind.JsonNode;

class OpenApiTest {
  private static final BuiltInKinds KINDS = BuiltInKinds.load();
  private static final DiscoveryRoutes ROUTES =
      new DiscoveryRoutes(KINDS, KINDS::definition, UnaryOperator.identity(), List::of);
  private static final JsonNode V2 = get("/openapi/v2", Map.of()).json();
  private static final String DEPLOYMENT =
      "/apis/apps/v1/namespaces/{namespace}/deployments/{name}";

  @Test
  void definesAllThatItRefersTo() {
    assertThat(V2.path("definitions").propertyNames()).containsAll(references(V2));
    JsonNode index = get("/openapi/v3", Map.of()).json().path("paths");
    assertThat(index.propertyNames()).contains("api/v1", "apis/apps/v1");
    for (String path : index.propertyNames()) {
      JsonNode document = get("/openapi/v3/" + path, Map.of()).json();
      assertThat(document.path("components").path("schemas").propertyNames())
          .as(path)
          .containsAll(references(document));
    }
  }

  @Test
  void namesEachOperationOnce() {
    List<String> ids = new ArrayList<>();
    V2.path("paths")
        .forEach(
            path ->
                path.forEach(
                    operation -> {
                      if (operation.has("operationId")) {
                        ids.add(operation.path("operationId").asString());
                      }
                    }));
    assertThat(ids)
        .doesNotHaveDuplicates()
        .contains(
            "listCoreV1NamespacedPod",
            "listCoreV1PodForAllNamespaces",
            "createCoreV1NamespacedPod",
            "deleteCoreV1CollectionNamespacedPod",
            "readCoreV1NamespacedPodLog",
            "connectCoreV1GetNamespacedPodExec",
            "connectCoreV1PostNodeProxyWithPath",
            "createCoreV1NamespacedPodEviction",
            "replaceCoreV1NamespaceFinalize",
            "patchAppsV1NamespacedDeploymentScale",
            "readRbacAuthorizationV1ClusterRole");
  }

  /// What kubectl looks for before it leaves validation and dry runs to the server.
  @Test
  void offersFieldValidationAndDryRunOnPatches() {
    JsonNode v2 = V2.path("paths").path(DEPLOYMENT).path("patch");
    JsonNode v3 = get("/openapi/v3/apis/apps/v1", Map.of()).json();
    for (JsonNode patch : List.of(v2, v3.path("paths").path(DEPLOYMENT).path("patch"))) {
      assertThat(patch.path("x-kubernetes-group-version-kind").toString())
          .isEqualTo("{\"group\":\"apps\",\"kind\":\"Deployment\",\"version\":\"v1\"}");
      assertThat(patch.path("parameters").valueStream().map(each -> each.path("name").asString("")))
          .contains("fieldValidation", "dryRun");
    }
  }

  @Test
  void tellsWhichDefinitionsAreKinds() {
    JsonNode definitions = V2.path("definitions");
    assertThat(kinds(definitions.path("io.k8s.api.core.v1.Pod")))
        .isEqualTo("[{\"group\":\"\",\"kind\":\"Pod\",\"version\":\"v1\"}]");
    assertThat(kinds(definitions.path("io.k8s.api.core.v1.Binding")))
        .isEqualTo("[{\"group\":\"\",\"kind\":\"Binding\",\"version\":\"v1\"}]");
    assertThat(kinds(definitions.path("io.k8s.api.apps.v1.DeploymentList")))
        .isEqualTo("[{\"group\":\"apps\",\"kind\":\"DeploymentList\",\"version\":\"v1\"}]");
    assertThat(kinds(definitions.path("io.k8s.api.autoscaling.v1.Scale")))
        .isEqualTo("[{\"group\":\"autoscaling\",\"kind\":\"Scale\",\"version\":\"v1\"}]");
    assertThat(
            definitions.path("io.k8s.api.core.v1.PodSpec").has("x-kubernetes-group-version-kind"))
        .isFalse();
  }

  /// Clients that validate by themselves refused every custom resource definition.
  @Test
  void requiresNothingOfAStructuralSchema() {
    String schema = "io.k8s.apiextensions-apiserver.pkg.apis.apiextensions.v1.JSONSchemaProps";
    assertThat(V2.path("definitions").path(schema).has("properties")).isTrue();
    assertThat(V2.path("definitions").path(schema).has("required")).isFalse();
  }

  @Test
  void writesQuantitiesAndDefaultsInEachDialect() {
    String quantity = "io.k8s.apimachinery.pkg.api.resource.Quantity";
    JsonNode v2 = V2.path("definitions");
    JsonNode v3 = get("/openapi/v3/api/v1", Map.of()).json().path("components").path("schemas");
    assertThat(v2.path(quantity).path("type").asString()).isEqualTo("string");
    assertThat(v3.path(quantity).path("oneOf").toString())
        .isEqualTo("[{\"type\":\"string\"},{\"type\":\"number\"}]");
    String container = "io.k8s.api.core.v1.Container";
    assertThat(v2.path(container).path("properties").path("resources").toString())
        .isEqualTo("{\"$ref\":\"#/definitions/io.k8s.api.core.v1.ResourceRequirements\"}");
    assertThat(v3.path(container).path("properties").path("resources").toString())
        .isEqualTo(
            "{\"allOf\":[{\"$ref\":\"#/components/schemas/io.k8s.api.core.v1.ResourceRequirements\"}],"
                + "\"default\":{}}");
    assertThat(v2.path(container).path("properties").path("env").toString())
        .contains(
            "\"x-kubernetes-list-type\":\"map\"",
            "\"x-kubernetes-list-map-keys\":[\"name\"]",
            "\"x-kubernetes-patch-merge-key\":\"name\"",
            "\"x-kubernetes-patch-strategy\":\"merge\"");
  }

  @Test
  void servesVersion3DocumentsByTheirHash() {
    String url =
        get("/openapi/v3", Map.of())
            .json()
            .path("paths")
            .path("apis/apps/v1")
            .path("serverRelativeURL")
            .asString();
    assertThat(url).startsWith("/openapi/v3/apis/apps/v1?hash=");
    String hash = url.substring(url.indexOf('=') + 1);
    FakeExchange current = byHash(hash);
    assertThat(current.status).isEqualTo(200);
    assertThat(current.answered).containsEntry("Cache-Control", "public, immutable");
    FakeExchange old = byHash("OLD");
    assertThat(old.status).isEqualTo(301);
    assertThat(old.answered).containsEntry("Location", url);
  }

  @ParameterizedTest
  @ValueSource(strings = {OpenApiProtobuf.MEDIA_TYPE, OpenApiProtobuf.OLD_MEDIA_TYPE})
  void writesVersion2AsProtobufForOldClients(String type) {
    FakeExchange answer = get("/openapi/v2", Map.of("Accept", type));
    assertThat(answer.contentType).isEqualTo(OpenApiProtobuf.MEDIA_TYPE);
    ProtobufFields document = ProtobufFields.of(answer.bytes());
    assertThat(document.text(1)).isEqualTo("2.0");
    assertThat(document.message(2).text(1)).isEqualTo("Kubernetes");
    assertThat(document.message(8).messages(2)).hasSize(V2.path("paths").size());
    ProtobufFields replicas =
        document
            .message(9)
            .named(1, "io.k8s.api.apps.v1.DeploymentSpec")
            .message(25)
            .named(1, "replicas");
    assertThat(replicas.text(2)).isEqualTo("int32");
    assertThat(replicas.message(22).text(1)).isEqualTo("integer");
    ProtobufFields kinds =
        document
            .message(9)
            .named(1, "io.k8s.api.apps.v1.Deployment")
            .named(31, "x-kubernetes-group-version-kind");
    assertThat(kinds.text(2))
        .isEqualTo("[{\"group\":\"apps\",\"kind\":\"Deployment\",\"version\":\"v1\"}]\n");
  }

  private static String kinds(JsonNode definition) {
    return definition.path("x-kubernetes-group-version-kind").toString();
  }

  private static FakeExchange byHash(String hash) {
    FakeExchange exchange = new FakeExchange("GET", "/openapi/v3/apis/apps/v1?hash=" + hash);
    ROUTES.handler("/openapi/v3/apis/apps/v1").orElseThrow().handle(exchange);
    return exchange;
  }

  private static FakeExchange get(String path, Map<String, String> headers) {
    FakeExchange exchange = new FakeExchange("GET", path);
    headers.forEach(exchange::with);
    ROUTES.handler(path).orElseThrow().handle(exchange);
    return exchange;
  }

  private static Set<String> references(JsonNode node) {
    Set<String> references = new TreeSet<>();
    collect(node, references);
    return references;
  }

  private static void collect(JsonNode node, Set<String> references) {
    String reference = node.path("$ref").asString("");
    if (!reference.isEmpty()) {
      references.add(reference.substring(reference.lastIndexOf('/') + 1));
    }
    node.forEach(child -> collect(child, references));
  }
}
