package dev.navarch.apiserver.admission;

import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// Door 15, CVE-2020-8554: a Service takes over no address of others.
class DenyServiceExternalIPsTest {
  private static final String SERVICE =
      "{apiVersion: v1, kind: Service, metadata: {name: s, namespace: d}, spec: {ports: [{port: 80}],"
          + " externalIPs: [%s]}}";
  private final DenyServiceExternalIPs plugin = new DenyServiceExternalIPs();

  @Test
  void aNewServiceHasNone() {
    assertThatThrownBy(() -> plugin.validate(Asked.create(SERVICE.formatted("192.0.2.1"))))
        .hasMessage(
            "services \"s\" is forbidden: Use of external IPs is denied by admission control");
    assertThatCode(() -> plugin.validate(Asked.create(SERVICE.formatted(""))))
        .doesNotThrowAnyException();
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "192.0.2.1", "192.0.2.2, 192.0.2.1"})
  void aServiceKeepsWhatItHas(String now) {
    String had = SERVICE.formatted("192.0.2.1, 192.0.2.2");
    assertThatCode(() -> plugin.validate(Asked.update(had, SERVICE.formatted(now))))
        .doesNotThrowAnyException();
    assertThatThrownBy(
            () -> plugin.validate(Asked.update(had, SERVICE.formatted("192.0.2.1, 192.0.2.3"))))
        .hasMessageContaining("Use of external IPs is denied");
    assertThatCode(() -> plugin.validate(Asked.delete(had))).doesNotThrowAnyException();
  }
}
