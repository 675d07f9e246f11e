package dev.navarch.node.shutdown;

import dev.navarch.node.shutdown.Tiers.Tier;
import io.fabric8.kubernetes.api.model.Pod;
import java.io.IOException;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.List;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Ends pods before the machine goes down, tier by tier: a tier that is done early makes room for
/// the next at once, one that takes too long is left behind. Meanwhile the node takes no pods and
/// is not ready; a shutdown that is called off opens it again.
public final class GracefulShutdown implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(GracefulShutdown.class);
  private static final Duration RETRY = Duration.ofSeconds(10);
  private static final Duration LOOK = Duration.ofMillis(50);
  private static final String MESSAGE = "Pod was terminated in response to imminent node shutdown.";

  private final Tiers tiers;
  private final Inhibitor inhibitor;
  private final Ground ground;
  private final InstantSource clock;
  private final Thread thread = Thread.ofVirtual().name("shutdown").unstarted(this::run);
  private volatile boolean going;

  /// What of the node a shutdown touches.
  public interface Ground {
    List<Pod> pods();

    void end(Pod pod, String message, Duration grace);

    boolean hasEnded(Pod pod);

    /// A shutdown began or was called off: pods are taken or not, and the node's status says so.
    void goingDown(boolean going);

    void tell(String message);
  }

  GracefulShutdown(Tiers tiers, Inhibitor inhibitor, Ground ground, InstantSource clock) {
    this.tiers = tiers;
    this.inhibitor = inhibitor;
    this.ground = ground;
    this.clock = clock;
  }

  /// Does nothing on a node that states no periods.
  public static GracefulShutdown start(Tiers tiers, Ground ground, InstantSource clock) {
    var shutdown = new GracefulShutdown(tiers, Logind.ofMachine(), ground, clock);
    if (!tiers.isEmpty()) {
      shutdown.thread.start();
    }
    return shutdown;
  }

  void begin() {
    thread.start();
  }

  private void run() {
    String said = "";
    try {
      while (true) {
        try {
          inhibitor.hold(tiers.total());
          said = "";
          inhibitor.listen(this::heard);
        } catch (IOException e) {
          String reason = String.valueOf(e.getMessage());
          if (!reason.equals(said)) {
            LOG.atWarn()
                .addKeyValue("reason", reason)
                .log(
                    "shutdownGracePeriod has no effect while logind cannot be asked to wait,"
                        + " trying again");
            said = reason;
          }
        }
        Thread.sleep(RETRY);
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    } finally {
      inhibitor.release();
    }
  }

  private void heard(boolean shutdown) {
    ground.tell(
        shutdown
            ? "Shutdown manager detected shutdown event"
            : "Shutdown manager detected shutdown cancellation");
    going = shutdown;
    ground.goingDown(shutdown);
    if (shutdown) {
      Thread.ofVirtual().name("shutdown of pods").start(this::endAll);
    } else {
      hold();
    }
  }

  private void hold() {
    try {
      inhibitor.hold(tiers.total());
    } catch (IOException e) {
      LOG.atWarn()
          .addKeyValue("reason", e.getMessage())
          .log("logind does not wait for this node any more");
    }
  }

  private void endAll() {
    try {
      List<Pod> pods = ground.pods().stream().filter(pod -> !ground.hasEnded(pod)).toList();
      for (Tier tier : tiers.all()) {
        if (going) {
          end(tier, tiers.of(tier, pods));
        }
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    } finally {
      if (going) {
        inhibitor.release();
      }
    }
  }

  private void end(Tier tier, List<Pod> pods) throws InterruptedException {
    pods.forEach(pod -> ground.end(pod, MESSAGE, tier.grace(pod)));
    Instant until = clock.instant().plus(tier.grace());
    while (going && clock.instant().isBefore(until) && !pods.stream().allMatch(ground::hasEnded)) {
      Thread.sleep(LOOK);
    }
  }

  @Override
  public void close() {
    thread.interrupt();
  }
}
