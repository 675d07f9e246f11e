package dev.navarch.node.pods;

import dev.navarch.node.cri.CriException;
import dev.navarch.node.pods.Observation.Seen;
import io.fabric8.kubernetes.api.model.Container;
import io.fabric8.kubernetes.api.model.Pod;
import java.time.Duration;
import java.time.Instant;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Ends containers of one pod, each on its own thread: the hook, its turn, the signal, the grace
/// period, the kill. Asking again is free; asking with less grace shortens what is under way.
final class Stops {
  private static final Logger LOG = LoggerFactory.getLogger(Stops.class);
  private static final Duration SHORTEST = Duration.ofSeconds(2);

  private final PodTools tools;
  private final Runnable ended;
  private final Map<String, Duration> under = new ConcurrentHashMap<>();
  private final Set<String> running = new HashSet<>();

  /// @param ended is called whenever a container has ended
  Stops(PodTools tools, Runnable ended) {
    this.tools = tools;
    this.ended = ended;
  }

  /// What is asked of one container.
  ///
  /// @param after the ids of the containers that end before it, as long as there is grace
  record Order(
      Container spec,
      Seen container,
      Duration grace,
      Set<String> after,
      boolean withHook,
      String why) {}

  /// Who runs now: whoever waits for the end of others sees it here.
  void observe(Observation seen) {
    synchronized (running) {
      running.clear();
      seen.running().map(Seen::id).forEach(running::add);
      running.notifyAll();
    }
  }

  void stop(Pod pod, Order order, String podIp) {
    String id = order.container().id();
    Duration before = under.get(id);
    if (before != null && before.compareTo(order.grace()) <= 0) {
      return;
    }
    under.put(id, order.grace());
    boolean first = before == null;
    if (first) {
      tools.story().of(pod, order.spec().getName()).normal("Killing", order.why());
    }
    Thread.ofVirtual()
        .name("stop " + order.spec().getName())
        .start(() -> run(pod, order, podIp, first && order.withHook()));
  }

  private void run(Pod pod, Order order, String podIp, boolean withHook) {
    String id = order.container().id();
    Instant end = tools.clock().instant().plus(order.grace());
    try {
      if (withHook) {
        tools.hooks().preStop(pod, order.spec(), id, podIp, order.grace());
      }
      awaitTurn(order.after(), end);
      new StopSignals(tools.runtime(), tools.clock()).ask(order.spec(), id, left(end));
      Duration left = left(end);
      tools.runtime().stopContainer(id, left.compareTo(SHORTEST) < 0 ? SHORTEST : left);
    } catch (CriException e) {
      LOG.atWarn()
          .addKeyValue("container", id)
          .addKeyValue("reason", e.getMessage())
          .log("container was not stopped, trying again");
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    } finally {
      under.remove(id);
      ended.run();
    }
  }

  private void awaitTurn(Set<String> others, Instant end) throws InterruptedException {
    synchronized (running) {
      while (others.stream().anyMatch(running::contains)) {
        long millis = left(end).toMillis();
        if (millis <= 0) {
          return;
        }
        running.wait(millis);
      }
    }
  }

  private Duration left(Instant end) {
    return Duration.between(tools.clock().instant(), end);
  }
}
