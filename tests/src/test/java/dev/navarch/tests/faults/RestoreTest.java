package dev.navarch.tests.faults;

import static dev.navarch.tests.faults.ApiWriters.CONFIG_MAPS;
import static dev.navarch.tests.faults.ServerFaultsTest.reach;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.navarch.api.Json;
import dev.navarch.client.Cluster.ListOptions;
import dev.navarch.client.HttpCluster;
import dev.navarch.client.Kubeconfigs;
import dev.navarch.store.Snapshot;
import dev.navarch.tests.ServerProcess;
import io.fabric8.kubernetes.api.model.ConfigMap;
import io.fabric8.kubernetes.api.model.ConfigMapBuilder;
import io.fabric8.kubernetes.client.Config;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.KubernetesClientBuilder;
import io.fabric8.kubernetes.client.informers.SharedIndexInformer;
import io.kubernetes.client.informer.SharedInformerFactory;
import io.kubernetes.client.informer.cache.Lister;
import io.kubernetes.client.openapi.ApiClient;
import io.kubernetes.client.openapi.apis.CoreV1Api;
import io.kubernetes.client.openapi.models.V1ConfigMap;
import io.kubernetes.client.openapi.models.V1ConfigMapList;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.Supplier;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;

/// A snapshot that is taken while clients write, restored and started: the objects are those of the
/// snapshot, no revision is given out twice, and informers of fabric8's and the official Java
/// client, which nobody tells of it, show what is there.
@Tag("slow")
class RestoreTest {
  private static final String NAMESPACE = "faults";
  private static final Duration PATIENCE = Duration.ofMinutes(2);

  @TempDir private Path folder;

  @Test
  void informersRecoverFromARestore() throws Exception {
    int port = ServerProcess.freePort();
    Path file = folder.resolve("snapshot");
    ServerProcess server = ServerProcess.start(folder, port);
    Path kubeconfig = folder.resolve("kubeconfig");
    Files.writeString(kubeconfig, Kubeconfigs.text("test", server.access()));
    try (HttpCluster cluster = server.client();
        Fabric fabric = Fabric.start(kubeconfig);
        Official official = Official.start(kubeconfig)) {
      cluster.create(ServerFaultsTest.namespace());
      var writers = new ApiWriters(List.of(cluster), NAMESPACE, 1).start();
      reach(writers, 100);
      ServerProcess.navarch(
          folder, "snapshot", "save", file.toString(), "--data-dir=" + server.data());
      reach(writers, writers.acknowledged() + 100);
      writers.close();
      assertThat(writers.violations()).isEmpty();
      sees(fabric::shown, shown(cluster));
      sees(official::shown, shown(cluster));
      long newest = revision(cluster);
      assertThat(shown(cluster)).isNotEqualTo(saved(file));

      server.kill();
      Files.move(server.data().resolve("store"), folder.resolve("lost"));
      ServerProcess.navarch(
          folder, "snapshot", "restore", file.toString(), "--data-dir=" + server.data());
      server = ServerProcess.start(folder, port);
      assertThat(shown(cluster)).isEqualTo(saved(file));
      assertThat(revision(cluster)).isGreaterThan(newest);
      sees(fabric::shown, saved(file));
      sees(official::shown, saved(file));
      ConfigMap after = cluster.create(CONFIG_MAPS, named("after"));
      assertThat(ApiWriters.revision(after)).isGreaterThan(newest);
      sees(fabric::shown, shown(cluster));
      sees(official::shown, shown(cluster));
    } finally {
      server.close();
    }
  }

  private static ConfigMap named(String name) {
    return new ConfigMapBuilder()
        .withNewMetadata()
        .withNamespace(NAMESPACE)
        .withName(name)
        .addToLabels("app", "faults")
        .endMetadata()
        .addToData("value", name)
        .build();
  }

  private static void sees(Supplier<Map<String, String>> informer, Map<String, String> expected) {
    await().atMost(PATIENCE).untilAsserted(() -> assertThat(informer.get()).isEqualTo(expected));
  }

  private static long revision(HttpCluster cluster) {
    return Long.parseLong(cluster.list(CONFIG_MAPS, ListOptions.in(NAMESPACE)).resourceVersion());
  }

  /// Name, identity and value of each of the writers' config maps.
  private static Map<String, String> shown(HttpCluster cluster) {
    Map<String, String> shown = new TreeMap<>();
    var labelled = new ListOptions(NAMESPACE, ApiWriters.LABEL, "", "", 0, "");
    for (ConfigMap map : cluster.list(CONFIG_MAPS, labelled).items()) {
      shown.put(map.getMetadata().getName(), map.getMetadata().getUid() + " " + map.getData());
    }
    return shown;
  }

  private static Map<String, String> saved(Path file) {
    Map<String, String> saved = new TreeMap<>();
    Snapshot.read(
        file,
        item -> {
          if (item.key().startsWith("/registry/configmaps/" + NAMESPACE + "/k")) {
            JsonNode map = Json.parse(item.value());
            if (map.at("/metadata/labels/app").asString("").equals("faults")) {
              saved.put(
                  map.at("/metadata/name").asString(""),
                  map.at("/metadata/uid").asString("")
                      + " {value="
                      + map.at("/data/value").asString("")
                      + "}");
            }
          }
        });
    return saved;
  }

  /// An informer of fabric8's client.
  private record Fabric(KubernetesClient client, SharedIndexInformer<ConfigMap> informer)
      implements AutoCloseable {
    static Fabric start(Path kubeconfig) {
      KubernetesClient client =
          new KubernetesClientBuilder()
              .withConfig(Config.fromKubeconfig(kubeconfig.toFile()))
              .build();
      return new Fabric(
          client, client.configMaps().inNamespace(NAMESPACE).withLabel("app", "faults").inform());
    }

    Map<String, String> shown() {
      Map<String, String> shown = new TreeMap<>();
      for (ConfigMap map : informer.getStore().list()) {
        shown.put(map.getMetadata().getName(), map.getMetadata().getUid() + " " + map.getData());
      }
      return shown;
    }

    @Override
    public void close() {
      informer.close();
      client.close();
    }
  }

  /// An informer of the official Java client.
  private record Official(SharedInformerFactory factory, Lister<V1ConfigMap> lister)
      implements AutoCloseable {
    static Official start(Path kubeconfig) throws Exception {
      ApiClient client = io.kubernetes.client.util.Config.fromConfig(kubeconfig.toString());
      var core = new CoreV1Api(client);
      var factory = new SharedInformerFactory(client);
      var informer =
          factory.sharedIndexInformerFor(
              params ->
                  core.listNamespacedConfigMap(NAMESPACE)
                      .labelSelector(ApiWriters.LABEL)
                      .resourceVersion(params.resourceVersion)
                      .timeoutSeconds(params.timeoutSeconds)
                      .watch(params.watch)
                      .buildCall(null),
              V1ConfigMap.class,
              V1ConfigMapList.class);
      factory.startAllRegisteredInformers();
      return new Official(factory, new Lister<>(informer.getIndexer(), NAMESPACE));
    }

    Map<String, String> shown() {
      Map<String, String> shown = new TreeMap<>();
      for (V1ConfigMap map : lister.list()) {
        shown.put(map.getMetadata().getName(), map.getMetadata().getUid() + " " + map.getData());
      }
      return shown;
    }

    @Override
    public void close() {
      factory.stopAllRegisteredInformers();
    }
  }
}
