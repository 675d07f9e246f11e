package dev.navarch.tests.faults;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.navarch.client.HttpCluster;
import dev.navarch.store.FaultRow;
import dev.navarch.tests.ServerProcess;
import io.fabric8.kubernetes.api.model.NamespaceBuilder;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// An API server under writers and watchers is killed and started again, over and over.
@Tag("faults")
class ServerFaultsTest {
  private static final String NAMESPACE = "faults";
  private static final int WATCHES = 200;
  private static final int CONNECTIONS = 8;
  private static final int BEFORE = 20;
  private static final int AFTER = 10;

  @TempDir private Path folder;

  @Test
  void restartedWithOpenWatches() throws Exception {
    var row = new FaultRow("API server killed and started again, 200 open watches");
    List<String> java = ServerProcess.trained(folder);
    int port = ServerProcess.freePort();
    ServerProcess server = ServerProcess.start(folder, port, java, List.of());
    try (Clients clients = new Clients(server, CONNECTIONS)) {
      clients.first().create(namespace());
      for (int i = 0; i < FaultRow.times(3, 200); i++) {
        server = restart(row, server, port, java, clients, i);
      }
    } finally {
      server.close();
    }
    row.end();
  }

  private ServerProcess restart(
      FaultRow row, ServerProcess server, int port, List<String> java, Clients clients, int run)
      throws Exception {
    ApiJudge judge = ApiJudge.from(clients.first(), NAMESPACE);
    List<ApiWatch> watches = new ArrayList<>();
    for (int i = 0; i < WATCHES; i++) {
      watches.add(new ApiWatch(clients.all().get(i % CONNECTIONS), NAMESPACE, judge.began()));
    }
    var writers = new ApiWriters(List.of(clients.first()), NAMESPACE, run).start();
    reach(writers, BEFORE + row.random().nextInt(BEFORE));
    server.kill();
    row.killed();
    ServerProcess next = ServerProcess.start(folder, port, java, List.of());
    reach(writers, writers.acknowledged() + AFTER);
    writers.close();
    judge.judge(row, writers, watches);
    watches.forEach(ApiWatch::close);
    return next;
  }

  static void reach(ApiWriters writers, int acknowledged) {
    await()
        .atMost(Duration.ofMinutes(3))
        .pollInterval(Duration.ofMillis(2))
        .until(() -> writers.acknowledged() >= acknowledged);
  }

  static io.fabric8.kubernetes.api.model.Namespace namespace() {
    return new NamespaceBuilder().withNewMetadata().withName(NAMESPACE).endMetadata().build();
  }

  /// Several connections to one server.
  record Clients(List<HttpCluster> all) implements AutoCloseable {
    Clients(ServerProcess server, int count) {
      this(java.util.stream.Stream.generate(server::client).limit(count).toList());
      assertThat(all).hasSize(count);
    }

    HttpCluster first() {
      return all.getFirst();
    }

    @Override
    public void close() {
      all.forEach(HttpCluster::close);
    }
  }
}
