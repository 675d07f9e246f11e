package dev.navarch.bench.api;

import static java.nio.charset.StandardCharsets.UTF_8;

import dev.navarch.app.local.JavaCommand;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/// A `navarch server` as `up` would start it, on loopback, with one bearer token for the load and
/// one that may do everything. It is asked from outside what it costs: processor time, resident
/// memory, live heap.
final class ServerProcess implements AutoCloseable {
  static final String LOAD_TOKEN = "bench-load-token";
  static final String ADMIN_TOKEN = "bench-admin-token";

  /// Of the range for documents: pods would be sent there, and there are none.
  private static final String NOWHERE = "192.0.2.1";

  private static final long PATIENCE_SECONDS = 60;
  private static final int TICKS_PER_SECOND = 100;
  private static final int MOST_LOOKS = 10;
  private static final int LOOK_MILLIS = 2_000;
  private static final Pattern USED = Pattern.compile("used (\\d+)K");

  private final Path folder;
  private final int port;
  private final Process process;

  private ServerProcess(Path folder, int port, Process process) {
    this.folder = folder;
    this.port = port;
    this.process = process;
  }

  /// Starts the server and waits until its port is open.
  static ServerProcess start(Path folder) throws IOException, InterruptedException {
    int port;
    try (ServerSocket free = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      port = free.getLocalPort();
    }
    Path tokens = folder.resolve("tokens.csv");
    Files.writeString(
        tokens,
        LOAD_TOKEN
            + ",load,load,\"bench-load\"\n"
            + ADMIN_TOKEN
            + ",admin,admin,\"system:masters\"\n");
    Process process =
        new ProcessBuilder(
                JavaCommand.server(
                    List.of(
                        "--data-dir=" + folder.resolve("server"),
                        "--bind-address=127.0.0.1",
                        "--port=" + port,
                        "--advertise-address=" + NOWHERE,
                        "--token-auth-file=" + tokens)))
            .redirectErrorStream(true)
            .redirectOutput(ProcessBuilder.Redirect.appendTo(folder.resolve("server.log").toFile()))
            .start();
    ServerProcess server = new ServerProcess(folder, port, process);
    try {
      server.awaitPort();
      return server;
    } catch (RuntimeException | InterruptedException e) {
      server.close();
      throw e;
    }
  }

  private void awaitPort() throws InterruptedException {
    long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(PATIENCE_SECONDS);
    while (System.nanoTime() < deadline && process.isAlive()) {
      try (Socket open = new Socket(InetAddress.getLoopbackAddress(), port)) {
        return;
      } catch (IOException starting) {
        Thread.sleep(5);
      }
    }
    throw new IllegalStateException(
        "the server does not listen on port %d; read %s"
            .formatted(port, folder.resolve("server.log")));
  }

  int port() {
    return port;
  }

  Path authority() {
    return folder.resolve("server/pki/ca.crt");
  }

  /// Processor time that the process has used so far.
  long cpuMillis() {
    String stat = read("stat");
    String[] fields = stat.substring(stat.lastIndexOf(')') + 2).split(" ");
    return (Long.parseLong(fields[11]) + Long.parseLong(fields[12])) * 1000 / TICKS_PER_SECOND;
  }

  /// Resident memory once it no longer falls: the JVM gives it back a little after a collection.
  double settledMegabytes() throws InterruptedException {
    double before = Double.MAX_VALUE;
    double now = residentMegabytes();
    for (int i = 0; i < MOST_LOOKS && before - now > 1; i++) {
      Thread.sleep(LOOK_MILLIS);
      before = now;
      now = residentMegabytes();
    }
    return now;
  }

  double residentMegabytes() {
    return Arrays.stream(read("status").split("\n"))
            .filter(line -> line.startsWith("VmRSS:"))
            .mapToLong(line -> Long.parseLong(line.replaceAll("\\D", "")))
            .findFirst()
            .orElseThrow()
        / 1024.0;
  }

  /// Heap in use, garbage included.
  double heapMegabytes() {
    Matcher used = USED.matcher(jcmd("GC.heap_info"));
    if (!used.find()) {
      throw new IllegalStateException("jcmd did not say how much heap is used");
    }
    return Long.parseLong(used.group(1)) / 1024.0;
  }

  /// Heap in use once garbage is gone.
  double liveMegabytes() {
    jcmd("GC.run");
    return heapMegabytes();
  }

  private String read(String file) {
    try {
      return Files.readString(Path.of("/proc", Long.toString(process.pid()), file));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private String jcmd(String command) {
    try {
      Process asked =
          new ProcessBuilder(
                  Path.of(System.getProperty("java.home"), "bin", "jcmd").toString(),
                  Long.toString(process.pid()),
                  command)
              .redirectErrorStream(true)
              .start();
      return new String(asked.getInputStream().readAllBytes(), UTF_8);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  @Override
  public void close() throws InterruptedException {
    process.destroy();
    if (!process.waitFor(20, TimeUnit.SECONDS)) {
      process.destroyForcibly().waitFor();
    }
  }
}
