package dev.navarch.tests;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assumptions.assumeThat;

import dev.navarch.api.ApiException;
import dev.navarch.apiserver.ApiServer;
import dev.navarch.apiserver.ApiServerConfig;
import dev.navarch.client.Cluster;
import dev.navarch.client.Key;
import dev.navarch.client.Resource;
import dev.navarch.store.etcd.EtcdConfig;
import io.fabric8.kubernetes.api.model.ConfigMap;
import io.fabric8.kubernetes.api.model.ConfigMapBuilder;
import io.fabric8.kubernetes.api.model.Quantity;
import io.fabric8.kubernetes.api.model.ResourceQuotaBuilder;
import io.fabric8.kubernetes.api.model.Service;
import io.fabric8.kubernetes.api.model.ServiceBuilder;
import java.io.IOException;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// Two API servers over one etcd are one API: what one has acknowledged the other shows, and
/// nothing is given away twice.
@Tag("nodes")
class SeveralServersTest {
  private static final Path ETCD = Path.of("/usr/bin/etcd");
  private static final Resource<ConfigMap> CONFIG_MAPS = Resource.of(ConfigMap.class);
  private static final Resource<Service> SERVICES = Resource.of(Service.class);

  @TempDir private Path folder;
  private Process etcd;
  private ApiServer one;
  private ApiServer two;

  @BeforeEach
  void start() throws Exception {
    assumeThat(ETCD).as("etcd is installed (apt install etcd-server)").isExecutable();
    String client = "http://127.0.0.1:" + freePort();
    String peer = "http://127.0.0.1:" + freePort();
    etcd =
        new ProcessBuilder(
                ETCD.toString(),
                "--data-dir=" + folder.resolve("etcd"),
                "--listen-client-urls=" + client,
                "--advertise-client-urls=" + client,
                "--listen-peer-urls=" + peer,
                "--initial-advertise-peer-urls=" + peer,
                "--initial-cluster=default=" + peer,
                "--logger=zap",
                "--log-level=error")
            .inheritIO()
            .start();
    one = server("one", client);
    try (Stream<Path> files = Files.walk(folder.resolve("one/pki"))) {
      for (Path file : files.sorted().toList()) {
        Path to = folder.resolve("two").resolve(folder.resolve("one").relativize(file));
        Files.createDirectories(to.getParent());
        Files.copy(file, to);
      }
    }
    two = server("two", client);
  }

  private static int freePort() throws IOException {
    try (var socket = new ServerSocket(0)) {
      return socket.getLocalPort();
    }
  }

  private ApiServer server(String name, String client) throws InterruptedException {
    return ApiServer.start(
        new ApiServerConfig(
            folder.resolve(name),
            "127.0.0.1",
            0,
            "192.0.2.1",
            List.of(),
            "10.96.0.0/24",
            30000,
            32767,
            "test",
            Optional.empty(),
            Optional.of(EtcdConfig.plain(client))));
  }

  @AfterEach
  void end() {
    Stream.of(two, one).filter(java.util.Objects::nonNull).forEach(ApiServer::close);
    if (etcd != null) {
      etcd.destroyForcibly();
      etcd.onExit().join();
    }
  }

  @Test
  void aReadFromOneSeesWhatTheOtherAcknowledged() {
    Cluster writer = one.cluster("test");
    for (int i = 0; i < 100; i++) {
      String name = "m" + i;
      writer.create(CONFIG_MAPS, configMap(name));
      assertThat(two.cluster("test").find(CONFIG_MAPS, new Key("default", name))).isPresent();
    }
  }

  @Test
  void noAddressIsGivenTwice() throws Exception {
    List<Future<Service>> made = new ArrayList<>();
    try (var threads = Executors.newVirtualThreadPerTaskExecutor()) {
      for (int i = 0; i < 60; i++) {
        Cluster cluster = (i % 2 == 0 ? one : two).cluster("test");
        String name = "s" + i;
        made.add(threads.submit(() -> cluster.create(SERVICES, service(name))));
      }
    }
    List<String> addresses = new ArrayList<>();
    List<Integer> ports = new ArrayList<>();
    for (Future<Service> each : made) {
      addresses.add(each.get().getSpec().getClusterIP());
      ports.add(each.get().getSpec().getPorts().getFirst().getNodePort());
    }
    assertThat(addresses).doesNotHaveDuplicates();
    assertThat(ports).doesNotHaveDuplicates();
  }

  @Test
  void aQuotaHoldsForBothTogether() throws Exception {
    one.cluster("test")
        .create(
            new ResourceQuotaBuilder()
                .withNewMetadata()
                .withNamespace("default")
                .withName("few")
                .endMetadata()
                .withNewSpec()
                .addToHard("count/configmaps", new Quantity("20"))
                .endSpec()
                .build());
    List<Future<Boolean>> made = new ArrayList<>();
    try (var threads = Executors.newVirtualThreadPerTaskExecutor()) {
      for (int i = 0; i < 60; i++) {
        Cluster cluster = (i % 2 == 0 ? one : two).cluster("test");
        String name = "q" + i;
        made.add(threads.submit(() -> isMade(cluster, name)));
      }
    }
    int succeeded = 0;
    for (Future<Boolean> each : made) {
      succeeded += each.get() ? 1 : 0;
    }
    int there =
        two.cluster("test").list(CONFIG_MAPS, Cluster.ListOptions.in("default")).items().size();
    assertThat(there).isEqualTo(20);
    assertThat(succeeded).isBetween(18, 20);
  }

  private static boolean isMade(Cluster cluster, String name) {
    try {
      cluster.create(CONFIG_MAPS, configMap(name));
      return true;
    } catch (ApiException e) {
      assertThat(e).hasMessageContaining("exceeded quota: few, requested: count/configmaps=1");
      return false;
    }
  }

  private static ConfigMap configMap(String name) {
    return new ConfigMapBuilder()
        .withNewMetadata()
        .withNamespace("default")
        .withName(name)
        .endMetadata()
        .build();
  }

  private static Service service(String name) {
    return new ServiceBuilder()
        .withNewMetadata()
        .withNamespace("default")
        .withName(name)
        .endMetadata()
        .withNewSpec()
        .withType("NodePort")
        .addNewPort()
        .withPort(80)
        .endPort()
        .endSpec()
        .build();
  }
}
