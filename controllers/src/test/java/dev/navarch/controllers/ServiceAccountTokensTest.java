package dev.navarch.controllers;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import io.fabric8.kubernetes.api.model.Secret;
import io.fabric8.kubernetes.api.model.SecretBuilder;
import io.fabric8.kubernetes.api.model.ServiceAccount;
import io.fabric8.kubernetes.api.model.ServiceAccountBuilder;
import java.util.Base64;
import org.junit.jupiter.api.Test;

class ServiceAccountTokensTest extends ControllerTrial {
  ServiceAccountTokensTest() {
    super(
        (on, cluster, events, clock) ->
            ServiceAccountTokenController.register(on, cluster, new FakeAuthority()));
  }

  @Test
  void aSecretThatAsksForATokenGetsItOnce() {
    ServiceAccount account = account();
    create(secret("kubernetes.io/service-account-token"));

    Secret filled = find(Secret.class, "deploy");
    assertThat(decoded(filled, "token"))
        .isEqualTo("default/robot/" + account.getMetadata().getUid() + "/deploy");
    assertThat(decoded(filled, "ca.crt")).isEqualTo("PEM");
    assertThat(decoded(filled, "namespace")).isEqualTo("default");
    assertThat(filled.getMetadata().getAnnotations())
        .containsEntry("kubernetes.io/service-account.uid", account.getMetadata().getUid());

    change(filled, secret -> secret.getData().remove("ca.crt"));
    assertThat(find(Secret.class, "deploy").getData()).isEqualTo(filled.getData());
  }

  @Test
  void aSecretGoesWithItsServiceAccount() {
    ServiceAccount account = account();
    create(secret("kubernetes.io/service-account-token"));
    simulation.cluster().delete(account);
    simulation.settle();

    assertThat(simulation.cluster().all(Secret.class)).isEmpty();
  }

  @Test
  void otherSecretsAreLeftAlone() {
    create(secret("Opaque"));

    assertThat(find(Secret.class, "deploy").getData()).isNullOrEmpty();
  }

  private ServiceAccount account() {
    create(
        new ServiceAccountBuilder()
            .withNewMetadata()
            .withNamespace("default")
            .withName("robot")
            .endMetadata()
            .build());
    return find(ServiceAccount.class, "robot");
  }

  private static Secret secret(String type) {
    return new SecretBuilder()
        .withNewMetadata()
        .withNamespace("default")
        .withName("deploy")
        .addToAnnotations("kubernetes.io/service-account.name", "robot")
        .endMetadata()
        .withType(type)
        .build();
  }

  private static String decoded(Secret secret, String key) {
    return new String(Base64.getDecoder().decode(secret.getData().get(key)), UTF_8);
  }
}
