package dev.navarch.node;

import dev.navarch.node.eviction.Evictor;
import dev.navarch.node.eviction.NodeGround;
import dev.navarch.node.images.ImageGc;
import dev.navarch.node.pods.LogRotation;
import dev.navarch.node.runtime.PauseImage;
import dev.navarch.node.server.KubeletServer;
import dev.navarch.node.stats.Summary;
import dev.navarch.node.stats.UsageSampler;
import io.fabric8.kubernetes.api.model.Node;
import java.time.Duration;
import java.util.Set;
import java.util.concurrent.atomic.AtomicReference;

/// What an agent does every so often beside its pods.
final class NodeChores implements AutoCloseable {
  private static final Duration LOOK_AT_CERTIFICATE = Duration.ofSeconds(2);
  private static final Duration LOOK_AT_LEFTOVERS = Duration.ofSeconds(20);
  private static final Duration LOOK_AT_DRIVERS = Duration.ofSeconds(5);

  private final NodeTools tools;
  private final Housekeeping chores = new Housekeeping();

  NodeChores(NodeTools tools) {
    this.tools = tools;
  }

  void renew(NodeLease lease, Duration validity) {
    chores.every(validity.dividedBy(4), "lease", lease::renew);
  }

  /// Keeps what is there in order.
  void keepHouse(NodeDrivers drivers, KubeletServer server, Strangers strangers) {
    var settings = tools.config().settings();
    chores.every(LOOK_AT_DRIVERS, "drivers of devices", drivers.devices()::tidy);
    chores.every(LOOK_AT_CERTIFICATE, "serving certificate", server::reloadCertificate);
    var logs =
        new LogRotation(
            tools.config(),
            tools.runtime(),
            tools.clock(),
            settings.quantity("containerLogMaxSize").value(),
            settings.number("containerLogMaxFiles"));
    chores.every(settings.duration("containerLogMonitorInterval"), "log rotation", logs::run);
    chores.every(LOOK_AT_LEFTOVERS, "leftovers of pods", strangers::remove);
    var sharing = tools.provision().sharing(tools.runtime());
    chores.every(settings.duration("cpuManagerReconcilePeriod"), "processors", sharing::run);
  }

  /// Frees what the node runs short of.
  ///
  /// @param report brings the node's status to the API
  void free(NodePods pods, UsageSampler sampler, Node node, Runnable report) {
    var config = tools.config();
    var settings = config.settings();
    var images =
        new ImageGc(
            tools.runtime(), tools.clock(), config.dataDir(), Set.of(PauseImage.NAME), settings);
    chores.every(ImageGc.PERIOD, "image garbage collection", images::run);
    var workers = pods.workers();
    var summary =
        Summary.of(config, tools.runtime(), sampler, workers::pods, workers.volumes()::usage);
    var ground =
        new NodeGround(
            config,
            tools.runtime(),
            workers,
            summary,
            images,
            pods.groups(),
            tools.recorder(),
            node);
    var evictor = new Evictor(settings, ground, tools.clock());
    chores.every(Evictor.PERIOD, "eviction", () -> evict(evictor, pods.pressures(), report));
  }

  /// Rounds follow on each other while pods have to go. New pressure is told at once.
  private static void evict(
      Evictor evictor, AtomicReference<Set<String>> pressures, Runnable report) {
    boolean again = true;
    while (again && !Thread.currentThread().isInterrupted()) {
      again =
          evictor.round(
              conditions -> {
                if (!conditions.equals(pressures.getAndSet(conditions))) {
                  report.run();
                }
              });
    }
  }

  @Override
  public void close() {
    chores.close();
  }
}
