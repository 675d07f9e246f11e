package dev.navarch.node;

import static org.assertj.core.api.Assertions.assertThat;

import dev.navarch.node.host.Cgroup;
import dev.navarch.node.host.Commands;
import dev.navarch.node.host.ProcessId;
import dev.navarch.node.volumes.FileTrees;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/// Tells {@link RealNodeStory} in a network namespace of its own, and leaves nothing of it behind.
@Tag("nodes")
class RealNodeTest {
  private final String namespace = "nvpods" + ProcessHandle.current().pid();
  private Path dir = Path.of("");

  @BeforeEach
  void makeNamespace() throws Exception {
    dir = Files.createTempDirectory("nvpods");
    Commands.run("ip", "netns", "add", namespace);
    Commands.run("nsenter", "--net=" + namespaceFile(), "ip", "link", "set", "lo", "up");
  }

  @AfterEach
  void removeAll() throws Exception {
    ProcessId.read(dir.resolve("run/containerd.pid")).ifPresent(ProcessId::kill);
    Commands.run("ip", "netns", "del", namespace);
    new Cgroup("/navarch-test-pods").destroy();
    FileTrees.delete(dir);
  }

  @Test
  void livesThroughAPodsStory() throws Exception {
    Path log = dir.resolve("story.log");
    Process story =
        new ProcessBuilder(
                List.of(
                    "nsenter",
                    "--net=" + namespaceFile(),
                    Path.of(System.getProperty("java.home"), "bin/java").toString(),
                    "-Xmx256m",
                    "--enable-native-access=ALL-UNNAMED",
                    "--sun-misc-unsafe-memory-access=allow",
                    "-cp",
                    System.getProperty("java.class.path"),
                    RealNodeStory.class.getName(),
                    dir.toString()))
            .redirectErrorStream(true)
            .redirectOutput(log.toFile())
            .start();
    boolean ended = story.waitFor(4, TimeUnit.MINUTES);
    assertThat(ended).isTrue();
    assertThat(story.exitValue()).as(Files.readString(log)).isZero();
  }

  private String namespaceFile() {
    return "/run/netns/" + namespace;
  }
}
