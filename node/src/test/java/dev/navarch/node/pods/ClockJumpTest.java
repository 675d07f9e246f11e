package dev.navarch.node.pods;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.tuple;
import static org.awaitility.Awaitility.await;

import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// A node whose clock is set by an hour restarts nothing, and starts what is new.
class ClockJumpTest extends OnANode {

  ClockJumpTest(@TempDir Path dir) {
    super(dir);
  }

  @ParameterizedTest
  @ValueSource(ints = {1, -1})
  void disturbsNoPod(int hours) {
    cluster.given(pod("web", container("main")).build());
    awaitPhase("web", "Running");
    String id = get("web").getStatus().getContainerStatuses().getFirst().getContainerID();
    ahead = Duration.ofHours(hours);
    cluster.given(pod("later", container("other")).build());
    awaitPhase("later", "Running");
    runtime.exit("other", 1);
    await().until(() -> restarts("later") == 1);
    ahead = Duration.ZERO;
    cluster.given(pod("last", container("third")).build());
    awaitPhase("last", "Running");
    assertThat(get("web").getStatus().getContainerStatuses())
        .extracting("containerID", "restartCount", "ready")
        .isEqualTo(List.of(tuple(id, 0, true)));
    assertThat(runtime.calls()).doesNotContain("stop main");
  }
}
