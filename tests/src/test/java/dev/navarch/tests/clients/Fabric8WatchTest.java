package dev.navarch.tests.clients;

import static dev.navarch.tests.clients.Fabric8.configMap;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.navarch.tests.TestCluster;
import dev.navarch.tests.WithTestCluster;
import io.fabric8.kubernetes.api.model.ConfigMap;
import io.fabric8.kubernetes.api.model.coordination.v1.Lease;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.Watcher;
import io.fabric8.kubernetes.client.WatcherException;
import io.fabric8.kubernetes.client.extended.leaderelection.LeaderCallbacks;
import io.fabric8.kubernetes.client.extended.leaderelection.LeaderElectionConfigBuilder;
import io.fabric8.kubernetes.client.extended.leaderelection.resourcelock.LeaseLock;
import io.fabric8.kubernetes.client.informers.ResourceEventHandler;
import io.fabric8.kubernetes.client.informers.SharedIndexInformer;
import java.io.IOException;
import java.time.Duration;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentLinkedQueue;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/// What fabric8's client keeps open: watches and informers, over HTTP and WebSocket, also after the
/// connection broke; and the election of a leader.
@WithTestCluster
class Fabric8WatchTest {
  private final TestCluster cluster;

  Fabric8WatchTest(TestCluster cluster) {
    this.cluster = cluster;
  }

  /// What an informer told, one word and a name each.
  private record Told(Queue<String> events) implements ResourceEventHandler<ConfigMap> {
    @Override
    public void onAdd(ConfigMap it) {
      events.add("added " + it.getMetadata().getName());
    }

    @Override
    public void onUpdate(ConfigMap before, ConfigMap it) {
      boolean same =
          before.getMetadata().getResourceVersion().equals(it.getMetadata().getResourceVersion());
      events.add((same ? "again " : "updated ") + it.getMetadata().getName());
    }

    @Override
    public void onDelete(ConfigMap it, boolean unknown) {
      events.add("deleted " + it.getMetadata().getName());
    }
  }

  /// Not with `withWatchList(true)`: after a cut this client asks for the initial events again,
  /// from where it was, and then no longer looks at what is missing among them. A deletion that
  /// happened meanwhile stays unknown to it, here as on any other server.
  @ParameterizedTest
  @CsvSource({"false, false", "true, false"})
  void informersGoOnAfterACut(boolean onlyHttp, boolean watchList) throws IOException {
    String namespace = "fabric8-informer-" + onlyHttp + "-" + watchList;
    cluster.addNamespace(namespace);
    Told told = new Told(new ConcurrentLinkedQueue<>());
    try (Relay relay = new Relay(cluster.uri());
        KubernetesClient writer = Fabric8.client(cluster, namespace, config -> config);
        KubernetesClient client =
            Fabric8.client(
                cluster,
                namespace,
                config ->
                    config
                        .withMasterUrl(relay.uri().toString())
                        .withOnlyHttpWatches(onlyHttp)
                        .withWatchList(watchList))) {
      writer.resource(configMap("a", "red")).create();
      writer.resource(configMap("b", "red")).create();
      try (SharedIndexInformer<ConfigMap> informer =
          client.configMaps().inNamespace(namespace).withLabel("app", "shop").inform(told, 0)) {
        await().until(() -> told.events().containsAll(List.of("added a", "added b")));
        writer.resource(configMap("a", "blue")).update();
        await().until(() -> told.events().contains("updated a"));
        assertThat(relay.cut()).isPositive();
        writer.resource(configMap("b", "red")).delete();
        writer.resource(configMap("c", "red")).create();
        await()
            .atMost(Duration.ofSeconds(10))
            .untilAsserted(() -> assertThat(told.events()).contains("deleted b", "added c"));
        assertThat(informer.getStore().list())
            .extracting(it -> it.getMetadata().getName())
            .containsExactlyInAnyOrder("a", "c");
        assertThat(told.events())
            .containsExactlyInAnyOrder("added a", "added b", "updated a", "deleted b", "added c");
      }
    }
  }

  @Test
  void informersTellAgain() {
    String namespace = "fabric8-resync";
    cluster.addNamespace(namespace);
    Told told = new Told(new ConcurrentLinkedQueue<>());
    try (KubernetesClient client = Fabric8.client(cluster, namespace, config -> config)) {
      client.resource(configMap("a", "red")).create();
      try (var informer =
          client.configMaps().inNamespace(namespace).withLabel("app", "shop").inform(told, 500)) {
        assertThat(informer.isRunning()).isTrue();
        await().until(() -> told.events().contains("again a"));
      }
    }
  }

  @Test
  void watchesOneObject() {
    String namespace = "fabric8-watch";
    cluster.addNamespace(namespace);
    Queue<String> seen = new ConcurrentLinkedQueue<>();
    var watcher =
        new Watcher<ConfigMap>() {
          @Override
          public void eventReceived(Action action, ConfigMap it) {
            seen.add(action + " " + it.getMetadata().getName() + " " + it.getData().get("color"));
          }

          @Override
          public void onClose(WatcherException cause) {
            seen.add("closed: " + cause);
          }
        };
    try (KubernetesClient client = Fabric8.client(cluster, namespace, config -> config)) {
      client.resource(configMap("a", "red")).create();
      client.resource(configMap("other", "red")).create();
      var one = client.configMaps().inNamespace(namespace).withName("a");
      try (var watch = one.watch(watcher)) {
        assertThat(watch).isNotNull();
        await().until(() -> seen.contains("ADDED a red"));
        client.resource(configMap("a", "blue")).update();
        one.delete();
        await().until(() -> seen.size() == 3);
        assertThat(seen).containsExactly("ADDED a red", "MODIFIED a blue", "DELETED a blue");
      }
    }
  }

  @Test
  void leadersFollowEachOther() {
    String namespace = "fabric8-leader";
    cluster.addNamespace(namespace);
    Queue<String> led = new ConcurrentLinkedQueue<>();
    try (KubernetesClient client = Fabric8.client(cluster, namespace, config -> config)) {
      CompletableFuture<?> first = candidate(client, namespace, "first", led);
      await().until(() -> led.contains("first leads"));
      CompletableFuture<?> second = candidate(client, namespace, "second", led);
      assertThat(holder(client, namespace)).isEqualTo("first");
      first.cancel(true);
      await().until(() -> led.contains("second leads"));
      assertThat(led).containsExactly("first leads", "first stops", "second leads");
      assertThat(holder(client, namespace)).isEqualTo("second");
      second.cancel(true);
      await().until(() -> led.contains("second stops"));
    }
  }

  private static String holder(KubernetesClient client, String namespace) {
    Lease lease = client.leases().inNamespace(namespace).withName("leader").require();
    return lease.getSpec().getHolderIdentity();
  }

  private static CompletableFuture<?> candidate(
      KubernetesClient client, String namespace, String name, Queue<String> led) {
    return client
        .leaderElector()
        .withConfig(
            new LeaderElectionConfigBuilder()
                .withName("test")
                .withLock(new LeaseLock(namespace, "leader", name))
                .withLeaseDuration(Duration.ofSeconds(15))
                .withRenewDeadline(Duration.ofSeconds(10))
                .withRetryPeriod(Duration.ofMillis(200))
                .withReleaseOnCancel()
                .withLeaderCallbacks(
                    new LeaderCallbacks(
                        () -> led.add(name + " leads"),
                        () -> led.add(name + " stops"),
                        leader -> {}))
                .build())
        .build()
        .start();
  }
}
