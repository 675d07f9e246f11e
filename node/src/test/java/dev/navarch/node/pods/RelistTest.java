package dev.navarch.node.pods;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.navarch.node.cri.v1.ContainerConfig;
import dev.navarch.node.cri.v1.ContainerMetadata;
import dev.navarch.node.cri.v1.PodSandboxConfig;
import java.time.Instant;
import java.time.InstantSource;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/// How an end in the runtime reaches the pod's worker.
class RelistTest {
  private final FakeRuntime runtime = new FakeRuntime();
  private final List<String> woken = new CopyOnWriteArrayList<>();
  private final Relist relist = new Relist(runtime, InstantSource.system(), woken::add);

  @AfterEach
  void stop() {
    relist.close();
  }

  @Test
  void endIsSeenWithoutListingEverythingAgain() {
    run("pod-1", "web");
    relist.start();
    await().until(() -> woken.contains("pod-1"));
    int lists = runtime.lists.get();
    woken.clear();
    runtime.exit("web", 1);
    await().untilAsserted(() -> assertThat(woken).containsExactly("pod-1"));
    assertThat(runtime.lists).hasValue(lists);
  }

  @Test
  void endThatIsToldBeforeItShowsIsAwaited() {
    run("pod-1", "web");
    relist.start();
    await().until(() -> woken.contains("pod-1"));
    woken.clear();
    Instant before = relist.lastSuccess();
    runtime.tell("web");
    await().until(() -> relist.lastSuccess().isAfter(before));
    woken.clear();
    runtime.exitSilently("web", 1);
    await().untilAsserted(() -> assertThat(woken).contains("pod-1"));
  }

  @Test
  void endOfWhatWasNotListedYetIsSeen() {
    relist.start();
    await().until(() -> runtime.lists.get() > 0);
    run("pod-2", "late");
    runtime.exit("late", 0);
    await().untilAsserted(() -> assertThat(woken).contains("pod-2"));
  }

  @Test
  void runtimeThatTellsNothingIsLookedAtAllTheSame() {
    runtime.tells = false;
    run("pod-1", "web");
    relist.start();
    await().until(() -> woken.contains("pod-1"));
    woken.clear();
    runtime.exitSilently("web", 1);
    await().untilAsserted(() -> assertThat(woken).containsExactly("pod-1"));
  }

  private void run(String podUid, String name) {
    var sandbox = PodSandboxConfig.newBuilder().putLabels(CriNames.POD_UID, podUid).build();
    String id = runtime.runSandbox(sandbox, "");
    var container =
        ContainerConfig.newBuilder()
            .setMetadata(ContainerMetadata.newBuilder().setName(name))
            .putLabels(CriNames.POD_UID, podUid)
            .build();
    runtime.startContainer(runtime.createContainer(id, container, sandbox));
  }
}
