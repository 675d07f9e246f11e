package dev.navarch.node.pods;

import dev.navarch.node.cri.CriException;
import dev.navarch.node.pods.Observation.Seen;
import io.fabric8.kubernetes.api.model.Container;
import io.fabric8.kubernetes.api.model.Pod;
import java.time.Duration;
import java.time.Instant;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Ends containers of one pod, each on its own thread: the hook, the signal, the grace period, the
/// kill. Asking again is free; asking with less grace shortens what is under way.
final class Stops {
  private static final Logger LOG = LoggerFactory.getLogger(Stops.class);
  private static final Duration SHORTEST = Duration.ofSeconds(2);

  private final PodTools tools;
  private final Runnable ended;
  private final Map<String, Duration> under = new ConcurrentHashMap<>();

  /// @param ended is called whenever a container has ended
  Stops(PodTools tools, Runnable ended) {
    this.tools = tools;
    this.ended = ended;
  }

  void stop(Pod pod, Container spec, Seen container, Duration grace, String podIp, String why) {
    String id = container.id();
    Duration before = under.get(id);
    if (before != null && before.compareTo(grace) <= 0) {
      return;
    }
    under.put(id, grace);
    boolean first = before == null;
    if (first) {
      tools.story().of(pod, spec.getName()).normal("Killing", why);
    }
    Thread.ofVirtual()
        .name("stop " + spec.getName())
        .start(() -> run(pod, spec, id, grace, podIp, first));
  }

  private void run(
      Pod pod, Container spec, String id, Duration grace, String podIp, boolean withHook) {
    Instant started = tools.clock().instant();
    try {
      if (withHook) {
        tools.hooks().preStop(pod, spec, id, podIp, grace);
      }
      Duration untilKill = grace.minus(Duration.between(started, tools.clock().instant()));
      new StopSignals(tools.runtime(), tools.clock()).ask(spec, id, untilKill);
      Duration left = grace.minus(Duration.between(started, tools.clock().instant()));
      tools.runtime().stopContainer(id, left.compareTo(SHORTEST) < 0 ? SHORTEST : left);
    } catch (CriException e) {
      LOG.atWarn()
          .addKeyValue("container", id)
          .addKeyValue("reason", e.getMessage())
          .log("container was not stopped, trying again");
    } finally {
      under.remove(id);
      ended.run();
    }
  }
}
