package dev.navarch.apiserver.cache;

import static org.assertj.core.api.Assertions.assertThat;

import dev.navarch.api.ApiError.Resource;
import dev.navarch.api.BuiltInKinds;
import dev.navarch.api.Kind;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/// Objects stand where upstream's API servers have them in etcd, and every key leads back to its
/// resource.
class StorageKeysTest {
  private static final BuiltInKinds KINDS = BuiltInKinds.load();

  @ParameterizedTest
  @CsvSource({
    "v1, Pod, /registry/pods/ns/x",
    "v1, Service, /registry/services/specs/ns/x",
    "v1, Endpoints, /registry/services/endpoints/ns/x",
    "v1, ReplicationController, /registry/controllers/ns/x",
    "v1, Node, /registry/minions/x",
    "v1, Event, /registry/events/ns/x",
    "apps/v1, Deployment, /registry/deployments/ns/x",
    "networking.k8s.io/v1, Ingress, /registry/ingress/ns/x",
    "networking.k8s.io/v1, IngressClass, /registry/ingressclasses/x",
    "coordination.k8s.io/v1, Lease, /registry/leases/ns/x",
    "rbac.authorization.k8s.io/v1, ClusterRole, /registry/clusterroles/x",
    "apiextensions.k8s.io/v1, CustomResourceDefinition,"
        + " /registry/apiextensions.k8s.io/customresourcedefinitions/x",
    "apiregistration.k8s.io/v1, APIService, /registry/apiregistration.k8s.io/apiservices/x",
  })
  void objectsStandWhereUpstreamHasThem(String apiVersion, String kind, String key) {
    Kind found = KINDS.byKind(apiVersion, kind).orElseThrow();
    assertThat(StorageKeys.key(found, "ns", "x")).isEqualTo(key);
  }

  @Test
  void everyKeyLeadsBackToItsResource() {
    List<Kind> stored =
        KINDS.all().stream()
            .filter(kind -> kind.verbs().contains("create") && kind.verbs().contains("get"))
            .filter(kind -> !kind.group().equals("events.k8s.io"))
            .toList();
    assertThat(stored).hasSizeGreaterThan(50);
    for (Kind kind : stored) {
      String key = StorageKeys.key(kind, "default", "x");
      assertThat(StorageKeys.resource(key)).isEqualTo(kind.resource());
      assertThat(StorageKeys.prefix(key)).isEqualTo(StorageKeys.prefix(kind));
    }
  }

  @Test
  void customResourcesStandBelowTheirGroup() {
    String key = "/registry/example.com/widgets/default/w";
    assertThat(StorageKeys.resource(key)).isEqualTo(new Resource("example.com", "widgets"));
    assertThat(StorageKeys.prefix(key)).isEqualTo("/registry/example.com/widgets/");
  }
}
