package dev.navarch.app.cli;

import dev.navarch.app.local.JavaCommand;
import dev.navarch.app.local.UserError;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Comparator;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import picocli.CommandLine.Command;

/// Lets the long-running parts go through their start once, when Navarch is built, so that the JVM
/// keeps their loaded and linked classes in a file, and notes how they are started.
@Command(name = "train", hidden = true)
final class Train implements Callable<Integer> {
  private static final Duration LIMIT = Duration.ofSeconds(30);

  @Override
  public Integer call() throws IOException, InterruptedException {
    Path folder = Files.createTempDirectory("navarch-train");
    try {
      UnsignedLibraries.in(target().resolve("lib"));
      run(JavaCommand.trainServer(TrainServer.class.getName(), List.of(folder + "/first")));
      trainAgent(folder);
      note("server", JavaCommand.serverOptions());
      note("agent", JavaCommand.agentOptions());
    } finally {
      try (Stream<Path> tree = Files.walk(folder)) {
        tree.sorted(Comparator.reverseOrder()).forEach(path -> path.toFile().delete());
      }
    }
    return 0;
  }

  private static Path target() {
    return Path.of(System.getProperty("navarch.home", "."), "app/target");
  }

  /// Keeps a part's options where the script that starts it finds them.
  private static void note(String part, List<String> options) throws IOException {
    Files.writeString(
        target().resolve(part + ".options"),
        options.stream()
            .map(option -> "\"" + option.replace("\\", "\\\\") + "\"")
            .collect(Collectors.joining("\n")));
  }

  private static void trainAgent(Path folder) throws IOException, InterruptedException {
    int port;
    try (ServerSocket free = new ServerSocket(0)) {
      port = free.getLocalPort();
    }
    Process server =
        new ProcessBuilder(
                JavaCommand.server(
                    List.of(
                        "--data-dir=" + folder.resolve("server"),
                        "--bind-address=127.0.0.1",
                        "--port=" + port,
                        "--advertise-address=127.0.0.1")))
            .inheritIO()
            .start();
    try {
      awaitPort(port);
      run(
          JavaCommand.trainAgent(
              TrainAgent.class.getName(), List.of(String.valueOf(port), folder.toString())));
    } finally {
      server.destroy();
      server.waitFor();
    }
  }

  private static void run(List<String> command) throws IOException, InterruptedException {
    Process process = new ProcessBuilder(command).inheritIO().start();
    int code = process.waitFor();
    if (code != 0) {
      throw new UserError("the training run ended with code " + code, "read app/target/build.log");
    }
  }

  private static void awaitPort(int port) throws InterruptedException {
    long deadline = System.nanoTime() + LIMIT.toNanos();
    while (System.nanoTime() < deadline) {
      try (Socket socket = new Socket(InetAddress.getLoopbackAddress(), port)) {
        return;
      } catch (IOException starting) {
        Thread.sleep(50);
      }
    }
  }
}
