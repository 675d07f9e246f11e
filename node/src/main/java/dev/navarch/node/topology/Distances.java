package dev.navarch.node.topology;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;

/// How far memory nodes are from each other, as the firmware tells.
///
/// @param rows a node's distance to each node, by the number of the node
record Distances(Map<Integer, List<Integer>> rows) {

  static Distances read(Path sys) {
    Path folder = sys.resolve("devices/system/node");
    Map<Integer, List<Integer>> rows = new HashMap<>();
    if (!Files.isDirectory(folder)) {
      return new Distances(rows);
    }
    try (Stream<Path> nodes = Files.list(folder)) {
      for (Path node : nodes.toList()) {
        String name = node.getFileName().toString();
        if (name.matches("node[0-9]+")) {
          rows.put(
              Integer.parseInt(name.substring("node".length())),
              Stream.of(Files.readString(node.resolve("distance")).strip().split("\\s+"))
                  .map(Integer::valueOf)
                  .toList());
        }
      }
      return new Distances(rows);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  double average(CpuSet nodes) {
    return nodes.numbers().stream()
        .flatMap(from -> nodes.numbers().stream().map(to -> distance(from, to)))
        .mapToInt(Integer::intValue)
        .average()
        .orElse(0);
  }

  private int distance(int from, int to) {
    List<Integer> row = rows.getOrDefault(from, List.of());
    return to < row.size() ? row.get(to) : 0;
  }
}
