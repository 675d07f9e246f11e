package dev.navarch.node.images;

import static org.assertj.core.api.Assertions.assertThat;

import dev.navarch.node.cri.v1.ContainerConfig;
import dev.navarch.node.cri.v1.Image;
import dev.navarch.node.cri.v1.ImageSpec;
import dev.navarch.node.cri.v1.PodSandboxConfig;
import dev.navarch.node.pods.FakeRuntime;
import java.nio.file.Path;
import java.time.Instant;
import java.util.Set;
import org.junit.jupiter.api.Test;

class ImageGcTest {
  private final FakeRuntime runtime = new FakeRuntime();
  private Instant now = Instant.parse("2026-01-02T03:04:05Z");
  private final ImageGc gc = new ImageGc(runtime, () -> now, Path.of("/"), Set.of());

  @Test
  void unusedImagesGoOldestFirstUntilEnoughIsFree() {
    runtime.images.add("old");
    gc.victims(0);
    now = now.plusSeconds(600);
    runtime.images.add("newer");
    runtime.images.add("used");
    runtime.createContainer(
        "sandbox",
        ContainerConfig.newBuilder().setImage(ImageSpec.newBuilder().setImage("used")).build(),
        PodSandboxConfig.getDefaultInstance());
    assertThat(gc.victims(150)).extracting(Image::getId).as("too young").containsExactly("old");
    now = now.plusSeconds(600);
    assertThat(gc.victims(50)).extracting(Image::getId).containsExactly("old");
    assertThat(gc.victims(150)).extracting(Image::getId).containsExactly("old", "newer");
    assertThat(gc.victims(9999)).extracting(Image::getId).containsExactly("old", "newer");
    assertThat(gc.victims(0)).isEmpty();
  }
}
