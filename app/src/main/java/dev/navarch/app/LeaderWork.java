package dev.navarch.app;

import dev.navarch.apiserver.ApiServer;
import dev.navarch.client.BootstrapToken;
import dev.navarch.client.Cluster;
import dev.navarch.client.ClusterEventRecorder;
import dev.navarch.client.ClusterInformers;
import dev.navarch.client.ControllerRuntime;
import dev.navarch.client.CountingMetrics;
import dev.navarch.client.Resource;
import dev.navarch.controllers.Controllers;
import dev.navarch.node.simulated.SimulatedNodes;
import dev.navarch.scheduler.Scheduler;
import io.fabric8.kubernetes.api.model.Secret;
import java.time.InstantSource;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.Random;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// What only one of several control planes over the same objects may do: controllers, scheduler,
/// and nodes without containers. All of them share the API server's cache.
final class LeaderWork implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(LeaderWork.class);
  private static final int NODE_MASK = 24;

  private final Deque<AutoCloseable> parts = new ArrayDeque<>();

  private LeaderWork() {}

  /// Returns when everything has been set to work.
  static LeaderWork start(
      ControlPlane.Config config, ApiServer server, InstantSource clock, Random random)
      throws InterruptedException {
    var work = new LeaderWork();
    Cluster cluster = server.cluster("navarch");
    Cluster controlling = server.cluster("kube-controller-manager");
    var events = new ClusterEventRecorder(cluster, "navarch", "", clock, random);
    work.parts.push(events);
    var informers =
        new ClusterInformers(
            cluster,
            random,
            new ClusterInformers.Scope(Resource.of(Secret.class), "type=" + BootstrapToken.TYPE),
            Controllers.TOKEN_SECRETS);
    var door = new OwnDoor(server, config.server().advertiseAddress(), random);
    work.parts.push(door);
    var scheduler =
        new Scheduler(
            informers,
            server.cluster("kube-scheduler"),
            events,
            clock,
            random,
            new CelDeviceSelectors());
    var controllers =
        new ControllerRuntime(
            informers,
            Controllers.all(
                informers,
                controlling,
                events,
                clock,
                new Controllers.Config(
                    new SigningAuthority(server, config.longestCertificates()),
                    config.podRange(),
                    NODE_MASK,
                    door)),
            clock,
            new CountingMetrics());
    var nodes =
        new SimulatedNodes(config.simulatedNodes(), informers, server.cluster("kubelet"), clock);
    controllers.start();
    informers.awaitSynced();
    scheduler.start();
    nodes.start();
    work.parts.push(informers);
    work.parts.push(nodes);
    work.parts.push(scheduler);
    work.parts.push(controllers);
    return work;
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
