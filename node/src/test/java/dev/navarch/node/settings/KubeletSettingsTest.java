package dev.navarch.node.settings;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.navarch.api.Json;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class KubeletSettingsTest {
  private static final String HEAD =
      "apiVersion: kubelet.config.k8s.io/v1beta1\nkind: KubeletConfiguration\n";
  @TempDir Path folder;

  private KubeletSettings read(String yaml) throws IOException {
    Path file = Files.writeString(folder.resolve("kubelet.yaml"), yaml);
    return KubeletSettings.read(Optional.of(file), Json.object());
  }

  @Test
  void aFileIsReadOverTheDefaults() throws IOException {
    KubeletSettings settings =
        read(
            HEAD
                + """
                maxPods: 50
                podsPerCore: 10
                clusterDNS: [10.96.0.10]
                authentication:
                  webhook: {cacheTTL: 10s}
                evictionHard: {memory.available: 5%}
                kubeReserved: {cpu: 200m, memory: 100Mi}
                systemReserved: {cpu: 300m}
                """);
    assertThat(settings.maxPods(2)).isEqualTo(20);
    assertThat(settings.maxPods(16)).isEqualTo(50);
    assertThat(settings.clusterDns()).containsExactly("10.96.0.10");
    assertThat(settings.duration("authentication.webhook.cacheTTL"))
        .isEqualTo(Duration.ofSeconds(10));
    assertThat(settings.reserved("cpu")).isEqualTo(500);
    assertThat(settings.reserved("memory")).isEqualTo(100L << 20);
    assertThat(settings.document().path("kind").asString()).isEqualTo("KubeletConfiguration");
    assertThat(settings.document().path("imageGCHighThresholdPercent").asInt()).isEqualTo(85);
    assertThat(settings.document().at("/authentication/anonymous/enabled").asBoolean(true))
        .isFalse();
  }

  @Test
  void flagsWinOverTheFile() throws IOException {
    Path file = Files.writeString(folder.resolve("kubelet.yaml"), HEAD + "maxPods: 50\n");
    var settings = KubeletSettings.read(Optional.of(file), Json.object().put("maxPods", 7));
    assertThat(settings.number("maxPods")).isEqualTo(7);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "maxPodz: 1|unknown field \"maxPodz\"",
        "authentication: {x: 1}|unknown field \"authentication.x\"",
        "authentication: 7|authentication: found 7, expected an object",
        "maxPods: -1|maxPods: found -1, expected a number from 0 to 2147483647",
        "maxPods: many|maxPods: found \"many\", expected a number",
        "nodeStatusUpdateFrequency: 10|nodeStatusUpdateFrequency: found 10, expected a duration",
        "cpuManagerPolicy: dynamic|cpuManagerPolicy: found \"dynamic\", expected one of none,"
            + " static",
        "readOnlyPort: 10255|readOnlyPort: found 10255, this agent supports only 0",
        "authentication: {anonymous: {enabled: true}}|authentication.anonymous.enabled: found true,"
            + " this agent supports only false",
        "tracing: {endpoint: x}|tracing: found {\"endpoint\":\"x\"}, this agent does not support"
            + " the field",
        "evictionHard: {disk.free: 1}|evictionHard: found {\"disk.free\":1}, expected a map of"
            + " memory.available",
        "evictionHard: {memory.available: 101%}|expected a map of memory.available",
        "evictionSoft: {memory.available: 1Gi}|evictionSoftGracePeriod: found nothing for"
            + " memory.available",
        "imageGCHighThresholdPercent: 70|imageGCLowThresholdPercent: found 80, expected less than"
            + " imageGCHighThresholdPercent, which is 70",
        "cpuManagerPolicy: static|expected kubeReserved.cpu, systemReserved.cpu or"
            + " reservedSystemCPUs above zero",
        "reservedSystemCPUs: 3-1|reservedSystemCPUs: found \"3-1\", expected CPUs as",
        "enforceNodeAllocatable: [kube-reserved]|kubeReservedCgroup: found nothing",
        "tlsCertFile: /a|tlsCertFile and tlsPrivateKeyFile: found one without the other",
        "clusterDNS: [dns.example]|clusterDNS: found [\"dns.example\"], expected a list, each an IP"
            + " address",
        "registerWithTaints: [{key: a, effect: Never}]|registerWithTaints: found",
        "shutdownGracePeriod: 500ms|shutdownGracePeriod: found \"500ms\", expected 0s or a duration"
            + " from 1s up",
        "shutdownGracePeriodCriticalPods: 1s|shutdownGracePeriodCriticalPods: found 1s, expected at"
            + " most shutdownGracePeriod, which is 0s",
        "shutdownGracePeriodByPodPriority: [{priority: 0}]|shutdownGracePeriodByPodPriority: found"
            + " [{\"priority\":0}]",
        "crashLoopBackOff: {maxContainerRestartPeriod:"
            + " 10m}|crashLoopBackOff.maxContainerRestartPeriod: found \"10m\", expected a duration"
            + " from 1s to 5m0s",
        "userNamespaces: {idsPerPod: 70000}|userNamespaces.idsPerPod: found 70000, expected a"
            + " multiple of 65536",
        "memoryThrottlingFactor: 0.8|memoryThrottlingFactor: found 0.8, this agent does not support"
            + " the field (memory QoS has no meaning on cgroup v1",
        "memoryReservationPolicy: HardReservation|this agent supports only \"None\" (memory QoS has"
            + " no meaning on cgroup v1",
        "cpuCFSQuotaPeriod: 2s|cpuCFSQuotaPeriod: found \"2s\", expected a duration from 1ms to 1s",
      })
  void whatIsWrongIsNamed(String yaml, String complaint) {
    assertThatThrownBy(() -> read(HEAD + yaml + "\n"))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("kubelet.yaml: ")
        .hasMessageContaining(complaint);
  }

  @Test
  void aShutdownGoesByPeriodsOrByPriorities() {
    String tiers =
        "shutdownGracePeriodByPodPriority: [{priority: 0, shutdownGracePeriodSeconds: 1}]\n";
    assertThatThrownBy(() -> read(HEAD + tiers + "shutdownGracePeriod: 1s\n"))
        .hasMessageContaining(
            "shutdownGracePeriodByPodPriority: expected none while shutdownGracePeriod");
  }

  @Test
  void allThatIsWrongIsToldAtOnce() {
    assertThatThrownBy(() -> read(HEAD + "maxPods: -1\nmaxPodz: 1\n"))
        .hasMessageContaining("maxPods: found -1")
        .hasMessageContaining("maxPodz");
  }

  @Test
  void anotherKindIsRefused() {
    assertThatThrownBy(() -> read("kind: Pod\napiVersion: v1\n"))
        .hasMessageContaining("found kind \"Pod\" of apiVersion \"v1\"");
  }

  @Test
  void whatUpstreamTakesWithoutEffectIsTaken() throws IOException {
    assertThat(read(HEAD + "streamingConnectionIdleTimeout: 4h\niptablesDropBit: 15\n").port())
        .isEqualTo(10_250);
  }

  @Test
  void everyFieldIsKnownOnce() {
    assertThat(Fields.ALL).extracting(Field::path).doesNotHaveDuplicates();
    Map<String, Object> presets = new java.util.HashMap<>();
    for (Field field : Fields.ALL) {
      if (!field.preset().isMissingNode()) {
        assertThat(field.complaint(field.preset())).as(field.path()).isEmpty();
        presets.put(field.path(), field.preset());
      }
    }
    assertThat(presets).isNotEmpty();
  }
}
