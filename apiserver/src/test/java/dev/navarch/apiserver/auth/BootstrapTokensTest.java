package dev.navarch.apiserver.auth;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import dev.navarch.client.BootstrapToken;
import dev.navarch.client.Key;
import io.fabric8.kubernetes.api.model.Secret;
import io.fabric8.kubernetes.api.model.SecretBuilder;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.Base64;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/// Whom a join token stands for, and when it does no longer.
class BootstrapTokensTest {
  private static final Instant NOW = Instant.parse("2026-01-02T03:04:05Z");
  private final Map<Key, Secret> secrets = new HashMap<>();
  private final BootstrapTokens tokens =
      new BootstrapTokens(key -> Optional.ofNullable(secrets.get(key)), InstantSource.fixed(NOW));
  private final BootstrapToken token =
      BootstrapToken.create(Optional.of(NOW.plus(Duration.ofHours(1))));

  private void keep(Secret secret) {
    secrets.put(Key.of(secret), secret);
  }

  private Secret with(String key, String value) {
    return new SecretBuilder(token.toSecret())
        .addToData(key, Base64.getEncoder().encodeToString(value.getBytes(UTF_8)))
        .build();
  }

  @Test
  void standsForAUserInTheGroupsOfMachinesThatJoin() {
    keep(token.toSecret());
    User user = tokens.find(token.text()).orElseThrow();
    assertThat(user.name()).isEqualTo("system:bootstrap:" + token.id());
    assertThat(user.groups()).containsExactly("system:bootstrappers", BootstrapToken.JOINING);
  }

  @Test
  void aWrongSecretOrIdOrFormIsNobody() {
    keep(token.toSecret());
    assertThat(tokens.find(token.id() + ".0000000000000000")).isEmpty();
    assertThat(tokens.find("zzzzzz." + token.secret())).isEmpty();
    assertThat(tokens.find(token.text() + "0")).isEmpty();
    assertThat(tokens.find("not-a-token")).isEmpty();
  }

  @ParameterizedTest
  @CsvSource({
    "expiration, 2026-01-02T03:04:05Z",
    "expiration, yesterday",
    "usage-bootstrap-authentication, false",
    "auth-extra-groups, system:masters",
    "token-id, abcdef",
    "token-secret, short"
  })
  void countsOnlyAsItsSecretSays(String key, String value) {
    keep(with(key, value));
    assertThat(tokens.find(token.text())).isEmpty();
  }

  @Test
  void anotherTypeOfSecretOrOneThatIsGoingIsNoToken() {
    keep(new SecretBuilder(token.toSecret()).withType("Opaque").build());
    assertThat(tokens.find(token.text())).isEmpty();
    keep(
        new SecretBuilder(token.toSecret())
            .editMetadata()
            .withDeletionTimestamp(NOW.toString())
            .endMetadata()
            .build());
    assertThat(tokens.find(token.text())).isEmpty();
  }
}
