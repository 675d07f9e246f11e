package dev.navarch.node;

import dev.navarch.client.Cluster;
import dev.navarch.client.EventRecorder;
import dev.navarch.client.Informers;
import dev.navarch.client.Key;
import dev.navarch.client.Lister;
import dev.navarch.client.Resource;
import dev.navarch.node.cri.ContainerRuntime;
import dev.navarch.node.csi.CsiDrivers;
import dev.navarch.node.csi.CsiNodeObject;
import dev.navarch.node.dra.ClaimDevices;
import dev.navarch.node.dra.DraDrivers;
import dev.navarch.node.events.PodStory;
import dev.navarch.node.eviction.Evictor;
import dev.navarch.node.eviction.NodeGround;
import dev.navarch.node.images.ImageGc;
import dev.navarch.node.plugins.PluginSockets;
import dev.navarch.node.pods.Admission;
import dev.navarch.node.pods.LogRotation;
import dev.navarch.node.pods.PodWorkers;
import dev.navarch.node.runtime.PauseImage;
import dev.navarch.node.server.HealthServer;
import dev.navarch.node.server.KubeletServer;
import dev.navarch.node.shutdown.GracefulShutdown;
import dev.navarch.node.shutdown.Tiers;
import dev.navarch.node.staticpods.MirrorPods;
import dev.navarch.node.staticpods.StaticPods;
import dev.navarch.node.stats.Summary;
import dev.navarch.node.stats.UsageSampler;
import io.fabric8.kubernetes.api.model.Node;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.Quantity;
import io.fabric8.kubernetes.api.model.Service;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Supplier;
import java.util.stream.Collectors;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// The agent of one node (upstream: the kubelet). It waits for its runtime and its API server,
/// however long that takes, then registers the node, runs the pods that are bound to it, and serves
/// the kubelet's API. Closing it leaves the pods running; the next agent finds them again.
public final class NodeAgent implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(NodeAgent.class);
  private static final Duration LOOK_AT_CERTIFICATE = Duration.ofSeconds(2);
  private static final Duration LOOK_AT_LEFTOVERS = Duration.ofSeconds(20);
  private static final Duration LOOK_AT_DRIVERS = Duration.ofSeconds(5);

  private final NodeConfig config;
  private final NodeProvision provision;
  private final ContainerRuntime runtime;
  private final Cluster cluster;
  private final Informers informers;
  private final EventRecorder recorder;
  private final InstantSource clock;
  private final Deque<AutoCloseable> parts = new ArrayDeque<>();
  private final CountDownLatch end = new CountDownLatch(1);
  private final Thread main;
  private volatile boolean running;

  private NodeAgent(
      NodeConfig config,
      NodeProvision provision,
      ContainerRuntime runtime,
      Cluster cluster,
      Informers informers,
      EventRecorder recorder,
      InstantSource clock) {
    this.config = config;
    this.provision = provision;
    this.runtime = runtime;
    this.cluster = cluster;
    this.informers = informers;
    this.recorder = recorder;
    this.clock = clock;
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
    var agent = new NodeAgent(config, provision, runtime, cluster, informers, recorder, clock);
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
    var version = Attempts.untilItWorks("runtime", runtime::version);
    var facts = new NodeFacts(Path.of("/"), config.dataDir());
    parts.push(provision);
    parts.push(informers);
    var csiNode = new CsiNodeObject(cluster, config.nodeName());
    var drivers = new CsiDrivers(csiNode);
    parts.push(drivers);
    var deviceDrivers = new DraDrivers(cluster, config.nodeName(), clock);
    parts.push(deviceDrivers);
    var claims = new ClaimDevices(cluster, deviceDrivers, config.dataDir());
    var settings = config.settings();
    var groups = Reserve.of(config, facts);
    Lister<Node> nodes = informers.lister(Node.class);
    var pressures = new AtomicReference<Set<String>>(Set.of());
    var admission =
        new Admission(
            pressures::get,
            () -> offered(facts),
            () -> nodes.find(new Key("", config.nodeName())),
            provision);
    var workers =
        PodWorkers.of(
            config,
            runtime,
            cluster,
            informers.lister(Service.class),
            new PodStory(recorder),
            clock,
            version.getRuntimeName(),
            groups,
            admission,
            drivers,
            claims);
    parts.push(workers);
    workers.begin();
    Optional<StaticPods> statics =
        settings.ifStated("staticPodPath").map(path -> runStatics(Path.of(path), workers));
    Supplier<Optional<Set<String>>> known =
        () ->
            statics.filter(each -> !each.isRead()).isEmpty()
                ? Optional.of(pods())
                : Optional.empty();
    var sampler = new UsageSampler(runtime, clock, Path.of("/proc"));
    parts.push(sampler);
    var server = KubeletServer.start(config, runtime, cluster, workers, sampler, clock);
    parts.push(server);
    parts.push(
        HealthServer.start(
            settings.text("healthzBindAddress"),
            settings.number("healthzPort"),
            workers::lastRelist,
            clock));
    var conditions =
        new NodeConditions(runtime, pressures::get, workers::lastRelist, admission::isGoingDown);
    var registration =
        new NodeRegistration(
            config,
            cluster,
            runtime,
            facts,
            provision,
            conditions,
            workers.volumes()::inUse,
            clock);
    Node node = Attempts.untilItWorks("registration", registration::register);
    recorder.normal(node, "Starting", "Starting kubelet.");
    int seconds = settings.number("nodeLeaseDurationSeconds");
    var lease = new NodeLease(cluster, node, clock, seconds);
    Attempts.once("lease", lease::renew);
    Attempts.untilItWorks(
        "drivers",
        () -> {
          csiNode.ensure();
          deviceDrivers.begin();
          return node;
        });
    Path plugins = config.dataDir().resolve("plugins_registry");
    deviceDrivers.onChange(workers::driversChanged);
    parts.push(
        PluginSockets.watch(
            plugins, Map.of(CsiDrivers.TYPE, drivers, DraDrivers.TYPE, deviceDrivers)));
    lookAfterPods(workers);
    var strangers = new Strangers(workers, known);
    strangers.remove();
    var mirrors = new MirrorPods(cluster, workers, node);
    parts.push(mirrors);
    mirrors.start();
    sampler.start();
    var chores = new Housekeeping();
    parts.push(chores);
    chores.every(Duration.ofSeconds(seconds).dividedBy(4), "lease", lease::renew);
    chores.every(LOOK_AT_DRIVERS, "drivers of devices", deviceDrivers::tidy);
    var images = keepHouse(chores, server, strangers);
    var summary = Summary.of(config, runtime, sampler, workers::pods, workers.volumes()::usage);
    var ground = new NodeGround(config, runtime, workers, summary, images, groups, recorder, node);
    var evictor = new Evictor(settings, ground, clock);
    Runnable report = () -> Attempts.once("node status", registration::report);
    var ending = new ShutdownGround(workers, admission, recorder, node, report);
    parts.push(GracefulShutdown.start(Tiers.of(settings), ending, clock));
    Path podResources = config.dataDir().resolve("pod-resources/kubelet.sock");
    parts.push(provision.serve(podResources, workers::pods, claims));
    provision.onChange(
        () -> {
          Thread.ofVirtual().name("devices").start(report);
          workers.devicesChanged();
        });
    var sharing = provision.sharing(runtime);
    chores.every(settings.duration("cpuManagerReconcilePeriod"), "processors", sharing::run);
    chores.every(Evictor.PERIOD, "eviction", () -> evict(evictor, pressures, report));
    running = true;
    while (true) {
      Instant started = clock.instant();
      report.run();
      Duration left =
          settings
              .duration("nodeStatusUpdateFrequency")
              .minus(Duration.between(started, clock.instant()));
      Thread.sleep(left.isPositive() ? left : Duration.ZERO);
    }
  }

  /// What pods can have here, devices among it.
  private Map<String, Quantity> offered(NodeFacts facts) {
    Map<String, Quantity> offered = new TreeMap<>(facts.allocatable(config.settings()));
    offered.putAll(provision.allocatable());
    return offered;
  }

  /// They run before the node is known to the API: the API may be one of them.
  private StaticPods runStatics(Path manifests, PodWorkers workers) {
    var statics = new StaticPods(manifests, config.nodeName(), workers, clock);
    parts.push(statics);
    statics.start();
    return statics;
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

  private void lookAfterPods(PodWorkers workers) throws InterruptedException, IOException {
    informers.onChange(Resource.of(Pod.class), workers::changed);
    informers.start();
    informers.awaitSynced();
  }

  /// The uids of the pods that the API shows on this node.
  private Set<String> pods() {
    return informers
        .lister(Pod.class)
        .all()
        .map(pod -> pod.getMetadata().getUid())
        .collect(Collectors.toSet());
  }

  private ImageGc keepHouse(Housekeeping chores, KubeletServer server, Strangers strangers) {
    var settings = config.settings();
    chores.every(LOOK_AT_CERTIFICATE, "serving certificate", server::reloadCertificate);
    var logs =
        new LogRotation(
            config,
            runtime,
            clock,
            settings.quantity("containerLogMaxSize").value(),
            settings.number("containerLogMaxFiles"));
    chores.every(settings.duration("containerLogMonitorInterval"), "log rotation", logs::run);
    chores.every(LOOK_AT_LEFTOVERS, "leftovers of pods", strangers::remove);
    var images = new ImageGc(runtime, clock, config.dataDir(), Set.of(PauseImage.NAME), settings);
    chores.every(ImageGc.PERIOD, "image garbage collection", images::run);
    return images;
  }
}
