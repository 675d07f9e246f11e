package dev.navarch.tests.nodes;

import dev.navarch.node.host.Cgroup;
import dev.navarch.node.host.Commands;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.Consumer;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/// What of a machine a cluster could leave behind: links, routes, namespaces, packet filter tables,
/// mounts, control groups, folders and processes, one line each. Only what bears the suite's name,
/// addresses or folders counts: others use the machine too.
record Machine(Set<String> traces) {
  private static final Pattern OURS =
      Pattern.compile(
          "\\b%s\\d?\\b|\\b%s|\\b%s|\\b%s"
              .formatted(
                  RealCluster.NAME,
                  Pattern.quote(RealCluster.NODES),
                  Pattern.quote(RealCluster.PODS),
                  Pattern.quote(RealCluster.SERVICES)));
  private static final Pattern OUR_PROCESS =
      Pattern.compile("(navarch[-/]|--name=)%s\\b".formatted(RealCluster.NAME));

  static Machine now() {
    Set<String> traces = new TreeSet<>();
    look("link", Commands.run("ip", "-br", "link"), traces);
    look("route", Commands.run("ip", "route"), traces);
    look("netns", Commands.run("ip", "netns"), traces);
    look("nft", Commands.run("nft", "list", "ruleset"), traces);
    look("mount", read(Path.of("/proc/self/mountinfo")), traces);
    Stream.of("/sys/fs/cgroup", "/run/netns", "/run/navarch", "/run/containerd", "/var/lib/cni")
        .forEach(folder -> look("folder", tree(Path.of(folder)), traces));
    ProcessHandle.allProcesses()
        .map(process -> commandLine(process.pid()))
        .filter(line -> OUR_PROCESS.matcher(line).find())
        .forEach(line -> traces.add("process: " + line));
    new Cgroup("/navarch/" + RealCluster.NAME)
        .processes()
        .forEach(pid -> traces.add("process in a control group: " + commandLine(pid)));
    return new Machine(traces);
  }

  private static void look(String what, String lines, Set<String> into) {
    lines
        .lines()
        .filter(line -> OURS.matcher(line).find())
        .forEach(line -> into.add(what + ": " + line.strip()));
  }

  private static String tree(Path folder) {
    Set<String> paths = new TreeSet<>();
    collect(folder, paths::add);
    return String.join("\n", paths);
  }

  private static void collect(Path folder, Consumer<String> into) {
    into.accept(folder.toString());
    try (Stream<Path> children = Files.list(folder)) {
      children
          .filter(child -> Files.isDirectory(child) && !Files.isSymbolicLink(child))
          .forEach(child -> collect(child, into));
    } catch (IOException | UncheckedIOException gone) {
      // others may remove theirs while this looks
    }
  }

  private static String commandLine(long pid) {
    return Arrays.stream(read(Path.of("/proc", Long.toString(pid), "cmdline")).split("\0", -1))
        .collect(Collectors.joining(" "));
  }

  private static String read(Path file) {
    try {
      return Files.readString(file);
    } catch (IOException gone) {
      return "";
    }
  }
}
