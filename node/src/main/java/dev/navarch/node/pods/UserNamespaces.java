package dev.navarch.node.pods;

import dev.navarch.client.Objects;
import dev.navarch.node.cri.v1.ContainerConfig;
import dev.navarch.node.cri.v1.IDMapping;
import dev.navarch.node.cri.v1.Mount;
import dev.navarch.node.cri.v1.NamespaceMode;
import dev.navarch.node.cri.v1.PodSandboxConfig;
import dev.navarch.node.cri.v1.UserNamespace;
import io.fabric8.kubernetes.api.model.Pod;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.LongStream;
import java.util.stream.Stream;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/// Gives each pod with `hostUsers: false` a range of the machine's user ids for itself, the same
/// one for all its life, also when the agent starts anew: root inside is nobody outside.
final class UserNamespaces {
  private static final String FILE = "userns";
  private static final long LAST = 1L << 31;

  private final Path pods;
  private final long length;
  private final Map<String, Range> ranges = new HashMap<>();

  private record Range(long first, long length) {
    boolean meets(Range other) {
      return first < other.first + other.length && other.first < first + length;
    }
  }

  /// @param pods the folder with a folder for each pod, named by its uid
  /// @param length how many ids a pod gets
  UserNamespaces(Path pods, long length) {
    this.pods = pods;
    this.length = length;
    if (Files.isDirectory(pods)) {
      try (Stream<Path> known = Files.list(pods)) {
        known.forEach(
            pod -> read(pod).ifPresent(at -> ranges.put(pod.getFileName().toString(), at)));
      } catch (IOException e) {
        throw new UncheckedIOException(e);
      }
    }
  }

  static boolean isWanted(Pod pod) {
    return Boolean.FALSE.equals(pod.getSpec().getHostUsers());
  }

  /// Finds the pod a range, if it wants one.
  ///
  /// @param handler the runtime's, by name
  /// @throws StartException if that handler cannot do it
  synchronized void assign(Pod pod, String handler, RuntimeFeatures features) {
    String uid = pod.getMetadata().getUid();
    if (!isWanted(pod) || ranges.containsKey(uid)) {
      return;
    }
    if (!features.handler(handler).userNamespaces()) {
      throw new StartException(
          StartException.CONFIG,
          "RuntimeClass handler \"%s\" does not support user namespaces".formatted(handler));
    }
    Range range =
        LongStream.iterate(length, at -> at + length < LAST, at -> at + length)
            .mapToObj(at -> new Range(at, length))
            .filter(free -> ranges.values().stream().noneMatch(free::meets))
            .findFirst()
            .orElseThrow(
                () -> new StartException(StartException.CONFIG, "no range of user ids is left"));
    write(uid, range);
    ranges.put(uid, range);
  }

  synchronized void release(String podUid) {
    ranges.remove(podUid);
  }

  /// The sandbox as it is for this pod's users.
  PodSandboxConfig apply(Pod pod, PodSandboxConfig config) {
    return namespace(pod)
        .map(
            users -> {
              var result = config.toBuilder();
              result
                  .getLinuxBuilder()
                  .getSecurityContextBuilder()
                  .getNamespaceOptionsBuilder()
                  .setUsernsOptions(users);
              return result.build();
            })
        .orElse(config);
  }

  /// The container, and its mounts, as they are for this pod's users.
  ContainerConfig apply(Pod pod, ContainerConfig config) {
    return namespace(pod)
        .map(
            users -> {
              var result = config.toBuilder();
              result
                  .getLinuxBuilder()
                  .getSecurityContextBuilder()
                  .getNamespaceOptionsBuilder()
                  .setUsernsOptions(users);
              for (Mount.Builder mount : result.getMountsBuilderList()) {
                mount.addAllUidMappings(users.getUidsList()).addAllGidMappings(users.getGidsList());
              }
              return result.build();
            })
        .orElse(config);
  }

  private synchronized Optional<UserNamespace> namespace(Pod pod) {
    Range range = ranges.get(pod.getMetadata().getUid());
    if (range == null) {
      return Optional.empty();
    }
    var mapping =
        IDMapping.newBuilder()
            .setHostId(Math.toIntExact(range.first()))
            .setContainerId(0)
            .setLength(Math.toIntExact(range.length()));
    return Optional.of(
        UserNamespace.newBuilder()
            .setMode(NamespaceMode.POD)
            .addUids(mapping)
            .addGids(mapping)
            .build());
  }

  private static Optional<Range> read(Path pod) {
    Path file = pod.resolve(FILE);
    try {
      if (!Files.exists(file)) {
        return Optional.empty();
      }
      JsonNode ids = Objects.document(Files.readAllBytes(file)).at("/uidMappings/0");
      return Optional.of(new Range(ids.path("hostId").asLong(), ids.path("length").asLong()));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private void write(String uid, Range range) {
    ObjectNode document = Objects.emptyDocument();
    for (String ids : List.of("uidMappings", "gidMappings")) {
      JsonNode mapping =
          Objects.emptyDocument()
              .put("hostId", range.first())
              .put("containerId", 0)
              .put("length", range.length());
      document.putArray(ids).add(mapping);
    }
    try {
      Path folder = Files.createDirectories(pods.resolve(uid));
      Files.write(folder.resolve(FILE), Objects.write(document));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
