package dev.navarch.tests;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.navarch.api.ApiException;
import dev.navarch.client.Cluster;
import dev.navarch.client.HttpCluster;
import dev.navarch.client.Resource;
import io.fabric8.kubernetes.api.model.ConfigMap;
import io.fabric8.kubernetes.api.model.ConfigMapBuilder;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Random;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// A server that is killed while many write loses nothing that it has acknowledged, and goes on
/// where it stopped.
@Tag("slow")
class CrashTest {
  private static final Resource<ConfigMap> CONFIG_MAPS = Resource.of(ConfigMap.class);
  private static final int ROUNDS = 3;
  private static final int WRITERS = 4;
  private static final int OBJECTS = 500;

  /// What the server has acknowledged, by name.
  private final Map<String, ConfigMap> acknowledged = new ConcurrentHashMap<>();

  @Test
  void keepsWhatItAcknowledged(@TempDir Path folder) throws Exception {
    long seed = new Random().nextLong();
    Random random = new Random(seed);
    int port = ServerProcess.freePort();
    for (int round = 1; round <= ROUNDS; round++) {
      int enough = acknowledged.size() + 1 + random.nextInt(OBJECTS / 2);
      try (ServerProcess server = ServerProcess.start(folder, port);
          HttpCluster client = server.client()) {
        assertAllIsThere(client, "round %d, seed %d".formatted(round, seed));
        writeUntilKilled(server, client, round, enough);
      }
    }
    try (ServerProcess server = ServerProcess.start(folder, port);
        HttpCluster client = server.client()) {
      assertAllIsThere(client, "after all rounds, seed " + seed);
    }
  }

  private void writeUntilKilled(ServerProcess server, Cluster client, int round, int enough)
      throws Exception {
    long before = newest();
    List<Future<?>> writers = new ArrayList<>();
    try (ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
      for (int writer = 0; writer < WRITERS; writer++) {
        String prefix = "r%d-w%d-".formatted(round, writer);
        writers.add(threads.submit(() -> write(client, prefix, before)));
      }
      await()
          .atMost(Duration.ofSeconds(60))
          .pollInterval(Duration.ofMillis(2))
          .until(() -> acknowledged.size() >= enough);
      server.kill();
    }
    for (Future<?> writer : writers) {
      writer.get();
    }
  }

  /// Creates and changes objects until the server is gone.
  private void write(Cluster client, String prefix, long before) {
    try {
      for (int i = 0; i < OBJECTS / WRITERS; i++) {
        ConfigMap created = client.create(named(prefix + i));
        assertThat(revision(created)).isGreaterThan(before);
        acknowledged.put(prefix + i, created);
        if (i % 3 == 0) {
          ConfigMap changed =
              client.update(
                  new ConfigMapBuilder(created).addToData("step", Integer.toString(i)).build());
          assertThat(revision(changed)).isGreaterThan(revision(created));
          acknowledged.put(prefix + i, changed);
        }
      }
    } catch (ApiException killed) {
      return;
    }
  }

  private void assertAllIsThere(Cluster client, String when) {
    Cluster.Page<ConfigMap> page = client.list(CONFIG_MAPS, Cluster.ListOptions.in("default"));
    Map<String, ConfigMap> found =
        page.items().stream()
            .collect(Collectors.toMap(map -> map.getMetadata().getName(), map -> map));
    assertThat(Long.parseLong(page.resourceVersion())).as(when).isGreaterThanOrEqualTo(newest());
    assertThat(found.keySet()).as(when).containsAll(acknowledged.keySet());
    acknowledged.forEach(
        (name, was) -> {
          ConfigMap is = Objects.requireNonNull(found.get(name));
          assertThat(is.getMetadata().getUid()).isEqualTo(was.getMetadata().getUid());
          assertThat(revision(is)).isGreaterThanOrEqualTo(revision(was));
          assertThat(is.getData()).containsAllEntriesOf(was.getData());
        });
  }

  private long newest() {
    return acknowledged.values().stream().mapToLong(CrashTest::revision).max().orElse(0);
  }

  private static long revision(ConfigMap map) {
    return Long.parseLong(map.getMetadata().getResourceVersion());
  }

  private static ConfigMap named(String name) {
    return new ConfigMapBuilder()
        .withNewMetadata()
        .withNamespace("default")
        .withName(name)
        .endMetadata()
        .addToData("name", name)
        .build();
  }
}
