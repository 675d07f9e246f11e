package dev.navarch.app.local;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.List;
import java.util.Optional;
import java.util.stream.IntStream;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.json.JsonMapper;

/// What `up` was asked for, kept in the cluster's folder so that `down`, `status` and the next `up`
/// know it.
///
/// @param format the version of this file
/// @param nodes numbers of the nodes beside the master, as `[1, 2]` for node1 and node2
/// @param simulatedNodes nodes without containers
/// @param isolated whether the cluster's network has no way out of the machine
public record ClusterSpec(
    int format,
    String name,
    List<Integer> nodes,
    int simulatedNodes,
    int apiPort,
    String nodeRange,
    String podRange,
    String serviceRange,
    boolean isolated) {
  public static final int FORMAT = 1;
  public static final String MASTER = "master";
  private static final JsonMapper JSON = new JsonMapper();
  private static final String FILE = "cluster.json";

  /// Whether there are real nodes, and so a network of the cluster's own.
  public boolean hasMachines() {
    return !nodes.isEmpty();
  }

  /// The master and all nodes, in order.
  public List<NodePlace> places(Layout layout) {
    if (!hasMachines()) {
      return List.of();
    }
    return IntStream.concat(IntStream.of(0), nodes.stream().mapToInt(Integer::intValue))
        .mapToObj(number -> NodePlace.of(this, number, layout))
        .toList();
  }

  /// The address at which the API server answers.
  public String apiAddress() {
    return hasMachines() ? Cidr.parse(nodeRange).host(10) : "127.0.0.1";
  }

  public String apiUrl() {
    return "https://%s:%d".formatted(apiAddress(), apiPort);
  }

  public ClusterSpec withNodes(List<Integer> numbers) {
    return new ClusterSpec(
        format,
        name,
        List.copyOf(numbers),
        simulatedNodes,
        apiPort,
        nodeRange,
        podRange,
        serviceRange,
        isolated);
  }

  public void save(Path folder) {
    try {
      Files.createDirectories(folder);
      Path fresh = folder.resolve(FILE + ".new");
      Files.write(fresh, JSON.writerWithDefaultPrettyPrinter().writeValueAsBytes(this));
      Files.move(fresh, folder.resolve(FILE), StandardCopyOption.ATOMIC_MOVE);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  public static Optional<ClusterSpec> load(Path folder) {
    Path file = folder.resolve(FILE);
    if (!Files.exists(file)) {
      return Optional.empty();
    }
    try {
      ClusterSpec spec = JSON.readValue(Files.readAllBytes(file), ClusterSpec.class);
      if (spec.format != FORMAT) {
        throw new UserError(
            "%s was written by another version of Navarch: its format is %d, this version reads %d"
                .formatted(file, spec.format, FORMAT),
            "remove the cluster with the version that made it, or move " + folder + " away");
      }
      return Optional.of(spec);
    } catch (IOException | JacksonException e) {
      throw new UserError(
          "%s cannot be read: %s".formatted(file, e.getMessage()),
          "restore the file, or move " + folder + " away and start anew");
    }
  }
}
