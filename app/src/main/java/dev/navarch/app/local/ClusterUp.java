package dev.navarch.app.local;

import dev.navarch.api.ApiException;
import dev.navarch.client.Cluster;
import dev.navarch.client.Resource;
import dev.navarch.node.host.Sysctl;
import io.fabric8.kubernetes.api.model.Node;
import io.fabric8.kubernetes.api.model.NodeBuilder;
import io.fabric8.kubernetes.api.model.NodeCondition;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.BooleanSupplier;
import java.util.stream.Stream;

/// Brings a cluster up on this machine, from nothing or from what an earlier `up`, a crash or a
/// reboot left: every step looks first and does only what is missing.
public final class ClusterUp {
  private static final Duration SERVER_LIMIT = Duration.ofMinutes(1);
  private static final Duration NODES_LIMIT = Duration.ofMinutes(3);
  private static final String CONTROL_PLANE = "node-role.kubernetes.io/control-plane";

  private final ClusterSpec spec;
  private final Layout layout;
  private final Progress progress;
  private final Daemons daemons;
  private final List<NodePlace> places;
  private double serverSeconds;

  /// The nodes that this command started, and when: what they said earlier does not count.
  private final Map<String, Instant> started = new HashMap<>();

  public ClusterUp(ClusterSpec spec, Layout layout, Progress progress) {
    this.spec = spec;
    this.layout = layout;
    this.progress = progress;
    this.daemons = new Daemons(layout);
    this.places = spec.places(layout);
  }

  /// Whether every process of the cluster lives.
  public boolean isRunning() {
    return Stream.concat(Stream.of(ClusterDown.SERVER), places.stream().map(ClusterDown::agentOf))
        .allMatch(component -> daemons.running(component).isPresent());
  }

  /// How long the control plane took from its start until it was ready.
  public double serverSeconds() {
    return serverSeconds;
  }

  public void run() {
    boolean fresh = daemons.running(ClusterDown.SERVER).isEmpty();
    if (fresh) {
      progress.step("look at the machine", this::examine);
    }
    List<Packages.Need> missing = spec.hasMachines() ? Packages.missing() : List.of();
    if (!missing.isEmpty()) {
      progress.step("install packages", () -> Packages.install(missing, progress::say));
    }
    spec.save(layout.data());
    if (spec.hasMachines()) {
      progress.step("make the network", this::makeNetwork);
    }
    Credentials credentials = new Credentials(spec, layout);
    Cluster cluster =
        progress.step(
            "start the control plane",
            () -> {
              long start = System.nanoTime();
              startServer();
              Cluster ready = awaitServer(credentials);
              serverSeconds = Duration.ofNanos(System.nanoTime() - start).toMillis() / 1000.0;
              return ready;
            });
    if (spec.hasMachines()) {
      progress.step(
          "start %d nodes".formatted(places.size()),
          () -> places.forEach(place -> startNode(place, cluster, credentials)));
    }
    int expected = places.size() + spec.simulatedNodes();
    progress.step("wait until the nodes are ready", () -> awaitNodes(cluster, expected));
  }

  /// Adds one node to a running cluster.
  public void addNode(NodePlace place) {
    new Switchboard(spec).plug(place);
    Credentials credentials = new Credentials(spec, layout);
    Cluster cluster = credentials.cluster();
    startNode(place, cluster, credentials);
    await(
        NODES_LIMIT,
        () -> cluster.find(Node.class, "", place.name()).filter(this::isReadyNow).isPresent(),
        place.name() + " did not become ready",
        place.name());
  }

  private void examine() {
    List<String> failures =
        Doctor.examine(spec, layout).stream()
            .filter(check -> check.level() == Check.Level.FAILURE)
            .map(check -> "%s: %s (%s)".formatted(check.subject(), check.found(), check.remedy()))
            .toList();
    if (!failures.isEmpty()) {
      throw new UserError(
          "this machine cannot run the cluster: " + String.join("; ", failures),
          "`navarch doctor` shows every check");
    }
  }

  private void makeNetwork() {
    if (Sysctl.get("fs.inotify.max_user_instances").map(Integer::parseInt).orElse(0) < 1024) {
      Sysctl.set("fs.inotify.max_user_instances", "1024");
    }
    new Switchboard(spec).create(places);
  }

  private void startServer() {
    List<String> arguments =
        new ArrayList<>(
            List.of(
                "--data-dir=" + layout.server(),
                "--cluster-name=" + spec.name(),
                "--bind-address=" + (spec.hasMachines() ? "0.0.0.0" : "127.0.0.1"),
                "--port=" + spec.apiPort(),
                "--advertise-address=" + spec.apiAddress(),
                "--service-cidr=" + spec.serviceRange(),
                "--cluster-cidr=" + spec.podRange()));
    if (spec.simulatedNodes() > 0) {
      arguments.add("--simulated-nodes=" + spec.simulatedNodes());
    }
    daemons.ensure(ClusterDown.SERVER, places.stream().findFirst(), JavaCommand.server(arguments));
  }

  private Cluster awaitServer(Credentials credentials) {
    await(
        SERVER_LIMIT,
        () -> {
          requireAlive(ClusterDown.SERVER);
          return credentials.serverIsReady();
        },
        "the control plane did not become ready",
        ClusterDown.SERVER);
    return credentials.cluster();
  }

  /// What every node of the cluster is set up with, if somebody said so.
  public static Path kubeletConfig(Layout layout) {
    return layout.data().resolve("kubelet.yaml");
  }

  private void startNode(NodePlace place, Cluster cluster, Credentials credentials) {
    progress.now("start " + place.name());
    register(place, cluster);
    credentials.writeNodeIdentity(place);
    List<String> arguments =
        new ArrayList<>(
            List.of(
                "--kubeconfig=" + place.data().resolve("kubeconfig"),
                "--node-name=" + place.name(),
                "--node-ip=" + place.address(),
                "--data-dir=" + Daemons.KUBELET,
                "--run-dir=" + place.run(),
                "--cgroup-root=" + place.cgroup(),
                "--cluster-cidr=" + spec.podRange(),
                "--node-cidr=" + spec.nodeRange()));
    if (Files.exists(kubeletConfig(layout))) {
      arguments.add("--config=" + kubeletConfig(layout));
    }
    Instant now = Instant.now().truncatedTo(ChronoUnit.SECONDS);
    if (daemons.ensure(
        ClusterDown.agentOf(place), Optional.of(place), JavaCommand.agent(arguments))) {
      started.put(place.name(), now);
    }
  }

  /// Creates the node's object up front, so that it gets the pod range that its number stands for.
  private static void register(NodePlace place, Cluster cluster) {
    if (cluster.find(Node.class, "", place.name()).isPresent()) {
      return;
    }
    NodeBuilder node =
        new NodeBuilder()
            .withNewMetadata()
            .withName(place.name())
            .addToLabels(
                place.isMaster()
                    ? Map.of(CONTROL_PLANE, "", "kubernetes.io/hostname", place.name())
                    : Map.of("kubernetes.io/hostname", place.name()))
            .endMetadata()
            .withNewSpec()
            .withPodCIDR(place.podRange())
            .withPodCIDRs(place.podRange())
            .endSpec();
    if (place.isMaster()) {
      node.editSpec()
          .addNewTaint()
          .withKey(CONTROL_PLANE)
          .withEffect("NoSchedule")
          .endTaint()
          .endSpec();
    }
    try {
      cluster.create(node.build());
    } catch (ApiException e) {
      if (!e.isAlreadyExists()) {
        throw e;
      }
    }
  }

  private void awaitNodes(Cluster cluster, int expected) {
    await(
        NODES_LIMIT,
        () -> {
          List<Node> nodes = cluster.list(Resource.of(Node.class), Cluster.ListOptions.ALL).items();
          long ready = nodes.stream().filter(this::isReadyNow).count();
          progress.now("%d of %d nodes are ready …".formatted(ready, expected));
          places.forEach(place -> requireAlive(ClusterDown.agentOf(place)));
          return ready >= expected;
        },
        "not all nodes became ready",
        places.isEmpty() ? ClusterDown.SERVER : ClusterDown.agentOf(places.getLast()));
  }

  private void requireAlive(String component) {
    if (daemons.running(component).isEmpty()) {
      throw new UserError(component + " ended while it started", "read " + layout.log(component));
    }
  }

  private void await(Duration limit, BooleanSupplier condition, String failure, String component) {
    long deadline = System.nanoTime() + limit.toNanos();
    while (!condition.getAsBoolean()) {
      if (System.nanoTime() > deadline) {
        throw new UserError(
            "%s within %d s".formatted(failure, limit.toSeconds()),
            "read " + layout.log(component));
      }
      try {
        Thread.sleep(100);
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
        throw new UserError("interrupted", "run the command again: it goes on where it stopped");
      }
    }
  }

  private boolean isReadyNow(Node node) {
    Instant since = started.getOrDefault(node.getMetadata().getName(), Instant.EPOCH);
    return isReadySince(node, since);
  }

  static boolean isReady(Node node) {
    return isReadySince(node, Instant.EPOCH);
  }

  static boolean isReadySince(Node node, Instant since) {
    return Stream.ofNullable(node.getStatus())
        .flatMap(status -> status.getConditions().stream())
        .filter(condition -> "Ready".equals(condition.getType()))
        .filter(condition -> "True".equals(condition.getStatus()))
        .map(NodeCondition::getLastHeartbeatTime)
        .anyMatch(heartbeat -> heartbeat == null || !Instant.parse(heartbeat).isBefore(since));
  }
}
