package dev.navarch.tests.nodes;

import static org.awaitility.Awaitility.await;

import dev.navarch.app.local.ClusterSpec;
import dev.navarch.app.local.Credentials;
import dev.navarch.app.local.Layout;
import dev.navarch.app.local.NodePlace;
import dev.navarch.client.Cluster;
import dev.navarch.client.Resource;
import dev.navarch.node.cri.Cri;
import dev.navarch.node.host.Cgroup;
import dev.navarch.node.host.Commands;
import dev.navarch.node.host.ProcessId;
import io.fabric8.kubernetes.api.model.Node;
import io.fabric8.kubernetes.api.model.Pod;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.Predicate;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/// The suite's cluster: a master and two nodes, driven by the command line in child processes, as a
/// user does. It has ranges of its own, so that another cluster may run beside it; with
/// `-Dnavarch.beside=1`, another run of the suite.
final class RealCluster implements AutoCloseable {
  private static final int BESIDE = Integer.getInteger("navarch.beside", 0);
  static final String NAME = "e2" + (char) ('e' + BESIDE);
  static final String NODES = "10.%d.0.".formatted(151 + BESIDE);
  static final String PODS = "10.%d.".formatted(51 + BESIDE);
  static final String SERVICES = "10.%d.".formatted(98 + BESIDE);
  static final String IMAGE = "navarch.test/tools:1";
  private static final int LOG_TAIL = 4_000;
  static final Duration PATIENCE = Duration.ofSeconds(40);

  private static final String JAVA =
      Path.of(System.getProperty("java.home"), "bin", "java").toString();
  private static final Pattern POD_GROUP = Pattern.compile("/pod([0-9a-f-]{36})/");

  private final Path home = Path.of(System.getProperty("java.io.tmpdir"), "navarch-" + NAME);
  private final Layout layout = Layout.of(NAME, home.resolve("data"));
  private final Machine before;
  private final Cluster api;

  RealCluster() {
    close();
    before = Machine.now();
    try {
      Files.createDirectories(home);
      up();
      api = new Credentials(spec(), layout).cluster();
      loadImage();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    } catch (RuntimeException | AssertionError e) {
      close();
      throw e;
    }
  }

  /// What the machine has beyond what it had before the cluster.
  Set<String> left() {
    Set<String> traces = new TreeSet<>(Machine.now().traces());
    traces.removeAll(before.traces());
    return traces;
  }

  String up() {
    return navarch(
            "up",
            "--nodes=2",
            "--isolated",
            "--node-cidr=" + NODES + "0/24",
            "--pod-cidr=" + PODS + "0.0/16",
            "--service-cidr=" + SERVICES + "0.0/16")
        .succeeded();
  }

  void loadImage() {
    Path archive = home.resolve("tools.tar");
    Tools.image(IMAGE).write(archive);
    navarch("image", "load", archive.toString()).succeeded();
  }

  /// Runs a command of Navarch against this cluster.
  Running.Ended navarch(String command, String... words) {
    return navarch(NAME, layout.data(), command, words);
  }

  /// Runs a command of Navarch against another cluster on the machine.
  Running.Ended navarch(String name, Path data, String command, String... words) {
    Stream<String> program =
        Stream.of(
            JAVA,
            "--enable-native-access=ALL-UNNAMED",
            "-cp",
            System.getProperty("java.class.path"),
            "dev.navarch.app.Navarch");
    boolean nested = List.of("node", "image").contains(command);
    Stream<String> verb = nested ? Stream.of(command, words[0]) : Stream.of(command);
    Stream<String> which = Stream.of("--name=" + name, "--data-dir=" + data);
    Stream<String> rest = Stream.of(words).skip(nested ? 1 : 0);
    String[] argv = Stream.of(program, verb, which, rest).flatMap(s -> s).toArray(String[]::new);
    Path kubeconfig = data.resolveSibling("kubeconfig");
    return Running.start(Map.of("KUBECONFIG", kubeconfig.toString()), argv).finish(180);
  }

  /// kubectl in a namespace of its own, made here.
  Kubectl kubectl(String namespace) {
    Path program =
        Kubectl.find("kubectl").orElseThrow(() -> new AssertionError("kubectl is missing"));
    var kubectl = new Kubectl(program, home, namespace);
    kubectl.apply("apiVersion: v1\nkind: Namespace\nmetadata: {name: %s}".formatted(namespace));
    return kubectl;
  }

  Path home() {
    return home;
  }

  Layout layout() {
    return layout;
  }

  ClusterSpec spec() {
    return ClusterSpec.load(layout.data()).orElseThrow();
  }

  NodePlace place(String node) {
    return spec().places(layout).stream()
        .filter(place -> place.name().equals(node))
        .findFirst()
        .orElseThrow();
  }

  Cluster api() {
    return api;
  }

  Pod awaitPod(Kubectl in, String name, Predicate<Pod> condition) {
    return await("pod " + name)
        .atMost(PATIENCE)
        .until(
            () -> api.find(Pod.class, in.namespace(), name),
            found -> found.filter(condition).isPresent())
        .orElseThrow();
  }

  Pod awaitReady(Kubectl in, String name) {
    return awaitPod(in, name, RealCluster::isReady);
  }

  List<Pod> pods(Kubectl in, String app) {
    return api.list(Resource.of(Pod.class), Cluster.ListOptions.in(in.namespace())).items().stream()
        .filter(pod -> app.equals(pod.getMetadata().getLabels().get("app")))
        .toList();
  }

  List<Pod> allPods() {
    return api.list(Resource.of(Pod.class), Cluster.ListOptions.ALL).items();
  }

  List<Pod> podsOn(String node) {
    return allPods().stream().filter(pod -> node.equals(pod.getSpec().getNodeName())).toList();
  }

  /// The uids of the pods that have processes on a node, by their control groups.
  Set<String> runningPods(String node) {
    Set<String> uids = new TreeSet<>();
    Path group = new Cgroup(place(node).cgroup()).membership();
    try (Stream<Path> tree = Files.walk(group)) {
      for (Path procs : tree.filter(path -> path.endsWith("cgroup.procs")).toList()) {
        Matcher pod = POD_GROUP.matcher(procs.toString());
        if (pod.find() && !Files.readString(procs).isEmpty()) {
          uids.add(pod.group(1));
        }
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    return uids;
  }

  /// So many pods of an app, all ready, none on its way out.
  List<Pod> awaitPods(Kubectl in, String app, int count) {
    return await(count + " pods of " + app)
        .atMost(PATIENCE)
        .until(
            () -> pods(in, app),
            pods ->
                pods.size() == count
                    && pods.stream()
                        .allMatch(
                            pod ->
                                isReady(pod) && pod.getMetadata().getDeletionTimestamp() == null));
  }

  static boolean isReady(Pod pod) {
    return pod.getStatus() != null
        && pod.getStatus().getConditions().stream()
            .anyMatch(c -> c.getType().equals("Ready") && c.getStatus().equals("True"));
  }

  boolean isNodeReady(String name) {
    return api.find(Node.class, "", name).stream()
        .flatMap(node -> node.getStatus().getConditions().stream())
        .anyMatch(c -> c.getType().equals("Ready") && c.getStatus().equals("True"));
  }

  ProcessId server() {
    return recorded(layout.pid("server"));
  }

  ProcessId agent(String node) {
    return recorded(layout.pid("agent-" + node));
  }

  /// The end of an agent's log.
  String log(String node) {
    try {
      String log = Files.readString(layout.log("agent-" + node));
      return log.substring(Math.max(0, log.length() - LOG_TAIL));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  ProcessId containerd(String node) {
    return recorded(place(node).run().resolve("containerd/containerd.pid"));
  }

  /// How many containerds run in a node.
  long containerds(String node) {
    Path mine = mounts(agent(node).pid()).orElseThrow();
    return ProcessHandle.allProcesses()
        .filter(each -> each.info().command().orElse("").endsWith("/containerd"))
        .filter(each -> mounts(each.pid()).equals(Optional.of(mine)))
        .count();
  }

  private static Optional<Path> mounts(long pid) {
    try {
      return Optional.of(Files.readSymbolicLink(Path.of("/proc", Long.toString(pid), "ns", "mnt")));
    } catch (IOException gone) {
      return Optional.empty();
    }
  }

  /// How a process was started.
  static List<String> commandLine(ProcessId process) {
    try {
      String words = Files.readString(Path.of("/proc", Long.toString(process.pid()), "cmdline"));
      return List.of(words.split("\0", 0));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /// Starts a node's agent anew in the place of a dead one, as a supervisor does, and waits for
  /// nothing.
  void startAgent(String node, List<String> commandLine) {
    NodePlace place = place(node);
    Stream<String> inside =
        Stream.of(
            "setsid",
            "sh",
            "-c",
            "echo $$ > \"$0\" && exec \"$@\"",
            new Cgroup(place.cgroup()).child("system").membership() + "/cgroup.procs",
            "nsenter",
            "--net=/run/netns/" + place.netns(),
            "--mount=" + place.mountNamespace());
    String component = "agent-" + node;
    try {
      Process process =
          new ProcessBuilder(Stream.concat(inside, commandLine.stream()).toList())
              .redirectErrorStream(true)
              .redirectOutput(ProcessBuilder.Redirect.appendTo(layout.log(component).toFile()))
              .start();
      ProcessId.of(process.pid()).orElseThrow().write(layout.pid(component));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static ProcessId recorded(Path file) {
    return ProcessId.read(file).orElseThrow(() -> new AssertionError(file + " is missing"));
  }

  /// A node's runtime, beside its agent.
  Cri runtime(String node) {
    return Cri.at(place(node).run().resolve("containerd/containerd.sock"));
  }

  static void kill(ProcessId process) {
    process.kill();
    await().until(() -> !process.isAlive());
  }

  /// The processes of a container, by its control group.
  Stream<ProcessId> processes(Pod pod, String containerId) {
    String id = containerId.substring(containerId.lastIndexOf('/') + 1);
    Path group = new Cgroup(place(pod.getSpec().getNodeName()).cgroup()).membership();
    try (Stream<Path> tree = Files.walk(group)) {
      Path found =
          tree.filter(path -> path.getFileName().toString().contains(id)).findFirst().orElseThrow();
      return Files.readAllLines(found.resolve("cgroup.procs")).stream()
          .map(Long::parseLong)
          .flatMap(pid -> ProcessId.of(pid).stream());
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /// The status that a pod gets for an HTTPS request: from its network, by this machine's Java.
  String statusSeenBy(Pod pod, String url, String authority, String token) {
    return inNetworkOf(pod, Https.class, url, authority, token).finish(30).succeeded();
  }

  /// Starts a program of this suite in a pod's network.
  Running inNetworkOf(Pod pod, Class<?> program, String... arguments) {
    String container = pod.getStatus().getContainerStatuses().getFirst().getContainerID();
    long inside = processes(pod, container).findFirst().orElseThrow().pid();
    Stream<String> java =
        Stream.of(
            "nsenter",
            "--net=/proc/" + inside + "/ns/net",
            JAVA,
            "-cp",
            System.getProperty("java.class.path"),
            program.getName());
    return Running.start(
        Map.of(), Stream.concat(java, Stream.of(arguments)).toArray(String[]::new));
  }

  @Override
  public void close() {
    if (Files.exists(layout.data().resolve("cluster.json"))) {
      Path kept = Path.of("target", "cluster-logs").toAbsolutePath();
      Commands.run("mkdir", "-p", kept.toString());
      Commands.outcome("", "cp", "-r", layout.data().resolve("logs").toString(), kept.toString());
      navarch("down").succeeded();
    }
    Commands.run("rm", "-rf", "--one-file-system", home.toString());
  }
}
