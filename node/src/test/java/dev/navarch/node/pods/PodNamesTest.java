package dev.navarch.node.pods;

import static org.assertj.core.api.Assertions.assertThat;

import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.PodBuilder;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// How a pod is called inside, and whom it finds by name.
class PodNamesTest {

  @Test
  void hostsFileHasTheFullNameOnceAlsoWhenItIsTheHostname(@TempDir Path dir) throws IOException {
    Pod pod =
        pod()
            .editSpec()
            .withHostname("first")
            .withSubdomain("team")
            .withSetHostnameAsFQDN(true)
            .addNewHostAlias()
            .withIp("10.9.9.9")
            .withHostnames("db", "db.example")
            .endHostAlias()
            .endSpec()
            .build();
    Path file = dir.resolve("hosts");
    HostsFile.write(file, pod, SandboxConfigs.shortName(pod), "cluster.local", List.of("10.1.0.7"));
    assertThat(Files.readAllLines(file))
        .contains("10.1.0.7\tfirst.team.default.svc.cluster.local\tfirst")
        .contains("10.9.9.9\tdb\tdb.example");
  }

  @Test
  void overrideIsTheWholeName(@TempDir Path dir) throws IOException {
    Pod pod =
        pod()
            .editSpec()
            .withHostnameOverride("own.example")
            .withSubdomain("team")
            .endSpec()
            .build();
    Path file = dir.resolve("hosts");
    HostsFile.write(file, pod, SandboxConfigs.shortName(pod), "cluster.local", List.of("10.1.0.7"));
    assertThat(Files.readAllLines(file)).contains("10.1.0.7\town.example");
  }

  @Test
  void longNamesAreCut() {
    Pod pod =
        pod().editMetadata().withName("a".repeat(62) + "-" + "b".repeat(9)).endMetadata().build();
    assertThat(SandboxConfigs.shortName(pod)).isEqualTo("a".repeat(62));
  }

  @Test
  void resolverGetsNoMoreThanItTakes() {
    var searches = IntStream.range(0, 40).mapToObj("s%d.example"::formatted).toList();
    Pod pod =
        pod()
            .editSpec()
            .withDnsPolicy("None")
            .withNewDnsConfig()
            .withNameservers("1.1.1.1", "1.1.1.2", "1.1.1.3", "1.1.1.4")
            .withSearches(searches)
            .endDnsConfig()
            .endSpec()
            .build();
    var dns = new Dns(List.of("10.96.0.10"), "cluster.local", Optional.empty());
    assertThat(dns.of(pod).getServersList()).containsExactly("1.1.1.1", "1.1.1.2", "1.1.1.3");
    assertThat(dns.of(pod).getSearchesList()).hasSize(32);
    assertThat(dns.omissions(pod))
        .hasSize(2)
        .first()
        .asString()
        .endsWith("the applied nameserver line is: 1.1.1.1 1.1.1.2 1.1.1.3");
    assertThat(dns.omissions(pod().build())).isEmpty();
  }

  private static PodBuilder pod() {
    return new PodBuilder()
        .withNewMetadata()
        .withName("web")
        .withNamespace("default")
        .endMetadata()
        .withNewSpec()
        .endSpec();
  }
}
