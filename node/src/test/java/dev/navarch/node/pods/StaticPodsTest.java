package dev.navarch.node.pods;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.navarch.api.ApiError;
import dev.navarch.client.Key;
import dev.navarch.node.staticpods.MirrorPods;
import dev.navarch.node.staticpods.StaticPods;
import io.fabric8.kubernetes.api.model.NodeBuilder;
import io.fabric8.kubernetes.api.model.Pod;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.InstantSource;
import java.util.Optional;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// Pods from files, and what the API shows of them.
class StaticPodsTest extends OnANode {
  private final Path manifests;
  private StaticPods statics;
  private MirrorPods mirrors;

  StaticPodsTest(@TempDir Path dir) {
    super(dir);
    manifests = dir.resolve("manifests");
  }

  @BeforeEach
  void startStatics() throws IOException {
    Files.createDirectories(manifests);
    write("web.yaml", "here:1");
    var node =
        new NodeBuilder().withNewMetadata().withName("node-1").withUid("n1").endMetadata().build();
    statics = new StaticPods(manifests, "node-1", workers.statics(), InstantSource.system());
    mirrors = new MirrorPods(cluster, workers.statics(), node);
    statics.start();
    mirrors.start();
  }

  @AfterEach
  void stopStatics() {
    mirrors.close();
    statics.close();
  }

  @Test
  void podOfAFileRunsAndIsMirroredWithItsStatus() {
    await().until(() -> mirror().filter(this::isRunning).isPresent());
    Pod mirror = mirror().orElseThrow();
    var annotations = mirror.getMetadata().getAnnotations();
    assertThat(annotations)
        .containsEntry("kubernetes.io/config.source", "file")
        .containsEntry("kubernetes.io/config.mirror", annotations.get("kubernetes.io/config.hash"));
    assertThat(mirror.getMetadata().getOwnerReferences())
        .singleElement()
        .satisfies(
            owner -> {
              assertThat(owner.getKind()).isEqualTo("Node");
              assertThat(owner.getUid()).isEqualTo("n1");
              assertThat(owner.getController()).isTrue();
            });
    assertThat(mirror.getStatus().getPodIP()).startsWith("10.1.0.");
  }

  @Test
  void deletedMirrorComesBackAndThePodRunsOn() {
    await().until(() -> mirror().filter(this::isRunning).isPresent());
    String uid = mirror().orElseThrow().getMetadata().getUid();
    delete("web-node-1");
    await()
        .until(
            () ->
                mirror()
                    .filter(pod -> !pod.getMetadata().getUid().equals(uid))
                    .filter(this::isRunning)
                    .isPresent());
    assertThat(runtime.calls()).containsOnlyOnce("create main").doesNotContain("stop main");
  }

  @Test
  void changedFileReplacesThePodAfterTheOldOneHasEnded() throws IOException {
    await().until(() -> mirror().filter(this::isRunning).isPresent());
    runtime.images.add("here:2");
    runtime.slowToStop = true;
    write("web.yaml", "here:2");
    await().until(() -> runtime.calls().contains("stop main"));
    assertThat(runtime.calls()).containsOnlyOnce("create main");
    runtime.exit("main", 0);
    await()
        .until(
            () ->
                mirror()
                    .filter(this::isRunning)
                    .filter(
                        pod -> pod.getSpec().getContainers().getFirst().getImage().equals("here:2"))
                    .isPresent());
    assertThat(runtime.calls()).containsSubsequence("create main", "stop main", "create main");
  }

  @Test
  void removedFileEndsThePodAndItsMirror() throws IOException {
    await().until(() -> mirror().filter(this::isRunning).isPresent());
    Files.delete(manifests.resolve("web.yaml"));
    await().until(() -> mirror().isEmpty() && runtime.sandboxes("").isEmpty());
  }

  @Test
  void unreadableFileLeavesTheOthersAlone() throws IOException {
    Files.writeString(manifests.resolve("bad.yaml"), "kind: Pod\nspec: [");
    Files.writeString(manifests.resolve(".hidden.yaml"), manifest("hidden", "here:1"));
    Files.writeString(manifests.resolve("more.yaml"), manifest("more", "here:1"));
    await().until(() -> get("more-node-1", this::isRunning));
    assertThat(cluster.all(Pod.class)).hasSize(2);
  }

  @Test
  void podRunsWhileTheApiIsAwayAndIsShownWhenItIsBack() throws IOException {
    cluster.fail("create", "pods", new ApiError.Unavailable("away"));
    Files.writeString(manifests.resolve("more.yaml"), manifest("more", "here:1"));
    await().until(() -> runtime.calls().contains("run more-node-1"));
    cluster.heal();
    Files.writeString(manifests.resolve("third.yaml"), manifest("third", "here:1"));
    await()
        .until(() -> get("more-node-1", this::isRunning) && get("third-node-1", this::isRunning));
  }

  private boolean get(String name, java.util.function.Predicate<Pod> condition) {
    return cluster.find(Pod.class, "default", name).filter(condition).isPresent();
  }

  private Optional<Pod> mirror() {
    return cluster.find(PODS, new Key("default", "web-node-1"));
  }

  private boolean isRunning(Pod pod) {
    return pod.getStatus() != null && "Running".equals(pod.getStatus().getPhase());
  }

  private void write(String file, String image) throws IOException {
    Path aside = dir.resolve("aside");
    Files.writeString(aside, manifest("web", image));
    Files.move(aside, manifests.resolve(file), java.nio.file.StandardCopyOption.REPLACE_EXISTING);
  }

  private static String manifest(String name, String image) {
    return """
        apiVersion: v1
        kind: Pod
        metadata: {name: %s}
        spec:
          containers: [{name: main, image: "%s"}]
        """
        .formatted(name, image);
  }
}
