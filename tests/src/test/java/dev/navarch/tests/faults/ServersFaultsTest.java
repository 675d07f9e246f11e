package dev.navarch.tests.faults;

import static dev.navarch.tests.faults.ServerFaultsTest.namespace;
import static dev.navarch.tests.faults.ServerFaultsTest.reach;
import static org.assertj.core.api.Assumptions.assumeThat;

import dev.navarch.client.HttpCluster;
import dev.navarch.store.EtcdMember;
import dev.navarch.store.FaultRow;
import dev.navarch.tests.ServerProcess;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// One of three API servers over one etcd is killed, over and over: the others go on.
@Tag("faults")
@Tag("nodes")
class ServersFaultsTest {
  private static final String NAMESPACE = "faults";
  private static final int SERVERS = 3;
  private static final int WATCHES_EACH = 5;
  private static final int ACKNOWLEDGED = 15;

  @TempDir private Path folder;

  private final List<ServerProcess> servers = new ArrayList<>();
  private final List<HttpCluster> clients = new ArrayList<>();
  private final List<Integer> ports = new ArrayList<>();
  private List<String> java = List.of();
  private String etcd = "";

  @Test
  void oneOfThreeDies() throws Exception {
    assumeThat(EtcdMember.isInstalled()).as("etcd is installed (apt install etcd-server)").isTrue();
    var row = new FaultRow("one of three API servers over etcd killed");
    java = ServerProcess.trained(folder);
    try (EtcdMember member = EtcdMember.start(folder)) {
      etcd = member.endpoint();
      for (int i = 0; i < SERVERS; i++) {
        ports.add(ServerProcess.freePort());
        servers.add(start(i));
        clients.add(servers.get(i).client());
      }
      clients.getFirst().create(namespace());
      for (int i = 0; i < FaultRow.times(3, 100); i++) {
        killOne(row, i);
      }
    } finally {
      clients.forEach(HttpCluster::close);
      for (ServerProcess server : servers) {
        server.close();
      }
    }
    row.end();
  }

  private ServerProcess start(int number) throws IOException {
    Path home = Files.createDirectories(folder.resolve("server-" + number));
    Path keys = folder.resolve("server-0/data/pki");
    if (number > 0 && !Files.exists(home.resolve("data/pki"))) {
      try (Stream<Path> files = Files.walk(keys)) {
        for (Path file : files.sorted().toList()) {
          Path to = home.resolve("data/pki").resolve(keys.relativize(file));
          Files.createDirectories(to.getParent());
          Files.copy(file, to);
        }
      }
    }
    return ServerProcess.start(home, ports.get(number), java, List.of("--etcd-servers=" + etcd));
  }

  private void killOne(FaultRow row, int run) throws Exception {
    int victim = row.random().nextInt(SERVERS);
    ApiJudge judge = ApiJudge.from(clients.get((victim + 1) % SERVERS), NAMESPACE);
    List<ApiWatch> watches = new ArrayList<>();
    for (int i = 0; i < SERVERS * WATCHES_EACH; i++) {
      watches.add(new ApiWatch(clients.get(i % SERVERS), NAMESPACE, judge.began()));
    }
    var writers = new ApiWriters(clients, NAMESPACE, run).start();
    reach(writers, ACKNOWLEDGED + row.random().nextInt(ACKNOWLEDGED));
    servers.get(victim).kill();
    row.killed();
    reach(writers, writers.acknowledged() + ACKNOWLEDGED);
    servers.set(victim, start(victim));
    reach(writers, writers.acknowledged() + ACKNOWLEDGED);
    writers.close();
    judge.judge(row, writers, watches);
    watches.forEach(ApiWatch::close);
  }
}
