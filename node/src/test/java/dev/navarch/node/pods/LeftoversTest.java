package dev.navarch.node.pods;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Optional;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// A pod's folders, logs and control group stayed when its agent was killed while it removed them.
class LeftoversTest extends OnANode {
  private static final String GONE = "11111111-2222-3333-4444-555555555555";

  LeftoversTest(@TempDir Path dir) {
    super(dir);
  }

  /// containerd, killed while it made a sandbox, left a process that nobody knew of.
  @Test
  void processesOfPodsThatAreGoneAreEnded() throws IOException {
    Process stray = new ProcessBuilder("sleep", "1000").start();
    Path group = dir.resolve("cgroup/pids/test/kubepods/burstable/pod" + GONE + "/container");
    Files.createDirectories(group);
    Files.writeString(group.resolve("cgroup.procs"), stray.pid() + "\n");
    workers.removeLeftovers(this::known);
    assertThat(stray.onExit()).succeedsWithin(Duration.ofSeconds(10));
  }

  @Test
  void whatIsLeftOfPodsThatAreGoneIsRemovedAndNothingElse() throws IOException {
    cluster.given(pod("web", container("main")).build());
    awaitPhase("web", "Running");
    String uid = get("web").getMetadata().getUid();
    Path pods = dir.resolve("data/pods");
    Path logs = dir.resolve("data/logs/pods");
    Path groups = dir.resolve("cgroup/memory/test/kubepods/besteffort");
    Files.createDirectories(pods.resolve(GONE).resolve("volumes/kubernetes.io~empty-dir/v"));
    Files.createDirectories(logs.resolve("default_gone_" + GONE).resolve("main"));
    Files.createDirectories(groups.resolve("pod" + GONE));
    Files.createDirectories(groups.resolve("pod" + uid));
    workers.removeLeftovers(this::known);
    await().untilAsserted(() -> assertThat(pods.resolve(GONE)).doesNotExist());
    assertThat(logs.resolve("default_gone_" + GONE)).doesNotExist();
    assertThat(groups.resolve("pod" + GONE)).doesNotExist();
    assertThat(pods.resolve(uid)).exists();
    assertThat(logs.resolve("default_web_" + uid)).exists();
    assertThat(groups.resolve("pod" + uid)).exists();
  }

  /// Manifests of static pods lay on a disk that came late: their pods were taken for gone.
  @Test
  void nothingIsGoneAsLongAsItIsNotCertainWhichPodsThereAre() throws IOException {
    Path folder = Files.createDirectories(dir.resolve("data/pods").resolve(GONE));
    Path log = Files.createDirectories(dir.resolve("data/logs/pods/default_gone_" + GONE));
    assertThat(workers.sweep(Optional::empty)).isFalse();
    workers.removeLeftovers(Optional::empty);
    assertThat(workers.pods()).isEmpty();
    assertThat(folder).exists();
    assertThat(log).exists();
    assertThat(workers.sweep(this::known)).isTrue();
    await().untilAsserted(() -> assertThat(folder).doesNotExist());
  }

  @Test
  void aPodThatTheApiShowsIsNotGoneBeforeItsWorkerIsThere() throws IOException {
    Path folder = Files.createDirectories(dir.resolve("data/pods").resolve(GONE));
    Path log = Files.createDirectories(dir.resolve("data/logs/pods/default_gone_" + GONE));
    workers.removeLeftovers(() -> Optional.of(Set.of(GONE)));
    assertThat(workers.pods()).isEmpty();
    assertThat(folder).exists();
    assertThat(log).exists();
  }
}
