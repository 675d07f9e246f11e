package dev.navarch.apiserver.kinds;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/// Door 16, CVE-2021-25737: endpoints lead to nobody's own machine.
class AddressesTest {
  private static final String LOOPBACK = "may not be in the loopback range (127.0.0.0/8, ::1/128)";

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "127.0.0.1 | " + LOOPBACK,
        "127.9.9.9 | " + LOOPBACK,
        "::1 | " + LOOPBACK,
        "169.254.169.254 | may not be in the link-local range (169.254.0.0/16, fe80::/10)",
        "fe80::1 | may not be in the link-local range (169.254.0.0/16, fe80::/10)",
        "224.0.0.1 | may not be in the link-local multicast range (224.0.0.0/24, ff02::/10)",
        "ff02::1 | may not be in the link-local multicast range (224.0.0.0/24, ff02::/10)",
        "0.0.0.0 | may not be unspecified (0.0.0.0)",
        ":: | may not be unspecified (::)",
      })
  void ofThisMachineAreNoEndpoints(String address, String why) {
    assertThat(
            Given.yaml(
                    "{apiVersion: v1, kind: Endpoints, metadata: {name: e, namespace: d}, subsets:"
                        + " [{addresses: [{ip: '%s'}], ports: [{port: 80}]}]}".formatted(address))
                .errors())
        .containsExactly(
            "subsets[0].addresses[0].ip: Invalid value: \"%s\": %s".formatted(address, why));
    assertThat(slice(address).errors())
        .containsExactly(
            "endpoints[0].addresses[0]: Invalid value: \"%s\": %s".formatted(address, why));
  }

  @ParameterizedTest
  @ValueSource(strings = {"::ffff:127.0.0.1", "127.1", "0x7f.0.0.1", "2130706433", "localhost"})
  void inOtherWordsAreNone(String address) {
    assertThat(slice(address).errors()).isNotEmpty();
  }

  private static Given slice(String address) {
    return Given.yaml(
        "{apiVersion: discovery.k8s.io/v1, kind: EndpointSlice, metadata: {name: e, namespace: d},"
            + " addressType: %s, endpoints: [{addresses: ['%s']}]}"
                .formatted(address.contains(":") ? "IPv6" : "IPv4", address));
  }
}
