package dev.navarch.node.volumes;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
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
  void followsNoLinkOutOfTheVolume() throws IOException {
    Files.createSymbolicLink(volume.resolve("absolute"), dir.resolve("secret"));
    Files.createSymbolicLink(volume.resolve("relative"), Path.of("../secret"));
    for (String path : new String[] {"absolute", "relative", "../secret"}) {
      assertThatThrownBy(() -> SubPaths.mount(volume, path, target))
          .isInstanceOfSatisfying(
              SystemCalls.Refused.class, e -> assertThat(e.leavesItsFolder()).isTrue());
    }
  }
}
