package dev.navarch.app.cli;

import dev.navarch.client.Cluster;
import dev.navarch.client.Key;
import dev.navarch.client.Resource;
import io.fabric8.kubernetes.api.model.ConfigMap;
import io.fabric8.kubernetes.api.model.ConfigMapBuilder;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.PodBuilder;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.function.IntConsumer;

/// What most clients do all day, often enough for the JVM to note which code is hot and what it
/// meets there: a server that starts with these notes is fast minutes earlier. Few writes touch the
/// disk; the many that are dry runs go the same way up to there.
final class TrainLoad {
  private static final int CLIENTS = 8;
  private static final int ROUNDS = 60;
  private static final Duration LASTING = Duration.ofSeconds(20);
  private static final int PAGE = 50;
  private static final Resource<Pod> PODS = Resource.of(Pod.class);
  private static final Resource<ConfigMap> MAPS = Resource.of(ConfigMap.class);

  private final Cluster cluster;
  private final TrainClient client;

  TrainLoad(Cluster cluster, TrainClient client) {
    this.cluster = cluster;
    this.client = client;
  }

  void run() {
    concurrently(this::typed);
    long end = System.nanoTime() + LASTING.toNanos();
    concurrently(
        number -> {
          for (int round = 0; System.nanoTime() < end; round++) {
            client.round("raw-" + number + "-" + round);
          }
        });
  }

  private static void concurrently(IntConsumer work) {
    try (ExecutorService clients = Executors.newVirtualThreadPerTaskExecutor()) {
      for (int i = 0; i < CLIENTS; i++) {
        int number = i;
        clients.execute(() -> work.accept(number));
      }
    }
  }

  /// As programs in Java do it.
  private void typed(int number) {
    for (int round = 0; round < ROUNDS; round++) {
      Key key = new Key("default", "client-" + number + "-" + round);
      Pod pod = cluster.create(pod(key));
      cluster.create(configMap(key));
      cluster.get(PODS, key);
      cluster.get(MAPS, key);
      cluster.list(PODS, new Cluster.ListOptions("default", "", "", "", PAGE, ""));
      pod.getMetadata().getLabels().put("round", Integer.toString(round));
      pod.getMetadata().setResourceVersion(null);
      pod.setSpec(cluster.get(PODS, key).getSpec());
      cluster.update(pod);
      cluster.delete(PODS, key, Cluster.DeleteOptions.DEFAULT);
      cluster.delete(MAPS, key, Cluster.DeleteOptions.DEFAULT);
    }
  }

  private static ConfigMap configMap(Key key) {
    return new ConfigMapBuilder()
        .withNewMetadata()
        .withNamespace(key.namespace())
        .withName(key.name())
        .endMetadata()
        .withData(Map.of("name", key.name(), "text", "something to keep"))
        .build();
  }

  /// One that nobody schedules.
  private static Pod pod(Key key) {
    return new PodBuilder()
        .withNewMetadata()
        .withNamespace(key.namespace())
        .withName(key.name())
        .addToLabels("app", "train")
        .endMetadata()
        .withNewSpec()
        .withSchedulerName("nobody")
        .addNewContainer()
        .withName("main")
        .withImage("train")
        .addNewPort()
        .withContainerPort(8080)
        .endPort()
        .addNewEnv()
        .withName("MODE")
        .withValue("train")
        .endEnv()
        .endContainer()
        .endSpec()
        .build();
  }
}
