package dev.navarch.api;

import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class BuiltInKindsTest {
  private static final BuiltInKinds KINDS = BuiltInKinds.load();

  @ParameterizedTest
  @CsvSource({
    "'', v1, pods, Pod, pod, true",
    "'', v1, nodes, Node, node, false",
    "'', v1, bindings, Binding, binding, true",
    "apps, v1, deployments, Deployment, deployment, true",
    "apiextensions.k8s.io, v1, customresourcedefinitions, CustomResourceDefinition,"
        + " customresourcedefinition, false",
  })
  void findsAKindByItsResource(
      String group,
      String version,
      String plural,
      String kind,
      String singular,
      boolean namespaced) {
    Kind found = KINDS.byResource(group, version, plural).orElseThrow();
    assertThat(found.kind()).isEqualTo(kind);
    assertThat(found.singular()).isEqualTo(singular);
    assertThat(found.namespaced()).isEqualTo(namespaced);
    assertThat(KINDS.byKind(found.apiVersion(), kind)).containsSame(found);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "scales",
        "tokenrequests",
        "podstatusresults",
        "serializedreferences",
        "rangeallocations",
        "conversionreviews",
        "evictions"
      })
  void typesAreNoResources(String plural) {
    assertThat(KINDS.all()).noneMatch(kind -> kind.plural().equals(plural));
  }

  @Test
  void metricsAreOnlyRead() {
    for (String metrics : List.of("NodeMetrics", "PodMetrics")) {
      assertThat(kind("metrics.k8s.io/v1beta1", metrics).verbs()).containsExactly("get", "list");
      assertThat(kind("metrics.k8s.io/v1beta1", metrics).subresources()).isEmpty();
    }
  }

  @Test
  void subresourcesAreThoseOfDiscovery() {
    assertThat(kind("v1", "Pod").subresources())
        .containsExactlyInAnyOrder(
            "attach",
            "binding",
            "ephemeralcontainers",
            "eviction",
            "exec",
            "log",
            "portforward",
            "proxy",
            "resize",
            "status");
    assertThat(kind("v1", "Service").subresources()).containsExactlyInAnyOrder("proxy", "status");
    assertThat(kind("v1", "Node").subresources()).containsExactlyInAnyOrder("proxy", "status");
    assertThat(kind("v1", "Namespace").subresources())
        .containsExactlyInAnyOrder("finalize", "status");
    assertThat(kind("v1", "ServiceAccount").subresources()).containsExactly("token");
    assertThat(kind("apps/v1", "Deployment").subresources())
        .containsExactlyInAnyOrder("scale", "status");
    assertThat(kind("certificates.k8s.io/v1", "CertificateSigningRequest").subresources())
        .containsExactlyInAnyOrder("approval", "status");
    assertThat(kind("authentication.k8s.io/v1", "TokenReview").subresources()).isEmpty();
  }

  @Test
  void someKindsAnswerFewerVerbs() {
    assertThat(kind("v1", "Binding").verbs()).containsExactly("create");
    assertThat(kind("v1", "Namespace").verbs()).hasSize(7).doesNotContain("deletecollection");
    assertThat(kind("v1", "Pod").verbs()).hasSize(8);
    assertThat(kind("authorization.k8s.io/v1", "SubjectAccessReview").verbs())
        .containsExactly("create");
  }

  @Test
  void aFieldLaysItsOwnFactsOverTheDefinition() {
    Schema containers = field(kind("v1", "Pod").schema(), "spec", "containers");
    assertThat(containers.type()).isEqualTo(Schema.Type.ARRAY);
    assertThat(containers.listType()).isEqualTo(Schema.ListType.MAP);
    assertThat(containers.listMapKeys()).containsExactly("name");
    assertThat(containers.patchMergeKey()).isEqualTo("name");
    Schema container = requireNonNull(containers.items());
    assertThat(container.definition()).isEqualTo("io.k8s.api.core.v1.Container");
    assertThat(container.required()).containsExactly("name");
    assertThat(field(container, "imagePullPolicy").enumValues())
        .containsExactly("Always", "IfNotPresent", "Never");
    assertThat(field(container, "resources").protobufNumber()).isEqualTo(8);
  }

  @Test
  void everyReferenceLeadsToADefinition() {
    assertThat(KINDS.definitions().all())
        .allSatisfy((name, schema) -> schema.fields().values().forEach(BuiltInKindsTest::resolve));
  }

  @Test
  void aDefinitionMayContainItself() {
    Schema props =
        KINDS
            .definition("io.k8s.apiextensions-apiserver.pkg.apis.apiextensions.v1.JSONSchemaProps")
            .orElseThrow();
    Schema below = requireNonNull(field(props, "properties").values());
    assertThat(below.fields()).isSameAs(props.fields());
  }

  @Test
  void bodiesOfSubresourcesAreDefinitions() {
    assertThat(KINDS.definition("io.k8s.api.autoscaling.v1.Scale")).isPresent();
    assertThat(KINDS.definition("io.k8s.api.authentication.v1.TokenRequest")).isPresent();
    assertThat(KINDS.definition("io.k8s.api.policy.v1.Eviction")).isPresent();
    assertThat(KINDS.definition("io.k8s.apimachinery.pkg.apis.meta.v1.Status")).isPresent();
    assertThat(KINDS.definition("io.k8s.apimachinery.pkg.apis.meta.v1.DeleteOptions")).isPresent();
    assertThat(KINDS.definition("no.such.Thing")).isEmpty();
    assertThat(KINDS.list(kind("v1", "Pod"))).isPresent();
  }

  private static void resolve(Schema schema) {
    assertThat(schema.type()).isNotNull();
    Schema items = schema.items();
    if (items != null) {
      resolve(items);
    }
    Schema values = schema.values();
    if (values != null) {
      resolve(values);
    }
    Schema.Embedded embedded = schema.embedded();
    if (embedded != null) {
      assertThat(embedded.schema().fields()).isNotEmpty();
    }
  }

  private static Kind kind(String apiVersion, String kind) {
    return KINDS.byKind(apiVersion, kind).orElseThrow();
  }

  private static Schema field(Schema schema, String... path) {
    Schema at = schema;
    for (String name : path) {
      at = requireNonNull(at.fields().get(name), name);
    }
    return at;
  }

  @Test
  void aResourceIsCalledByPluralAndGroup() {
    Kind pod = KINDS.byKind("v1", "Pod").orElseThrow();
    Kind deployment = KINDS.byKind("apps/v1", "Deployment").orElseThrow();
    assertThat(pod.isResource("pods")).isTrue();
    assertThat(pod.isResource("pods.")).isFalse();
    assertThat(deployment.isResource("deployments.apps")).isTrue();
    for (String other :
        new String[] {"deployments", "deployments-apps", "deployments.app", "xdeployments.apps"}) {
      assertThat(deployment.isResource(other)).as(other).isFalse();
    }
  }
}
