package dev.navarch.bench.store;

import java.io.IOException;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;

/// Debian's etcd with its own defaults, alone, on this machine's loopback.
record EtcdProcess(Process process, String endpoint) implements AutoCloseable {
  private static final Path BINARY = Path.of("/usr/bin/etcd");

  /// Empty when it is not installed.
  static Optional<EtcdProcess> start(Path folder) throws IOException {
    if (!Files.isExecutable(BINARY)) {
      return Optional.empty();
    }
    String client = "http://127.0.0.1:" + freePort();
    String peer = "http://127.0.0.1:" + freePort();
    Process process =
        new ProcessBuilder(
                BINARY.toString(),
                "--data-dir=" + folder,
                "--listen-client-urls=" + client,
                "--advertise-client-urls=" + client,
                "--listen-peer-urls=" + peer,
                "--initial-advertise-peer-urls=" + peer,
                "--initial-cluster=default=" + peer,
                "--quota-backend-bytes=8589934592",
                "--logger=zap",
                "--log-level=error")
            .redirectErrorStream(true)
            .redirectOutput(ProcessBuilder.Redirect.DISCARD)
            .start();
    return Optional.of(new EtcdProcess(process, client));
  }

  private static int freePort() throws IOException {
    try (var socket = new ServerSocket(0)) {
      return socket.getLocalPort();
    }
  }

  @Override
  public void close() {
    process.destroy();
    process.onExit().join();
  }
}
