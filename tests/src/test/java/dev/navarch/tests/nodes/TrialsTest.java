package dev.navarch.tests.nodes;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.navarch.client.Cluster;
import dev.navarch.client.Key;
import dev.navarch.client.Resource;
import dev.navarch.node.host.Commands;
import io.fabric8.kubernetes.api.model.ContainerStatus;
import io.fabric8.kubernetes.api.model.Pod;
import java.io.IOException;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.channels.ServerSocketChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.awaitility.core.ConditionTimeoutException;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.TestFactory;

/// Hundreds of pods, each of which checks from inside that it got what its spec asks for.
@RealClusterTest
class TrialsTest {
  private static final Duration PATIENCE = Duration.ofMinutes(5);
  private static final Duration SHORTEST = Duration.ofMillis(200);
  private static final int AT_ONCE = 50;
  private static final Resource<Pod> PODS = Resource.of(Pod.class);

  private final RealCluster cluster;
  private final Kubectl kubectl;
  private final List<Trial> trials = Trials.all();
  private Instant begun = Instant.now();

  TrialsTest(RealCluster cluster) {
    this.cluster = cluster;
    this.kubectl = cluster.kubectl("trials");
  }

  @BeforeAll
  void begin() throws IOException {
    prepareNodes();
    kubectl.apply(Trials.OBJECTS);
    for (int from = 0; from < trials.size(); from += AT_ONCE) {
      kubectl.create(
          trials.subList(from, Math.min(trials.size(), from + AT_ONCE)).stream()
              .map(Trial::manifest)
              .collect(Collectors.joining("---\n")));
    }
    begun = Instant.now();
  }

  /// What the trials' host paths and profiles are on the nodes, which share the machine's files.
  private void prepareNodes() throws IOException {
    Path host = Path.of(VolumeTrials.NODE_FOLDER);
    Files.createDirectories(host.resolve("folder"));
    Files.writeString(host.resolve("folder/file"), "there\n");
    Commands.run("mknod", host.resolve("block").toString(), "b", "7", "250");
    try (ServerSocketChannel socket = ServerSocketChannel.open(StandardProtocolFamily.UNIX)) {
      socket.bind(UnixDomainSocketAddress.of(host.resolve("socket")));
    }
    for (String node : new String[] {"node1", "node2"}) {
      Path profiles = cluster.place(node).data().resolve("seccomp/profiles");
      Files.createDirectories(profiles);
      Files.writeString(
          profiles.resolve("no-mkdir.json"),
          """
          {"defaultAction": "SCMP_ACT_ALLOW",
           "syscalls": [{"names": ["mkdir", "mkdirat"], "action": "SCMP_ACT_ERRNO"}]}
          """);
    }
  }

  @AfterAll
  void end() {
    kubectl.ok("delete", "namespace", "trials", "--wait=false");
    kubectl.ok("delete", "pv", "trials-kept", "trials-own", "--wait=false");
  }

  @TestFactory
  Stream<DynamicTest> everyPodFindsWhatItsSpecAsksFor() {
    return trials.stream()
        .map(trial -> DynamicTest.dynamicTest(trial.name(), () -> assertSuccess(trial)));
  }

  private void assertSuccess(Trial trial) {
    var key = new Key(kubectl.namespace(), trial.name());
    Duration left = PATIENCE.minus(Duration.between(begun, Instant.now()));
    try {
      await()
          .atMost(left.compareTo(SHORTEST) < 0 ? SHORTEST : left)
          .until(() -> cluster.api().find(PODS, key), TrialsTest::isOver);
    } catch (ConditionTimeoutException stuck) {
      // what it waits for is told below
    }
    Pod pod = cluster.api().get(PODS, key);
    assertThat(pod.getStatus().getPhase())
        .as(() -> trial.name() + ": " + story(pod))
        .isEqualTo("Succeeded");
    cluster.api().delete(PODS, key, Cluster.DeleteOptions.DEFAULT);
  }

  private static boolean isOver(Optional<Pod> pod) {
    return pod.stream()
        .anyMatch(
            now ->
                now.getStatus() != null
                    && Set.of("Succeeded", "Failed").contains(now.getStatus().getPhase()));
  }

  /// What the pod's containers said.
  private static String story(Pod pod) {
    return Stream.of(
            pod.getStatus().getInitContainerStatuses(), pod.getStatus().getContainerStatuses())
        .flatMap(List::stream)
        .map(TrialsTest::word)
        .collect(Collectors.joining("; "));
  }

  private static String word(ContainerStatus status) {
    var state = status.getState();
    if (state.getTerminated() != null) {
      return "%s ended with %d: %s"
          .formatted(
              status.getName(),
              state.getTerminated().getExitCode(),
              state.getTerminated().getMessage());
    }
    if (state.getWaiting() != null) {
      return "%s waits: %s %s"
          .formatted(
              status.getName(), state.getWaiting().getReason(), state.getWaiting().getMessage());
    }
    return status.getName() + " runs";
  }
}
