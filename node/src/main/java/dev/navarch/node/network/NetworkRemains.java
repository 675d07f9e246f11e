package dev.navarch.node.network;

import dev.navarch.node.host.Commands;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Stream;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// What a runtime that was killed leaves of pods' networks that it was just making or taking away:
/// namespaces that nobody is in, addresses that nobody has. When it starts again it does not know
/// of them. Look before it starts: whatever is there then, it is not just making.
///
/// @param namespaces by path, those that were there
/// @param addresses the sandbox that each was given to, by the file that reserves it
public record NetworkRemains(Set<Path> namespaces, Map<Path, String> addresses) {
  private static final Logger LOG = LoggerFactory.getLogger(NetworkRemains.class);
  private static final String PREFIX = "cni-";

  /// @param namespaces the folder of network namespaces, of this runtime alone
  /// @param plugins what network plugins keep: `/var/lib/cni`
  public static NetworkRemains look(Path namespaces, Path plugins) {
    Set<Path> found = new HashSet<>();
    list(namespaces).stream()
        .filter(path -> path.getFileName().toString().startsWith(PREFIX))
        .forEach(found::add);
    Map<Path, String> addresses = new HashMap<>();
    for (Path address : list(plugins.resolve("networks").resolve(Kubenet.NAME))) {
      if (address.getFileName().toString().matches("[0-9.]+|[0-9a-f:]+")) {
        firstLine(address).ifPresent(sandbox -> addresses.put(address, sandbox));
      }
    }
    return new NetworkRemains(found, addresses);
  }

  /// Takes away what was there and is of no use now.
  ///
  /// @param sandboxes the ids of all that the runtime knows
  /// @param processes `/proc`
  public void remove(Set<String> sandboxes, Path processes) {
    Set<Long> used = new HashSet<>();
    for (Path process : list(processes)) {
      if (process.getFileName().toString().matches("[0-9]+")) {
        inode(process.resolve("ns/net")).ifPresent(used::add);
      }
    }
    for (Path namespace : namespaces) {
      if (inode(namespace).filter(number -> !used.contains(number)).isPresent()) {
        LOG.atInfo().addKeyValue("namespace", namespace).log("unused network namespace is removed");
        Commands.succeeds("ip", "netns", "delete", namespace.getFileName().toString());
      }
    }
    addresses.forEach(
        (address, sandbox) -> {
          if (!sandboxes.contains(sandbox)) {
            LOG.atInfo().addKeyValue("address", address.getFileName()).log("address is free again");
            delete(address);
          }
        });
  }

  private static Optional<Long> inode(Path path) {
    try {
      return Optional.of((Long) Files.getAttribute(path, "unix:ino"));
    } catch (IOException gone) {
      return Optional.empty();
    }
  }

  private static Optional<String> firstLine(Path file) {
    try {
      return Files.readAllLines(file).stream().findFirst().map(String::strip);
    } catch (IOException gone) {
      return Optional.empty();
    }
  }

  private static List<Path> list(Path folder) {
    if (!Files.isDirectory(folder)) {
      return List.of();
    }
    try (Stream<Path> children = Files.list(folder)) {
      return children.toList();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static void delete(Path file) {
    try {
      Files.deleteIfExists(file);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
