package dev.navarch.tests.nodes;

import static java.util.stream.Collectors.groupingBy;
import static java.util.stream.Collectors.toCollection;

import dev.navarch.app.local.NodePlace;
import dev.navarch.node.cri.ContainerRuntime;
import dev.navarch.node.cri.v1.Container;
import dev.navarch.node.cri.v1.ContainerState;
import dev.navarch.node.cri.v1.PodSandbox;
import dev.navarch.node.cri.v1.PodSandboxState;
import dev.navarch.node.host.ProcessId;
import io.fabric8.kubernetes.api.model.ContainerStatus;
import io.fabric8.kubernetes.api.model.Pod;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/// What is on a node, beside what the API says shall be there: containers, sandboxes, processes,
/// mounts, control groups, network namespaces, addresses, folders. Each difference is a sentence.
///
/// @param uidsRunning of the pods that have processes, by control group
record NodeState(
    NodePlace place, ContainerRuntime runtime, ProcessId agent, Set<String> uidsRunning) {
  private static final String POD_UID = "io.kubernetes.pod.uid";
  private static final String CONTAINER = "io.kubernetes.container.name";
  private static final Pattern UID =
      Pattern.compile("[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}");
  private static final Pattern ID = Pattern.compile("/([0-9a-f]{64})(/|$)");

  static NodeState of(RealCluster cluster, String node, ContainerRuntime runtime) {
    return new NodeState(
        cluster.place(node), runtime, cluster.agent(node), cluster.runningPods(node));
  }

  /// Containers of which more than one runs: never right, not even for a moment.
  List<String> runningTwice() {
    return runtime.containers("").stream()
        .filter(NodeState::isRunning)
        .collect(
            groupingBy(
                container ->
                    label(container.getLabelsMap().get(POD_UID))
                        + "/"
                        + label(container.getLabelsMap().get(CONTAINER))))
        .entrySet()
        .stream()
        .filter(same -> same.getValue().size() > 1)
        .map(same -> "%s runs %d times".formatted(same.getKey(), same.getValue().size()))
        .toList();
  }

  /// @param pods that the API has bound to this node
  List<String> differences(List<Pod> pods) {
    List<String> found = new ArrayList<>(runningTwice());
    Set<String> uids = set(pods.stream().map(pod -> pod.getMetadata().getUid()));
    List<Container> containers = runtime.containers("");
    List<PodSandbox> sandboxes = runtime.sandboxes("");

    compare(
        found,
        "running containers",
        set(pods.stream().flatMap(NodeState::runningIds)),
        set(containers.stream().filter(NodeState::isRunning).map(Container::getId)));
    within(found, "containers of pods", uids, containers.stream().map(c -> uid(c.getLabelsMap())));
    within(found, "sandboxes of pods", uids, sandboxes.stream().map(s -> uid(s.getLabelsMap())));
    within(found, "folders of pods", uids, names(place.data().resolve("pods")));
    within(
        found, "log folders", uids, names(place.data().resolve("logs/pods")).map(NodeState::uidIn));
    within(found, "control groups", uids, groups().map(NodeState::uidIn));
    compare(
        found,
        "pods with processes",
        set(pods.stream().filter(NodeState::runs).map(p -> p.getMetadata().getUid())),
        uidsRunning);

    Set<String> ready = set(sandboxes.stream().filter(NodeState::isReady).map(PodSandbox::getId));
    Set<String> known = set(sandboxes.stream().map(PodSandbox::getId));
    known.addAll(containers.stream().map(Container::getId).toList());
    List<String> mounts = mounts();
    within(
        found,
        "mounts of pods",
        uids,
        mounts.stream().filter(m -> m.contains("/pods/")).map(NodeState::uidIn));
    within(found, "mounts of containers", known, mounts.stream().flatMap(m -> ids(m)));
    long wanted = pods.stream().filter(NodeState::hasOwnNetwork).count();
    count(
        found,
        "network namespaces",
        wanted,
        names(place.run().resolve("own/run/netns")).filter(n -> n.startsWith("cni-")).count());
    count(found, "addresses", wanted, addresses());
    count(found, "ready sandboxes", pods.stream().filter(NodeState::runs).count(), ready.size());
    return found;
  }

  private static Stream<String> ids(String mount) {
    Matcher id = ID.matcher(mount);
    return id.find() ? Stream.of(id.group(1)) : Stream.of();
  }

  private static Stream<String> runningIds(Pod pod) {
    return Stream.of(
            pod.getStatus().getInitContainerStatuses(), pod.getStatus().getContainerStatuses())
        .flatMap(Collection::stream)
        .filter(status -> status.getState().getRunning() != null)
        .map(ContainerStatus::getContainerID)
        .map(id -> id.substring(id.lastIndexOf('/') + 1));
  }

  /// Whether it has containers that run, or will again.
  private static boolean runs(Pod pod) {
    return !Set.of("Succeeded", "Failed").contains(pod.getStatus().getPhase());
  }

  private static boolean hasOwnNetwork(Pod pod) {
    return runs(pod) && !Boolean.TRUE.equals(pod.getSpec().getHostNetwork());
  }

  static boolean isRunning(Container container) {
    return container.getState() == ContainerState.CONTAINER_RUNNING;
  }

  private static boolean isReady(PodSandbox sandbox) {
    return sandbox.getState() == PodSandboxState.SANDBOX_READY;
  }

  private static String uid(java.util.Map<String, String> labels) {
    return label(labels.get(POD_UID));
  }

  private static String label(@org.jspecify.annotations.Nullable String value) {
    return value == null ? "(none)" : value;
  }

  private static String uidIn(String text) {
    Matcher uid = UID.matcher(text);
    return uid.find() ? uid.group() : text;
  }

  /// Mount points in the node's own mount namespace.
  private List<String> mounts() {
    try {
      return Files.readAllLines(Path.of("/proc", String.valueOf(agent.pid()), "mountinfo")).stream()
          .map(line -> line.split(" ")[4])
          .filter(
              point ->
                  point.startsWith(place.data().toString())
                      || point.startsWith(place.run().toString()))
          .toList();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private Stream<String> groups() {
    return Stream.of("memory", "cpu", "pids", "systemd", "")
        .map(controller -> Path.of("/sys/fs/cgroup", controller, place.cgroup(), "kubepods"))
        .filter(Files::isDirectory)
        .flatMap(NodeState::tree)
        .map(path -> path.getFileName().toString())
        .filter(name -> name.startsWith("pod"));
  }

  private static Stream<Path> tree(Path root) {
    try (Stream<Path> tree = Files.walk(root, 2)) {
      return tree.filter(Files::isDirectory).toList().stream();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /// Addresses that the network plugin has given out and not taken back.
  private long addresses() {
    Path networks = place.run().resolve("own/var/lib/cni/networks");
    return names(networks)
        .flatMap(network -> names(networks.resolve(network)))
        .filter(name -> name.matches("\\d+\\.\\d+\\.\\d+\\.\\d+"))
        .count();
  }

  private static Stream<String> names(Path folder) {
    if (!Files.isDirectory(folder)) {
      return Stream.of();
    }
    try (Stream<Path> children = Files.list(folder)) {
      return children.map(path -> path.getFileName().toString()).toList().stream();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static Set<String> set(Stream<String> values) {
    return values.collect(toCollection(TreeSet::new));
  }

  private static void compare(
      List<String> found, String what, Set<String> wanted, Set<String> there) {
    within(found, what, wanted, there.stream());
    wanted.stream()
        .filter(one -> !there.contains(one))
        .forEach(one -> found.add("%s: %s is missing on the node".formatted(what, one)));
  }

  private static void within(
      List<String> found, String what, Set<String> wanted, Stream<String> there) {
    there
        .distinct()
        .filter(one -> !wanted.contains(one))
        .forEach(
            one ->
                found.add(
                    "%s: %s is on the node, the API knows nothing of it".formatted(what, one)));
  }

  private static void count(List<String> found, String what, long wanted, long there) {
    if (wanted != there) {
      found.add("%s: %d on the node, by the API it should be %d".formatted(what, there, wanted));
    }
  }
}
