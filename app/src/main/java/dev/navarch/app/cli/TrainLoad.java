package dev.navarch.app.cli;

import dev.navarch.client.Cluster;
import dev.navarch.client.Key;
import dev.navarch.client.Resource;
import io.fabric8.kubernetes.api.model.ConfigMap;
import io.fabric8.kubernetes.api.model.ConfigMapBuilder;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.PodBuilder;
import java.util.Map;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;

/// What most clients do all day, often enough for the JVM to note which code is hot: a server that
/// starts with these notes is fast minutes earlier.
final class TrainLoad {
  private static final int CLIENTS = 8;
  private static final int ROUNDS = 60;
  private static final int PAGE = 50;
  private static final Resource<Pod> PODS = Resource.of(Pod.class);
  private static final Resource<ConfigMap> MAPS = Resource.of(ConfigMap.class);

  private final Cluster cluster;

  TrainLoad(Cluster cluster) {
    this.cluster = cluster;
  }

  void run() {
    try (ExecutorService clients = Executors.newVirtualThreadPerTaskExecutor()) {
      for (int i = 0; i < CLIENTS; i++) {
        String name = "client-" + i;
        clients.execute(() -> run(name));
      }
    }
  }

  private void run(String client) {
    for (int round = 0; round < ROUNDS; round++) {
      Key key = new Key("default", client + "-" + round);
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
