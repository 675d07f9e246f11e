package dev.navarch.node.shutdown;

import dev.navarch.node.host.Commands;
import java.io.BufferedReader;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/// systemd's logind, asked by systemd's own programs: they speak its D-Bus as it is on this
/// machine. The lock is held by a process that ends with the agent, however that ends.
public final class Logind implements Inhibitor {
  private static final String NAME = "org.freedesktop.login1";
  private static final String OBJECT = "/org/freedesktop/login1";
  private static final String MANAGER = "org.freedesktop.login1.Manager";
  private static final Path LIMITS = Path.of("/etc/systemd/logind.conf.d");

  private final Path programs;
  private final Path limits;
  private @Nullable Process lock;

  /// @param programs the folder that systemd's programs are in
  /// @param limits the folder of logind's own settings
  Logind(Path programs, Path limits) {
    this.programs = programs;
    this.limits = limits;
  }

  public static Logind ofMachine() {
    return new Logind(Path.of("/usr/bin"), LIMITS);
  }

  @Override
  public synchronized void hold(Duration atLeast) throws IOException {
    if (lock != null && lock.isAlive()) {
      return;
    }
    if (longest().compareTo(atLeast) < 0) {
      allow(atLeast);
    }
    Process holder =
        new ProcessBuilder(
                program("systemd-inhibit"),
                "--what=shutdown",
                "--mode=delay",
                "--who=kubelet",
                "--why=Kubelet needs time to handle node shutdown",
                "sh",
                "-c",
                "echo held; cat")
            .redirectErrorStream(true)
            .start();
    String said = holder.inputReader().readLine();
    if (!"held".equals(said)) {
      holder.destroy();
      throw new IOException("systemd-inhibit took no lock: " + (said == null ? "" : said));
    }
    lock = holder;
  }

  @Override
  public synchronized void release() {
    if (lock != null) {
      try {
        lock.getOutputStream().close();
      } catch (IOException e) {
        lock.destroy();
      }
      lock = null;
    }
  }

  @Override
  public void listen(Consumer<Boolean> listener) throws IOException, InterruptedException {
    Process monitor =
        new ProcessBuilder(
                program("busctl"),
                "--system",
                "--json=short",
                "--match=type='signal',path='%s',interface='%s',member='PrepareForShutdown'"
                    .formatted(OBJECT, MANAGER),
                "monitor")
            .redirectError(ProcessBuilder.Redirect.DISCARD)
            .start();
    Thread reader =
        Thread.ofVirtual()
            .name("logind")
            .start(
                () -> {
                  try {
                    read(monitor.inputReader(), listener);
                  } catch (IOException e) {
                    // the monitor has ended, which whoever waits for it is told
                  }
                });
    try {
      int exit = monitor.waitFor();
      reader.join();
      throw new IOException("busctl ended with %d and hears no more of shutdowns".formatted(exit));
    } finally {
      monitor.destroy();
    }
  }

  /// The signal has one argument: whether a shutdown begins.
  private static void read(BufferedReader lines, Consumer<Boolean> listener) throws IOException {
    for (String line = lines.readLine(); line != null; line = lines.readLine()) {
      if (line.contains("PrepareForShutdown")) {
        listener.accept(line.contains("\"data\":[true]"));
      }
    }
  }

  /// How long logind waits for anybody at most.
  private Duration longest() throws IOException {
    String said = ask("busctl", "get-property", NAME, OBJECT, MANAGER, "InhibitDelayMaxUSec");
    String[] words = said.strip().split(" ");
    try {
      return Duration.ofNanos(Math.multiplyExact(Long.parseLong(words[words.length - 1]), 1000L));
    } catch (NumberFormatException e) {
      throw new IOException("logind's InhibitDelayMaxUSec: found %s".formatted(said), e);
    }
  }

  private void allow(Duration wanted) throws IOException {
    Files.createDirectories(limits);
    Files.writeString(
        limits.resolve("99-kubelet.conf"),
        "# Written by the node agent for its shutdownGracePeriod\n[Login]\nInhibitDelayMaxSec=%d\n"
            .formatted(wanted.toSeconds()));
    ask("systemctl", "kill", "--signal=HUP", "systemd-logind.service");
    Duration now = longest();
    if (now.compareTo(wanted) < 0) {
      throw new IOException(
          "logind waits %d s at most (InhibitDelayMaxSec), shutdownGracePeriod asks for %d s"
              .formatted(now.toSeconds(), wanted.toSeconds()));
    }
  }

  private String ask(String program, String... arguments) throws IOException {
    String[] argv = new String[arguments.length + 1];
    argv[0] = program(program);
    System.arraycopy(arguments, 0, argv, 1, arguments.length);
    Commands.Outcome outcome = Commands.outcome("", argv);
    if (outcome.exit() != 0) {
      throw new IOException("%s: %s".formatted(program, outcome.errors()));
    }
    return outcome.output();
  }

  private String program(String name) {
    return programs.resolve(name).toString();
  }
}
