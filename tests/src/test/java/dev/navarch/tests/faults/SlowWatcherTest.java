package dev.navarch.tests.faults;

import static dev.navarch.tests.faults.ApiWriters.CONFIG_MAPS;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import dev.navarch.client.HttpCluster;
import dev.navarch.store.FaultRow;
import dev.navarch.tests.ServerProcess;
import io.fabric8.kubernetes.api.model.ConfigMap;
import io.fabric8.kubernetes.api.model.ConfigMapBuilder;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import javax.net.ssl.HttpsURLConnection;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/// Watchers that take nothing cost the server a bounded amount of memory, hold nobody up, and are
/// told that their place is gone when they read on.
@Tag("faults")
class SlowWatcherTest {
  private static final JsonMapper JSON = new JsonMapper();
  private static final int AT_ONCE = 10;
  private static final int CHANGES = 40;
  private static final int SIZE = 900_000;

  @TempDir private Path folder;

  @Test
  void loseTheirPlaceAndNobodyElsesMemory() throws Exception {
    var row = new FaultRow("slow watcher: bounded memory, then 410");
    Path tokens = Files.writeString(folder.resolve("tokens.csv"), "t,tester,1,system:masters\n");
    ServerProcess server =
        ServerProcess.start(
            folder,
            ServerProcess.freePort(),
            List.of("-XX:+ExitOnOutOfMemoryError"),
            List.of("--token-auth-file=" + tokens));
    try (HttpCluster cluster = server.client()) {
      cluster.create(ServerFaultsTest.namespace());
      ConfigMap map = cluster.create(CONFIG_MAPS, map(CHANGES - 1, null));
      for (int i = 0; i < FaultRow.times(AT_ONCE, 5 * AT_ONCE); i += AT_ONCE) {
        map = fallBehind(row, server, cluster, map);
      }
      assertThat(server.process().isAlive()).isTrue();
    } finally {
      server.close();
    }
    row.end();
  }

  private ConfigMap fallBehind(
      FaultRow row, ServerProcess server, HttpCluster cluster, ConfigMap before) throws Exception {
    List<HttpsURLConnection> slow = new ArrayList<>();
    for (int i = 0; i < AT_ONCE; i++) {
      HttpsURLConnection connection = Tokens.connect(server, watchFrom(before), "t");
      assertThat(connection.getResponseCode()).isEqualTo(200);
      slow.add(connection);
    }
    List<Long> revisions = new ArrayList<>();
    ConfigMap last = before;
    try (var quick = new ApiWatch(cluster, "faults", ApiWriters.revision(before))) {
      for (int i = 0; i < CHANGES; i++) {
        last = cluster.update(CONFIG_MAPS, map(i, last.getMetadata().getResourceVersion()), "");
        revisions.add(ApiWriters.revision(last));
        long reached = revisions.getLast();
        org.awaitility.Awaitility.await().until(() -> quick.reached() >= reached);
      }
    }
    for (HttpsURLConnection connection : slow) {
      row.judged(CHANGES, told(connection, revisions));
    }
    return last;
  }

  private static String watchFrom(ConfigMap map) {
    return "/api/v1/namespaces/faults/configmaps?watch=true&labelSelector=app%3Dfaults&resourceVersion="
        + map.getMetadata().getResourceVersion();
  }

  /// What is wrong with what a slow reader finds: some of the changes in order, then that the rest
  /// is gone.
  private static List<String> told(HttpsURLConnection connection, List<Long> revisions)
      throws IOException {
    List<Long> seen = new ArrayList<>();
    try (var lines =
        new BufferedReader(new InputStreamReader(connection.getInputStream(), UTF_8))) {
      for (String line = lines.readLine(); line != null; line = lines.readLine()) {
        JsonNode event = JSON.readTree(line);
        if (event.path("type").asString("").equals("ERROR")) {
          boolean right =
              event.at("/object/code").asInt(0) == 410
                  && revisions.subList(0, seen.size()).equals(seen)
                  && seen.size() < revisions.size();
          return right ? List.of() : List.of("after %s came %s".formatted(seen, line));
        }
        seen.add(Long.parseLong(event.at("/object/metadata/resourceVersion").asString("0")));
      }
    }
    return List.of("after %d of %d changes the watch just ended".formatted(seen.size(), CHANGES));
  }

  private static ConfigMap map(int number, @org.jspecify.annotations.Nullable String version) {
    return new ConfigMapBuilder()
        .withNewMetadata()
        .withNamespace("faults")
        .withName("large")
        .withResourceVersion(version)
        .addToLabels("app", "faults")
        .endMetadata()
        .addToData("value", Integer.toString(number % 10).repeat(SIZE))
        .build();
  }
}
