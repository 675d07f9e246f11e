package dev.navarch.node.pods;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.fabric8.kubernetes.api.model.Container;
import io.fabric8.kubernetes.api.model.ContainerBuilder;
import io.fabric8.kubernetes.api.model.Pod;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ImageVolumesTest extends OnANode {
  ImageVolumesTest(@TempDir Path dir) {
    super(dir);
  }

  private static Pod withImage(String image, String policy) {
    Container main =
        new ContainerBuilder(container("main"))
            .addNewVolumeMount()
            .withName("tools")
            .withMountPath("/tools")
            .withSubPath("bin")
            .endVolumeMount()
            .build();
    return pod("web", main)
        .editSpec()
        .addNewVolume()
        .withName("tools")
        .withNewImage(policy, image)
        .endVolume()
        .endSpec()
        .build();
  }

  private void awaitWaiting(String reason, String message) {
    await()
        .untilAsserted(
            () -> {
              assertThat(state("web").getWaiting()).isNotNull();
              assertThat(state("web").getWaiting().getReason()).isEqualTo(reason);
              assertThat(state("web").getWaiting().getMessage()).contains(message);
            });
    assertThat(runtime.calls()).doesNotContain("create main");
  }

  @Test
  void theRuntimeMountsAnImageWithItsSubPath() {
    runtime.images.add("tools:1");
    cluster.given(withImage("tools:1", "IfNotPresent"));
    awaitPhase("web", "Running");
    assertThat(runtime.calls()).contains("mount image tools:1 bin at /tools read-only");
  }

  @Test
  void anImageThatIsNotThereHoldsTheContainerBack() {
    cluster.given(withImage("tools:1", "Never"));
    awaitWaiting("ErrImageNeverPull", "tools:1");
  }

  @Test
  void aRuntimeThatCannotMountImagesIsNamed() {
    runtime.name = "cri-o";
    runtime.images.add("tools:1");
    cluster.given(withImage("tools:1", "IfNotPresent"));
    awaitWaiting(
        "CreateContainerError",
        "volume \"tools\" is an image: this needs containerd 2.1 or CRI-O 1.31, found cri-o 1.0");
  }
}
