package dev.navarch.tests.clients;

import static org.assertj.core.api.Assertions.catchThrowableOfType;

import dev.navarch.tests.TestCluster;
import io.fabric8.kubernetes.api.model.ConfigMap;
import io.fabric8.kubernetes.api.model.ConfigMapBuilder;
import io.fabric8.kubernetes.client.Config;
import io.fabric8.kubernetes.client.ConfigBuilder;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.KubernetesClientBuilder;
import io.fabric8.kubernetes.client.KubernetesClientException;
import java.util.function.UnaryOperator;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;

/// Clients of fabric8's kind, set up as its users do: from a kubeconfig.
final class Fabric8 {
  private Fabric8() {}

  static KubernetesClient client(
      TestCluster cluster, String namespace, UnaryOperator<ConfigBuilder> more) {
    Config config = Config.fromKubeconfig(cluster.kubeconfig().toFile());
    return new KubernetesClientBuilder()
        .withConfig(
            more.apply(
                    new ConfigBuilder(config)
                        .withNamespace(namespace)
                        .withRequestRetryBackoffLimit(0)
                        .withWatchReconnectInterval(50))
                .build())
        .build();
  }

  static ConfigMap configMap(String name, String color) {
    return new ConfigMapBuilder()
        .withNewMetadata()
        .withName(name)
        .addToLabels("app", "shop")
        .endMetadata()
        .addToData("color", color)
        .build();
  }

  static KubernetesClientException refusal(ThrowingCallable call) {
    return catchThrowableOfType(KubernetesClientException.class, call);
  }
}
