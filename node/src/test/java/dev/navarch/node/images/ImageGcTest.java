package dev.navarch.node.images;

import static org.assertj.core.api.Assertions.assertThat;

import dev.navarch.node.cri.v1.ContainerConfig;
import dev.navarch.node.cri.v1.Image;
import dev.navarch.node.cri.v1.ImageSpec;
import dev.navarch.node.cri.v1.PodSandboxConfig;
import dev.navarch.node.pods.FakeRuntime;
import dev.navarch.node.settings.KubeletSettings;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.Set;
import org.junit.jupiter.api.Test;

class ImageGcTest {
  private static final Duration AGE = Duration.ofMinutes(2);

  private final FakeRuntime runtime = new FakeRuntime();
  private Instant now = Instant.parse("2026-01-02T03:04:05Z");
  private final ImageGc gc =
      new ImageGc(
          runtime,
          () -> now,
          Path.of("/"),
          Set.of(),
          KubeletSettings.defaults().with("imageMaximumGCAge", "24h"));

  @Test
  void unusedImagesGoOldestFirstUntilEnoughIsFree() {
    runtime.images.add("old");
    gc.victims(0, AGE);
    now = now.plusSeconds(600);
    runtime.images.add("newer");
    runtime.images.add("used");
    runtime.createContainer(
        "sandbox",
        ContainerConfig.newBuilder().setImage(ImageSpec.newBuilder().setImage("used")).build(),
        PodSandboxConfig.getDefaultInstance());
    assertThat(gc.victims(150, AGE))
        .extracting(Image::getId)
        .as("too young")
        .containsExactly("old");
    now = now.plusSeconds(600);
    assertThat(gc.victims(50, AGE)).extracting(Image::getId).containsExactly("old");
    assertThat(gc.victims(150, AGE)).extracting(Image::getId).containsExactly("old", "newer");
    assertThat(gc.victims(9999, AGE)).extracting(Image::getId).containsExactly("old", "newer");
    assertThat(gc.victims(0, AGE)).isEmpty();
  }

  @Test
  void whatNobodyUsedForTooLongGoesThoughThereIsRoom() {
    runtime.images.add("old");
    gc.victims(0, AGE);
    now = now.plusSeconds(23 * 3600);
    assertThat(gc.victims(0, AGE)).isEmpty();
    now = now.plusSeconds(2 * 3600);
    assertThat(gc.victims(0, AGE)).extracting(Image::getId).containsExactly("old");
  }

  @Test
  void aNodeThatNeedsItsDiskKeepsNothingUnused() {
    runtime.images.add("new");
    gc.removeUnused();
    assertThat(runtime.images).isEmpty();
  }
}
