package dev.navarch.tests.clients;

import static dev.navarch.tests.clients.Fabric8.configMap;
import static dev.navarch.tests.clients.Fabric8.refusal;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.entry;
import static org.assertj.core.api.Assertions.tuple;

import dev.navarch.tests.TestCluster;
import dev.navarch.tests.WithTestCluster;
import io.fabric8.kubernetes.api.model.ConfigMap;
import io.fabric8.kubernetes.api.model.ConfigMapBuilder;
import io.fabric8.kubernetes.api.model.ManagedFieldsEntry;
import io.fabric8.kubernetes.api.model.StatusCause;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.KubernetesClientException;
import org.junit.jupiter.api.Test;

/// Server-side apply with fabric8's client: each applier owns what it stated, and nothing else.
@WithTestCluster
class Fabric8ApplyTest {
  private final TestCluster cluster;

  Fabric8ApplyTest(TestCluster cluster) {
    this.cluster = cluster;
  }

  @Test
  void appliersOwnWhatTheyState() {
    String namespace = "fabric8-apply";
    cluster.addNamespace(namespace);
    try (KubernetesClient client = Fabric8.client(cluster, namespace, config -> config)) {
      ConfigMap made = client.resource(configMap("c", "red")).fieldManager("one").serverSideApply();
      assertThat(made.getMetadata().getManagedFields())
          .extracting(ManagedFieldsEntry::getManager, ManagedFieldsEntry::getOperation)
          .containsExactly(tuple("one", "Apply"));
      KubernetesClientException conflict =
          refusal(
              () -> client.resource(configMap("c", "blue")).fieldManager("two").serverSideApply());
      assertThat(conflict.getCode()).isEqualTo(409);
      assertThat(conflict.getStatus().getDetails().getCauses())
          .extracting(StatusCause::getReason, StatusCause::getField)
          .containsExactly(tuple("FieldManagerConflict", ".data.color"));
      ConfigMap forced =
          client
              .resource(configMap("c", "blue"))
              .fieldManager("two")
              .forceConflicts()
              .serverSideApply();
      assertThat(forced.getData()).containsExactly(entry("color", "blue"));
      ConfigMap other = new ConfigMapBuilder(configMap("c", "")).withData(null).build();
      other.setData(java.util.Map.of("size", "1"));
      assertThat(client.resource(other).fieldManager("one").serverSideApply().getData())
          .containsOnly(entry("color", "blue"), entry("size", "1"));
      ConfigMap less = new ConfigMapBuilder(configMap("c", "")).withData(null).build();
      assertThat(client.resource(less).fieldManager("two").serverSideApply().getData())
          .containsOnly(entry("size", "1"));
    }
  }
}
