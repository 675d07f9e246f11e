package dev.navarch.scheduler;

import dev.navarch.client.Cluster;
import dev.navarch.client.EventRecorder;
import dev.navarch.client.Informers;
import dev.navarch.scheduler.devices.DeviceSelectors;
import java.time.Duration;
import java.time.InstantSource;
import java.util.Comparator;
import java.util.Optional;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.random.RandomGenerator;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Gives every pod without a node the best one that fits. One thread decides, over a snapshot that
/// it alone keeps; what it decided is written by others, and counts as done at once.
public final class Scheduler implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(Scheduler.class);

  private final InstantSource clock;
  private final SchedulingQueue queue;
  private final VolumeWaits waits;
  private final DeviceWaits deviceWaits;
  private final SchedulerWrites writes;
  private final Placements placements;
  private final LinkedBlockingQueue<Runnable> changes = new LinkedBlockingQueue<>();
  private volatile boolean closed;
  private @Nullable Thread thread;

  /// @param selectors reads the expressions that pick devices
  public Scheduler(
      Informers informers,
      Cluster cluster,
      EventRecorder events,
      InstantSource clock,
      RandomGenerator random,
      DeviceSelectors selectors) {
    this.clock = clock;
    this.writes = new SchedulerWrites(cluster, events, clock);
    this.queue = new SchedulingQueue(clock);
    Snapshot snapshot = new Snapshot(selectors);
    var state = new SchedulerState(snapshot, queue, new PodDevices(snapshot.devices(), writes));
    this.waits = state.waits();
    this.deviceWaits = state.deviceWaits();
    Cycle cycle = new Cycle(Plugins.FILTERS, Plugins.SCORES, random);
    this.placements = new Placements(state, cycle, writes, clock, changes::add);
    new SchedulerChanges(state, changes::add).follow(informers);
  }

  /// Works until closed. Call when the informers have synced.
  public synchronized void start() {
    thread = Thread.ofPlatform().name("scheduler").daemon().start(this::work);
  }

  @Override
  public synchronized void close() {
    closed = true;
    if (thread != null) {
      thread.interrupt();
    }
    writes.close();
  }

  private void work() {
    try {
      while (!closed) {
        applyChanges(false);
        placements.endWaits();
        placements.endDeviceWaits();
        var pod = queue.next();
        if (pod.isPresent()) {
          placements.attempt(pod.get());
        } else {
          applyChanges(true);
        }
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  /// Takes in what the caches have seen.
  ///
  /// @param wait until there is something, or a resting pod wakes
  private void applyChanges(boolean wait) throws InterruptedException {
    if (wait) {
      Duration limit =
          Stream.of(queue.nextWake(), waits.nextDeadline(), deviceWaits.nextDeadline())
              .flatMap(Optional::stream)
              .min(Comparator.naturalOrder())
              .map(at -> Duration.between(clock.instant(), at))
              .orElse(Duration.ofMinutes(1));
      Runnable first = changes.poll(Math.max(1, limit.toMillis()), TimeUnit.MILLISECONDS);
      if (first == null) {
        return;
      }
      apply(first);
    }
    for (Runnable change = changes.poll(); change != null; change = changes.poll()) {
      apply(change);
    }
  }

  private static void apply(Runnable change) {
    try {
      change.run();
    } catch (RuntimeException e) {
      LOG.atError().setCause(e).log("a change could not be taken in");
    }
  }
}
