package dev.navarch.app;

import dev.navarch.apiserver.ApiServer;
import dev.navarch.apiserver.ApiServerConfig;
import dev.navarch.client.Cluster;
import dev.navarch.client.ClusterEventRecorder;
import dev.navarch.client.ClusterInformers;
import dev.navarch.client.ControllerRuntime;
import dev.navarch.client.CountingMetrics;
import dev.navarch.controllers.Controllers;
import dev.navarch.node.simulated.SimulatedNodes;
import dev.navarch.scheduler.Scheduler;
import java.time.InstantSource;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.Random;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// The whole control plane in one process: API server, controllers, scheduler, and nodes without
/// containers when they are asked for. All of them share the API server's cache.
public final class ControlPlane implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(ControlPlane.class);

  private static final int NODE_MASK = 24;

  private final ApiServer server;
  private final Deque<AutoCloseable> parts;

  private ControlPlane(ApiServer server, Deque<AutoCloseable> parts) {
    this.server = server;
    this.parts = parts;
  }

  /// @param podRange the addresses of all pods, cut into a /24 for each node
  /// @param simulatedNodes how many nodes without containers there shall be
  public record Config(ApiServerConfig server, String podRange, int simulatedNodes) {}

  /// Returns when the API server is ready and everything else has been set to work.
  public static ControlPlane start(Config config) throws InterruptedException {
    InstantSource clock = InstantSource.system();
    Random random = new Random();
    Deque<AutoCloseable> parts = new ArrayDeque<>();
    ApiServer server = ApiServer.start(config.server());
    parts.push(server);
    Cluster cluster = server.cluster("navarch");
    Cluster controlling = server.cluster("kube-controller-manager");
    var events = new ClusterEventRecorder(cluster, "navarch", "", clock, random);
    parts.push(events);
    var informers = new ClusterInformers(cluster, random);
    var scheduler =
        new Scheduler(informers, server.cluster("kube-scheduler"), events, clock, random);
    var controllers =
        new ControllerRuntime(
            informers,
            Controllers.all(
                informers,
                controlling,
                events,
                clock,
                new Controllers.Config(server.pki().caPem(), config.podRange(), NODE_MASK)),
            clock,
            new CountingMetrics());
    var nodes =
        new SimulatedNodes(config.simulatedNodes(), informers, server.cluster("kubelet"), clock);
    controllers.start();
    informers.awaitSynced();
    scheduler.start();
    nodes.start();
    parts.push(informers);
    parts.push(nodes);
    parts.push(scheduler);
    parts.push(controllers);
    LOG.atInfo().addKeyValue("port", server.port()).log("control plane is ready");
    return new ControlPlane(server, parts);
  }

  public ApiServer server() {
    return server;
  }

  /// In the reverse order of the start.
  @Override
  public void close() {
    while (!parts.isEmpty()) {
      try {
        parts.pop().close();
      } catch (Exception e) {
        LOG.atWarn().setCause(e).log("a part of the control plane did not close");
      }
    }
  }
}
