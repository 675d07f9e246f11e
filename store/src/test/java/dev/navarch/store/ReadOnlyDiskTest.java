package dev.navarch.store;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assumptions.assumeThat;
import static org.awaitility.Awaitility.await;

import dev.navarch.store.Store.UnavailableException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.InstantSource;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// A disk that is mounted for reading alone leaves the store readable; writes say why they are
/// refused, and go on when the disk takes them again.
@Tag("nodes")
class ReadOnlyDiskTest {
  @TempDir private Path folder;

  private Path mount;

  @BeforeEach
  void mount() throws Exception {
    mount = Files.createDirectory(folder.resolve("disk"));
    assumeThat(run("mount", "-t", "tmpfs", "-o", "size=128m", "tmpfs", mount.toString()))
        .as("a file system of its own can be mounted (root)")
        .isTrue();
  }

  @AfterEach
  void unmount() throws Exception {
    run("umount", "-l", mount.toString());
  }

  private static boolean run(String... command) throws Exception {
    return new ProcessBuilder(command).start().waitFor() == 0;
  }

  private static Store open(Path data) {
    return EmbeddedStore.open(data, InstantSource.system(), StoreMetrics.NONE);
  }

  @Test
  void isReadAndSaysWhyItIsNotWritten() throws Exception {
    Path data = mount.resolve("data");
    try (Store store = open(data)) {
      store.put("/a/x", "1".getBytes(UTF_8), 0, null);
    }
    assertThat(run("mount", "-o", "remount,ro", mount.toString())).isTrue();
    try (Store store = open(data)) {
      assertThat(store.get("/a/x")).isPresent();
      assertThatThrownBy(() -> store.put("/a/y", new byte[0], 0, null))
          .isInstanceOf(UnavailableException.class)
          .hasMessageContaining("cannot write to " + data)
          .hasMessageContaining("Read-only file system")
          .hasMessageContaining("writes go on when it takes them again");
      assertThat(run("mount", "-o", "remount,rw", mount.toString())).isTrue();
      await()
          .atMost(Duration.ofSeconds(20))
          .ignoreExceptions()
          .until(() -> store.put("/a/y", new byte[0], 0, null) != null);
      assertThat(store.get("/a/y")).isPresent();
    }
  }
}
