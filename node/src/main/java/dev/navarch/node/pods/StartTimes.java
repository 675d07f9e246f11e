package dev.navarch.node.pods;

import dev.navarch.client.Key;
import io.fabric8.kubernetes.api.model.Pod;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.EnumMap;
import java.util.Locale;
import java.util.Map;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Where the time of a pod's start goes, from when this node heard of the pod until the API knew
/// that it runs. Says so once in the log, as upstream's kubelet does.
final class StartTimes {
  private static final Logger LOG = LoggerFactory.getLogger(StartTimes.class);

  /// What the runtime was waited for.
  enum Phase {
    SANDBOX,
    CREATE,
    START
  }

  private final InstantSource clock;
  private final Instant heard;
  private final Map<Phase, Duration> spent = new EnumMap<>(Phase.class);
  private @Nullable Instant running;
  private boolean told;

  StartTimes(InstantSource clock) {
    this.clock = clock;
    this.heard = clock.instant();
  }

  /// Does a phase's work and adds its time.
  <T> T of(Phase phase, Supplier<T> work) {
    Instant begun = clock.instant();
    try {
      return work.get();
    } finally {
      add(phase, Duration.between(begun, clock.instant()));
    }
  }

  private synchronized void add(Phase phase, Duration time) {
    spent.merge(phase, time, Duration::plus);
  }

  /// The agent knows that the pod runs, and is about to tell the API. Later calls change nothing.
  synchronized void runs() {
    if (running == null) {
      running = clock.instant();
    }
  }

  /// The API knows it. Pods that ran before this agent are not spoken of.
  synchronized void written(Pod pod) {
    if (told || running == null || !spent.containsKey(Phase.SANDBOX)) {
      return;
    }
    told = true;
    Instant now = clock.instant();
    Duration runtime = spent.values().stream().reduce(Duration.ZERO, Duration::plus);
    var line = LOG.atInfo().addKeyValue("pod", Key.of(pod));
    line = line.addKeyValue("syncMs", Duration.between(heard, running).minus(runtime).toMillis());
    for (Phase phase : Phase.values()) {
      String name = phase.name().toLowerCase(Locale.ROOT) + "Ms";
      line = line.addKeyValue(name, spent.getOrDefault(phase, Duration.ZERO).toMillis());
    }
    line.addKeyValue("statusMs", Duration.between(running, now).toMillis()).log("pod runs");
  }
}
