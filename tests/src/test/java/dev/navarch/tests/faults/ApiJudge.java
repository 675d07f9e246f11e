package dev.navarch.tests.faults;

import static dev.navarch.tests.faults.ApiWriters.CONFIG_MAPS;
import static org.awaitility.Awaitility.await;

import dev.navarch.client.Cluster;
import dev.navarch.store.FaultRow;
import dev.navarch.store.Store.Event;
import io.fabric8.kubernetes.api.model.ConfigMap;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;

/// Judges what servers show after a fault: beside what the writers were answered, and each watch
/// beside a fresh one.
///
/// @param began the revision before the first write
record ApiJudge(Cluster cluster, String namespace, long began) {

  static ApiJudge from(Cluster cluster, String namespace) {
    return new ApiJudge(
        cluster, namespace, Long.parseLong(list(cluster, namespace).resourceVersion()));
  }

  private static Cluster.Page<ConfigMap> list(Cluster cluster, String namespace) {
    return cluster.list(
        CONFIG_MAPS, new Cluster.ListOptions(namespace, ApiWriters.LABEL, "", "", 0, ""));
  }

  /// @param writers that have ended
  void judge(FaultRow row, ApiWriters writers, List<ApiWatch> watches) {
    long last = writers.mark(cluster);
    try (var fresh = new ApiWatch(cluster, namespace, began)) {
      await()
          .atMost(Duration.ofMinutes(3))
          .pollInterval(Duration.ofMillis(5))
          .until(
              () ->
                  Stream.concat(watches.stream(), Stream.of(fresh))
                      .allMatch(watch -> watch.hasEnded() || watch.reached() >= last));
      List<Event> log = fresh.events();
      List<String> found = new ArrayList<>(writers.violations());
      found.addAll(
          writers.history.violations(
              log,
              began,
              list(cluster, namespace).items().stream().map(ApiWriters::keyValue).toList()));
      watches.forEach(watch -> found.addAll(watch.violations(log, last)));
      row.judged(writers.history.size(), found);
    }
  }
}
