package dev.navarch.tests.clients;

import static dev.navarch.tests.clients.JavaClients.configMap;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.google.gson.reflect.TypeToken;
import dev.navarch.tests.TestCluster;
import dev.navarch.tests.WithTestCluster;
import io.kubernetes.client.extended.leaderelection.LeaderElectionConfig;
import io.kubernetes.client.extended.leaderelection.LeaderElector;
import io.kubernetes.client.extended.leaderelection.resourcelock.LeaseLock;
import io.kubernetes.client.informer.ResourceEventHandler;
import io.kubernetes.client.informer.SharedIndexInformer;
import io.kubernetes.client.informer.SharedInformerFactory;
import io.kubernetes.client.informer.cache.Lister;
import io.kubernetes.client.openapi.ApiClient;
import io.kubernetes.client.openapi.ApiException;
import io.kubernetes.client.openapi.apis.CoordinationV1Api;
import io.kubernetes.client.openapi.apis.CoreV1Api;
import io.kubernetes.client.openapi.models.V1ConfigMap;
import io.kubernetes.client.openapi.models.V1ConfigMapList;
import io.kubernetes.client.util.Watch;
import java.io.IOException;
import java.time.Duration;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import org.junit.jupiter.api.Test;

/// What the official Java client keeps open: watches, informers that go on after the connection
/// broke, and the election of a leader.
@WithTestCluster
class JavaWatchTest {
  private final TestCluster cluster;
  private final ApiClient client;
  private final CoreV1Api core;

  JavaWatchTest(TestCluster cluster) {
    this.cluster = cluster;
    this.client = JavaClients.client(cluster);
    this.core = new CoreV1Api(client);
  }

  private void create(String namespace, String name) throws ApiException {
    core.createNamespacedConfigMap(namespace, configMap(namespace, name, "red")).execute();
  }

  /// What an informer told, one word and a name each.
  private record Told(Queue<String> events) implements ResourceEventHandler<V1ConfigMap> {
    @Override
    public void onAdd(V1ConfigMap it) {
      events.add("added " + it.getMetadata().getName());
    }

    @Override
    public void onUpdate(V1ConfigMap before, V1ConfigMap it) {
      events.add("updated " + it.getMetadata().getName());
    }

    @Override
    public void onDelete(V1ConfigMap it, boolean unknown) {
      events.add("deleted " + it.getMetadata().getName());
    }
  }

  @Test
  void informersGoOnAfterACut() throws ApiException, IOException {
    String namespace = "java-informer";
    cluster.addNamespace(namespace);
    create(namespace, "a");
    create(namespace, "b");
    try (Relay relay = new Relay(cluster.uri())) {
      ApiClient cuttable = JavaClients.client(cluster).setBasePath(relay.uri().toString());
      CoreV1Api api = new CoreV1Api(cuttable);
      var factory = new SharedInformerFactory(cuttable);
      SharedIndexInformer<V1ConfigMap> informer =
          factory.sharedIndexInformerFor(
              params ->
                  api.listNamespacedConfigMap(namespace)
                      .labelSelector("app=shop")
                      .resourceVersion(params.resourceVersion)
                      .timeoutSeconds(params.timeoutSeconds)
                      .watch(params.watch)
                      .buildCall(null),
              V1ConfigMap.class,
              V1ConfigMapList.class);
      Told told = new Told(new ConcurrentLinkedQueue<>());
      informer.addEventHandler(told);
      factory.startAllRegisteredInformers();
      try {
        await().until(() -> told.events().containsAll(List.of("added a", "added b")));
        core.replaceNamespacedConfigMap("a", namespace, configMap(namespace, "a", "blue"))
            .execute();
        await().until(() -> told.events().contains("updated a"));
        assertThat(relay.cut()).isPositive();
        core.deleteNamespacedConfigMap("b", namespace).execute();
        create(namespace, "c");
        await()
            .atMost(Duration.ofSeconds(20))
            .until(() -> told.events().containsAll(List.of("deleted b", "added c")));
        assertThat(new Lister<>(informer.getIndexer(), namespace).list())
            .extracting(it -> it.getMetadata().getName())
            .containsExactlyInAnyOrder("a", "c");
      } finally {
        factory.stopAllRegisteredInformers();
      }
    }
  }

  @Test
  void watchesUntilTheTimeIsUp() throws ApiException, IOException {
    String namespace = "java-watch";
    cluster.addNamespace(namespace);
    create(namespace, "a");
    Queue<String> seen = new ConcurrentLinkedQueue<>();
    var type = TypeToken.getParameterized(Watch.Response.class, V1ConfigMap.class).getType();
    try (Watch<V1ConfigMap> watch =
        Watch.createWatch(
            client,
            core.listNamespacedConfigMap(namespace)
                .fieldSelector("metadata.name=a")
                .timeoutSeconds(1)
                .allowWatchBookmarks(true)
                .watch(true)
                .buildCall(null),
            type)) {
      watch.forEach(event -> seen.add(event.type));
    }
    assertThat(seen).containsExactly("ADDED", "BOOKMARK");
  }

  @Test
  void leadersFollowEachOther() throws Exception {
    String namespace = "java-leader";
    cluster.addNamespace(namespace);
    Queue<String> led = new ConcurrentLinkedQueue<>();
    try (LeaderElector first = candidate(namespace, "first")) {
      Thread.ofVirtual().start(() -> first.run(() -> led.add("first leads"), () -> {}));
      await().until(() -> led.contains("first leads"));
      assertThat(holder(namespace)).isEqualTo("first");
    }
    try (LeaderElector second = candidate(namespace, "second")) {
      Thread.ofVirtual().start(() -> second.run(() -> led.add("second leads"), () -> {}));
      await().atMost(Duration.ofSeconds(20)).until(() -> led.contains("second leads"));
      assertThat(holder(namespace)).isEqualTo("second");
    }
  }

  private String holder(String namespace) throws ApiException {
    return new CoordinationV1Api(client)
        .readNamespacedLease("leader", namespace)
        .execute()
        .getSpec()
        .getHolderIdentity();
  }

  private LeaderElector candidate(String namespace, String name) {
    return new LeaderElector(
        new LeaderElectionConfig(
            new LeaseLock(namespace, "leader", name, client),
            Duration.ofSeconds(2),
            Duration.ofMillis(1500),
            Duration.ofMillis(200)));
  }
}
