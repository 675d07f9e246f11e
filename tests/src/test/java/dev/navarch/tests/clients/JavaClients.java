package dev.navarch.tests.clients;

import static org.assertj.core.api.Assertions.catchThrowableOfType;

import dev.navarch.tests.TestCluster;
import io.kubernetes.client.openapi.ApiClient;
import io.kubernetes.client.openapi.ApiException;
import io.kubernetes.client.openapi.JSON;
import io.kubernetes.client.openapi.models.V1ConfigMap;
import io.kubernetes.client.openapi.models.V1ObjectMeta;
import io.kubernetes.client.openapi.models.V1Status;
import io.kubernetes.client.util.Config;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.Map;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;

/// The official Java client, set up as its users do: from a kubeconfig.
final class JavaClients {
  private JavaClients() {}

  static ApiClient client(TestCluster cluster) {
    try {
      return Config.fromConfig(cluster.kubeconfig().toString());
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  static V1ConfigMap configMap(String namespace, String name, String color) {
    return new V1ConfigMap()
        .apiVersion("v1")
        .kind("ConfigMap")
        .metadata(new V1ObjectMeta().namespace(namespace).name(name).labels(Map.of("app", "shop")))
        .data(Map.of("color", color));
  }

  /// What the server says to a call that fails.
  static V1Status refusal(ThrowingCallable call) {
    ApiException refused = catchThrowableOfType(ApiException.class, call);
    V1Status status = JSON.deserialize(refused.getResponseBody(), V1Status.class);
    org.assertj.core.api.Assertions.assertThat(status.getCode()).isEqualTo(refused.getCode());
    return status;
  }
}
