package dev.navarch.node.topology;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Stream;

/// How many bytes of `memory` and of huge pages (`hugepages-2Mi`) each memory node has.
public record NumaMemory(Map<Integer, Map<String, Long>> nodes) {

  /// @param sys `/sys`, or a copy of the files below it
  /// @param total bytes of the machine, for one that tells nothing of nodes
  public static NumaMemory read(Path sys, long total) {
    Path folder = sys.resolve("devices/system/node");
    Map<Integer, Map<String, Long>> nodes = new TreeMap<>();
    if (Files.isDirectory(folder)) {
      try (Stream<Path> entries = Files.list(folder)) {
        for (Path entry : entries.toList()) {
          String name = entry.getFileName().toString();
          if (name.matches("node[0-9]+")) {
            nodes.put(Integer.parseInt(name.substring("node".length())), node(entry));
          }
        }
      } catch (IOException e) {
        throw new UncheckedIOException(e);
      }
    }
    if (nodes.isEmpty()) {
      nodes.put(0, Map.of("memory", total));
    }
    return new NumaMemory(nodes);
  }

  private static Map<String, Long> node(Path node) throws IOException {
    Map<String, Long> amounts = new TreeMap<>();
    for (String line : Files.readAllLines(node.resolve("meminfo"))) {
      String[] words = line.strip().split("\\s+");
      if (words.length > 3 && words[2].equals("MemTotal:")) {
        amounts.put("memory", Long.parseLong(words[3]) * 1024);
      }
    }
    Path sizes = node.resolve("hugepages");
    if (Files.isDirectory(sizes)) {
      try (Stream<Path> entries = Files.list(sizes)) {
        for (Path size : entries.toList()) {
          long kilobytes = Long.parseLong(size.getFileName().toString().replaceAll("\\D", ""));
          long count = Long.parseLong(Files.readString(size.resolve("nr_hugepages")).strip());
          String text = kilobytes >= 1 << 20 ? (kilobytes >> 20) + "Gi" : (kilobytes >> 10) + "Mi";
          amounts.put("hugepages-" + text, kilobytes * 1024 * count);
        }
      }
    }
    return amounts;
  }
}
