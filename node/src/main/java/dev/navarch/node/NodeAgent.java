package dev.navarch.node;

import dev.navarch.client.Cluster;
import dev.navarch.client.EventRecorder;
import dev.navarch.client.Informers;
import dev.navarch.node.cri.ContainerRuntime;
import dev.navarch.node.server.HealthServer;
import dev.navarch.node.server.KubeletServer;
import dev.navarch.node.shutdown.GracefulShutdown;
import dev.navarch.node.shutdown.Tiers;
import dev.navarch.node.staticpods.MirrorPods;
import dev.navarch.node.stats.UsageSampler;
import io.fabric8.kubernetes.api.model.Node;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.concurrent.CountDownLatch;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// The agent of one node (upstream: the kubelet). It waits for its runtime and its API server,
/// however long that takes, then registers the node, runs the pods that are bound to it, and serves
/// the kubelet's API. Closing it leaves the pods running; the next agent finds them again.
public final class NodeAgent implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(NodeAgent.class);

  private final NodeTools tools;
  private final NodeConfig config;
  private final Deque<AutoCloseable> parts = new ArrayDeque<>();
  private final CountDownLatch end = new CountDownLatch(1);
  private final Thread main;
  private volatile boolean running;

  private NodeAgent(NodeTools tools) {
    this.tools = tools;
    this.config = tools.config();
    this.main = Thread.ofVirtual().name("node " + config.nodeName()).unstarted(this::run);
  }

  /// Returns at once; the agent comes up on its own threads.
  ///
  /// @param provision is closed with the agent
  /// @param cluster with the rights of this node
  /// @param informers must show only this node's pods; the agent starts them
  /// @param recorder speaks as `kubelet` from this node
  public static NodeAgent start(
      NodeConfig config,
      NodeProvision provision,
      ContainerRuntime runtime,
      Cluster cluster,
      Informers informers,
      EventRecorder recorder,
      InstantSource clock) {
    var agent =
        new NodeAgent(
            new NodeTools(config, provision, runtime, cluster, informers, recorder, clock));
    agent.main.start();
    return agent;
  }

  /// Whether the node is registered and looks after its pods.
  public boolean isRunning() {
    return running;
  }

  /// Returns when it cannot go on: whoever started it closes it and starts another.
  public void awaitEnd() throws InterruptedException {
    end.await();
  }

  @Override
  public void close() {
    main.interrupt();
    try {
      main.join();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
    while (!parts.isEmpty()) {
      try {
        parts.pop().close();
      } catch (Exception e) {
        LOG.atWarn().setCause(e).log("a part of the agent did not close");
      }
    }
  }

  private void run() {
    try {
      begin();
    } catch (InterruptedException stopped) {
      Thread.currentThread().interrupt();
    } catch (IOException | RuntimeException e) {
      LOG.atError().setCause(e).log("the node agent failed");
      end.countDown();
    }
  }

  private void begin() throws InterruptedException, IOException {
    var version = Attempts.untilItWorks("runtime", tools.runtime()::version);
    var facts = new NodeFacts(Path.of("/"), config.dataDir());
    keep(tools.provision());
    keep(tools.informers());
    NodeDrivers drivers = keep(NodeDrivers.of(tools));
    NodePods pods = keep(NodePods.begin(tools, facts, drivers, version.getRuntimeName()));
    UsageSampler sampler = keep(new UsageSampler(tools.runtime(), tools.clock(), Path.of("/proc")));
    KubeletServer server = serve(pods, sampler);
    NodeRegistration registration = registration(facts, pods);
    Node node = Attempts.untilItWorks("registration", registration::register);
    tools.recorder().normal(node, "Starting", "Starting kubelet.");
    int seconds = config.settings().number("nodeLeaseDurationSeconds");
    var lease = new NodeLease(tools.cluster(), node, tools.clock(), seconds);
    Attempts.once("lease", lease::renew);
    drivers.announce(node);
    drivers.devices().onChange(pods.workers()::driversChanged);
    keep(drivers.listen());
    pods.lookAfter();
    var strangers = new Strangers(pods.workers(), pods::known);
    strangers.remove();
    keep(new MirrorPods(tools.cluster(), pods.workers().statics(), node)).start();
    sampler.start();
    Runnable report = () -> Attempts.once("node status", registration::report);
    NodeChores chores = keep(new NodeChores(tools));
    chores.renew(lease, Duration.ofSeconds(seconds));
    chores.keepHouse(drivers, server, strangers);
    var ending =
        new ShutdownGround(pods.workers(), pods.admission(), tools.recorder(), node, report);
    keep(GracefulShutdown.start(Tiers.of(config.settings()), ending, tools.clock()));
    share(pods, drivers, report);
    chores.free(pods, sampler, node, report);
    running = true;
    while (true) {
      Instant started = tools.clock().instant();
      report.run();
      Duration left =
          config
              .settings()
              .duration("nodeStatusUpdateFrequency")
              .minus(Duration.between(started, tools.clock().instant()));
      Thread.sleep(left.isPositive() ? left : Duration.ZERO);
    }
  }

  /// To be closed with the agent, the last one first.
  private <T extends AutoCloseable> T keep(T part) {
    parts.push(part);
    return part;
  }

  private KubeletServer serve(NodePods pods, UsageSampler sampler) throws IOException {
    KubeletServer server =
        keep(
            KubeletServer.start(
                config, tools.runtime(), tools.cluster(), pods.workers(), sampler, tools.clock()));
    keep(
        HealthServer.start(
            config.settings().text("healthzBindAddress"),
            config.settings().number("healthzPort"),
            pods.workers()::lastRelist,
            tools.clock()));
    return server;
  }

  private NodeRegistration registration(NodeFacts facts, NodePods pods) {
    var conditions =
        new NodeConditions(
            tools.runtime(),
            pods.pressures()::get,
            pods.workers()::lastRelist,
            pods.admission()::isGoingDown);
    return new NodeRegistration(
        config,
        tools.cluster(),
        tools.runtime(),
        facts,
        tools.provision(),
        conditions,
        pods.workers().volumes()::inUse,
        tools.clock());
  }

  /// Tells programs of the machine which devices pods have, and the API when there are others.
  private void share(NodePods pods, NodeDrivers drivers, Runnable report) throws IOException {
    Path socket = config.dataDir().resolve("pod-resources/kubelet.sock");
    keep(tools.provision().serve(socket, pods.workers()::pods, drivers.claims()));
    tools
        .provision()
        .onChange(
            () -> {
              Thread.ofVirtual().name("devices").start(report);
              pods.workers().devicesChanged();
            });
  }
}
