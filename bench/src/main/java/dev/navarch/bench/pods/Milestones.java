package dev.navarch.bench.pods;

import dev.navarch.api.ApiException;
import dev.navarch.client.Cluster;
import dev.navarch.client.Resource;
import io.fabric8.kubernetes.api.model.Pod;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;

/// When pods got how far, as a watch on the API tells it, in `System.nanoTime()`.
final class Milestones implements Cluster.WatchListener<Pod>, AutoCloseable {
  static final String BOUND = "bound";
  static final String GONE = "gone";
  private static final Duration PATIENCE = Duration.ofMinutes(5);

  private final Map<String, Map<String, Long>> times = new ConcurrentHashMap<>();
  private final Cluster.Watch watch;
  private @Nullable ApiException broken;

  Milestones(Cluster cluster) {
    this.watch =
        cluster.watch(
            Resource.of(Pod.class), new Cluster.WatchOptions("default", "", "", ""), this);
  }

  /// Waits until a pod has reached a milestone or a phase (`Running`), and says when that was.
  synchronized long await(String pod, String what) throws InterruptedException {
    long deadline = System.nanoTime() + PATIENCE.toNanos();
    while (true) {
      Long when = times.getOrDefault(pod, Map.of()).get(what);
      if (when != null) {
        return when;
      }
      if (broken != null) {
        throw broken;
      }
      long left = (deadline - System.nanoTime()) / 1_000_000;
      if (left <= 0) {
        throw new IllegalStateException(
            "pod %s is not %s after %d s".formatted(pod, what, PATIENCE.toSeconds()));
      }
      wait(left);
    }
  }

  private synchronized void note(Pod pod, String what) {
    times
        .computeIfAbsent(pod.getMetadata().getName(), name -> new ConcurrentHashMap<>())
        .putIfAbsent(what, System.nanoTime());
    notifyAll();
  }

  @Override
  public void added(Pod pod) {
    modified(pod);
  }

  @Override
  public void modified(Pod pod) {
    if (pod.getSpec().getNodeName() != null) {
      note(pod, BOUND);
    }
    if (pod.getStatus() != null && pod.getStatus().getPhase() != null) {
      note(pod, pod.getStatus().getPhase());
    }
  }

  @Override
  public void deleted(Pod last) {
    note(last, GONE);
  }

  @Override
  public void bookmark(String resourceVersion) {}

  @Override
  public synchronized void ended(@Nullable ApiException why) {
    broken = why;
    notifyAll();
  }

  @Override
  public void close() {
    watch.close();
  }
}
