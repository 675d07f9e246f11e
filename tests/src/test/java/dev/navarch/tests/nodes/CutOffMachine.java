package dev.navarch.tests.nodes;

import static org.awaitility.Awaitility.await;

import dev.navarch.node.host.Commands;
import dev.navarch.tests.ServerProcess;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/// One of three machines, each a network namespace on a common switch with an etcd member and an
/// API server in it. It can be killed, cut off from the others and started again.
final class CutOffMachine implements AutoCloseable {
  static final int COUNT = 3;
  private static final String SWITCH = "navha0";
  private static final Duration PATIENCE = Duration.ofSeconds(60);

  private final Path folder;
  private final int number;
  private final List<String> java;
  private @Nullable Process etcd;
  private @Nullable Process server;

  CutOffMachine(Path folder, int number, List<String> java) {
    this.folder = folder;
    this.number = number;
    this.java = java;
  }

  /// The switch, and this machine's own address on it, from which users come.
  static void makeSwitch() {
    removeAll();
    Commands.run("ip", "link", "add", SWITCH, "type", "bridge");
    Commands.run("ip", "addr", "add", "10.213.9.254/24", "dev", SWITCH);
    Commands.run("ip", "link", "set", SWITCH, "up");
    for (int i = 1; i <= COUNT; i++) {
      String name = name(i);
      Commands.run("ip", "netns", "add", name);
      Commands.run("ip", "link", "add", name, "type", "veth", "peer", "name", "up0", "netns", name);
      Commands.run("ip", "link", "set", name, "master", SWITCH, "up");
      Commands.run("ip", "-n", name, "link", "set", "lo", "up");
      Commands.run("ip", "-n", name, "addr", "add", address(i) + "/24", "dev", "up0");
      Commands.run("ip", "-n", name, "link", "set", "up0", "up");
    }
  }

  static void removeAll() {
    IntStream.rangeClosed(1, COUNT).forEach(i -> Commands.succeeds("ip", "netns", "del", name(i)));
    Commands.succeeds("ip", "link", "del", SWITCH);
  }

  private static String name(int number) {
    return "navha-" + number;
  }

  private static String address(int number) {
    return "10.213.9." + number;
  }

  String name() {
    return name(number);
  }

  String url() {
    return "https://%s:6443".formatted(address(number));
  }

  Path data() {
    return folder.resolve(name()).resolve("data");
  }

  private static String each(String form) {
    return String.join(
        ",", IntStream.rangeClosed(1, COUNT).mapToObj(i -> form.formatted(i, address(i))).toList());
  }

  private Process start(String log, List<String> command) throws IOException {
    List<String> inside = new ArrayList<>(List.of("ip", "netns", "exec", name()));
    inside.addAll(command);
    Files.createDirectories(folder.resolve(name()));
    return new ProcessBuilder(inside)
        .redirectErrorStream(true)
        .redirectOutput(
            ProcessBuilder.Redirect.appendTo(folder.resolve(name()).resolve(log).toFile()))
        .start();
  }

  void startEtcd() throws IOException {
    String here = address(number);
    etcd =
        start(
            "etcd.log",
            List.of(
                "etcd",
                "--name=m" + number,
                "--data-dir=" + folder.resolve(name()).resolve("etcd"),
                "--listen-client-urls=http://%s:2379".formatted(here),
                "--advertise-client-urls=http://%s:2379".formatted(here),
                "--listen-peer-urls=http://%s:2380".formatted(here),
                "--initial-advertise-peer-urls=http://%s:2380".formatted(here),
                "--initial-cluster=" + each("m%d=http://%s:2380"),
                "--logger=zap",
                "--log-level=error"));
  }

  void startServer() throws IOException {
    List<String> command =
        new ArrayList<>(ServerProcess.command(java, data(), address(number), 6443));
    command.add("--etcd-servers=" + each("http://%2$s:2379"));
    server = start("server.log", command);
  }

  /// As a power cut.
  void kill() {
    end(server, true);
    end(etcd, true);
  }

  /// As a reboot.
  void stop() {
    end(server, false);
    end(etcd, false);
  }

  private static void end(@Nullable Process process, boolean now) {
    if (process != null) {
      if (now) {
        process.destroyForcibly();
      } else {
        process.destroy();
      }
      await().atMost(PATIENCE).until(() -> !process.isAlive());
    }
  }

  void start() throws IOException {
    startEtcd();
    startServer();
  }

  /// Pulls its cable.
  void cut() {
    Commands.run("ip", "link", "set", name(), "down");
  }

  void mend() {
    Commands.run("ip", "link", "set", name(), "up");
  }

  String log() throws IOException {
    return Files.readString(folder.resolve(name()).resolve("server.log"));
  }

  @Override
  public void close() {
    kill();
  }
}
