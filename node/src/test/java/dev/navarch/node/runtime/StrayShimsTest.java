package dev.navarch.node.runtime;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// Processes that say of themselves, in a `/proc` of the test's own, that they are shims.
class StrayShimsTest {
  private static final Path SOCKET = Path.of("/run/nodes/one/containerd.sock");
  private static final Instant LATER = Instant.parse("2100-01-01T00:00:00Z");

  private final List<Process> started = new ArrayList<>();
  @TempDir private Path processes;

  @AfterEach
  void end() {
    started.forEach(Process::destroyForcibly);
  }

  @Test
  void endsTheShimsOfContainersThatAreLost() throws IOException {
    Process lost = shim("lost", SOCKET);
    Process known = shim("known", SOCKET);
    Process others = shim("lost", Path.of("/run/nodes/two/containerd.sock"));
    Process program = process("sleep", "-address", SOCKET.toString(), "-id", "lost");
    Process silent = process("containerd-shim-runc-v2", "-address", SOCKET.toString());
    new StrayShims(SOCKET, processes).kill(LATER, Set.of("known"));
    await().until(() -> !lost.isAlive());
    assertThat(List.of(known, others, program, silent)).allMatch(Process::isAlive);
  }

  @Test
  void leavesThoseThatTheirContainerdIsJustStarting() throws IOException {
    Process young = shim("young", SOCKET);
    new StrayShims(SOCKET, processes).kill(Instant.EPOCH, Set.of());
    assertThat(young.isAlive()).isTrue();
  }

  private Process shim(String id, Path socket) throws IOException {
    return process(
        "/usr/bin/containerd-shim-runc-v2",
        "-namespace",
        "k8s.io",
        "-id",
        id,
        "-address",
        "" + socket);
  }

  private Process process(String... commandLine) throws IOException {
    Process process = new ProcessBuilder("sleep", "1000").start();
    started.add(process);
    Path folder = Files.createDirectories(processes.resolve(Long.toString(process.pid())));
    Files.writeString(folder.resolve("cmdline"), String.join("\0", commandLine) + "\0");
    return process;
  }
}
