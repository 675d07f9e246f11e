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
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.LongStream;
import java.util.stream.Stream;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/// Gives each pod with `hostUsers: false` a range of the machine's user ids for itself, the same
/// one for all its life, also when the agent starts anew: root inside is nobody outside.
final class UserNamespaces {
  private static final String FILE = "userns";
  private static final long LENGTH = 65_536;
  private static final long LAST = 1L << 31;

  private final Path pods;
  private final Map<String, Long> ranges = new HashMap<>();

  /// @param pods the folder with a folder for each pod, named by its uid
  UserNamespaces(Path pods) {
    this.pods = pods;
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
    Set<Long> taken = new HashSet<>(ranges.values());
    long first =
        LongStream.iterate(LENGTH, at -> at + LENGTH < LAST, at -> at + LENGTH)
            .filter(at -> !taken.contains(at))
            .findFirst()
            .orElseThrow(
                () -> new StartException(StartException.CONFIG, "no range of user ids is left"));
    write(uid, first);
    ranges.put(uid, first);
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
    Long first = ranges.get(pod.getMetadata().getUid());
    if (first == null) {
      return Optional.empty();
    }
    var mapping =
        IDMapping.newBuilder()
            .setHostId(Math.toIntExact(first))
            .setContainerId(0)
            .setLength(Math.toIntExact(LENGTH));
    return Optional.of(
        UserNamespace.newBuilder()
            .setMode(NamespaceMode.POD)
            .addUids(mapping)
            .addGids(mapping)
            .build());
  }

  private static Optional<Long> read(Path pod) {
    Path file = pod.resolve(FILE);
    try {
      return Files.exists(file)
          ? Optional.of(
              Objects.document(Files.readAllBytes(file)).at("/uidMappings/0/hostId").asLong())
          : Optional.empty();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private void write(String uid, long first) {
    ObjectNode document = Objects.emptyDocument();
    for (String ids : List.of("uidMappings", "gidMappings")) {
      JsonNode mapping =
          Objects.emptyDocument().put("hostId", first).put("containerId", 0).put("length", LENGTH);
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
