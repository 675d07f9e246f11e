package dev.navarch.node.volumes;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

@Tag("nodes")
class SubPathsTest {
  @TempDir private Path dir;
  private Path volume = Path.of("");
  private Path target = Path.of("");

  @BeforeEach
  void makeVolume() throws IOException {
    volume = Files.createDirectories(dir.resolve("volume"));
    target = dir.resolve("target");
    Files.writeString(dir.resolve("secret"), "outside");
  }

  @Test
  void showsAPartAndMakesItWhenMissing() throws IOException {
    SubPaths.mount(volume, "a/b", target);
    try {
      Files.writeString(target.resolve("f"), "inside");
      assertThat(volume.resolve("a/b/f")).hasContent("inside");
    } finally {
      SystemCalls.unmount(target);
    }
  }

  @Test
  void whatItMakesIsAsOpenAsTheVolume() throws IOException {
    FileTrees.chmod(volume, 02777);
    SubPaths.mount(volume, "a/b", target);
    try {
      assertThat((int) Files.getAttribute(target, "unix:mode") & 07777).isEqualTo(02777);
      assertThat((int) Files.getAttribute(volume.resolve("a"), "unix:mode") & 07777)
          .isEqualTo(02777);
    } finally {
      SystemCalls.unmount(target);
    }
  }

  @Test
  void followsNoLinkOutOfTheVolume() throws IOException {
    Files.createSymbolicLink(volume.resolve("absolute"), dir.resolve("secret"));
    Files.createSymbolicLink(volume.resolve("relative"), Path.of("../secret"));
    for (String path : new String[] {"absolute", "relative", "../secret"}) {
      assertThatThrownBy(() -> SubPaths.mount(volume, path, target))
          .isInstanceOfSatisfying(
              SystemCalls.Refused.class, e -> assertThat(e.leavesItsFolder()).isTrue());
    }
  }

  @Test
  void aRaceNeverShowsWhatIsOutside() throws Exception {
    race(500);
  }

  @Test
  @Tag("slow")
  void aLongRaceNeverShowsWhatIsOutside() throws Exception {
    race(10_000);
  }

  /// Somebody who may write to the volume swaps a folder of it for a link to the outside, and back,
  /// as fast as he can, in one step and in several.
  private void race(int tries) throws Exception {
    Path outside = Files.createDirectories(dir.resolve("outside"));
    Files.writeString(outside.resolve("mark"), "outside");
    Path folder = Files.createDirectories(volume.resolve("folder"));
    Files.writeString(folder.resolve("mark"), "inside");
    Path link = Files.createSymbolicLink(volume.resolve("link"), outside);
    Path spare = volume.resolve("spare");
    var over = new AtomicBoolean();
    var swaps = new AtomicInteger();
    Thread swapping =
        Thread.ofPlatform()
            .start(
                () -> {
                  while (!over.get()) {
                    Swap.exchange(folder, link);
                    if (swaps.incrementAndGet() % 16 == 0) {
                      Swap.move(folder, spare);
                      Swap.move(spare, folder);
                    }
                  }
                });
    int shown = 0;
    int refused = 0;
    try {
      for (int i = 0; i < tries || shown == 0 || refused == 0; i++) {
        Path place = dir.resolve("target-" + i % 2);
        try {
          SubPaths.mount(volume, i % 3 == 0 ? "folder/deep/er" : "folder", place);
        } catch (IOException no) {
          refused++;
          continue;
        }
        try {
          assertThat(place.resolve("mark"))
              .satisfiesAnyOf(
                  mark -> assertThat(mark).hasContent("inside"),
                  mark -> assertThat(mark).doesNotExist());
          shown++;
        } finally {
          SystemCalls.unmount(place);
        }
      }
    } finally {
      over.set(true);
      swapping.join();
    }
    assertThat(swaps.get()).isGreaterThan(tries);
    try (Stream<Path> found = Files.list(outside)) {
      assertThat(found).containsExactly(outside.resolve("mark"));
    }
  }
}
