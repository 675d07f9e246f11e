package dev.navarch.node.plugins;

import static java.util.Objects.requireNonNull;

import dev.navarch.node.plugins.v1.InfoRequest;
import dev.navarch.node.plugins.v1.PluginInfo;
import dev.navarch.node.plugins.v1.RegistrationStatus;
import dev.navarch.node.plugins.v1.RegistrationStatusResponse;
import java.io.IOException;
import java.nio.file.FileSystems;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.StandardWatchEventKinds;
import java.nio.file.WatchKey;
import java.nio.file.WatchService;
import java.nio.file.attribute.BasicFileAttributes;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Finds plugins by their sockets in one folder, asks each what it is, and tells it whether it was
/// taken in. A plugin whose socket is gone, or was made anew, is let go.
public final class PluginSockets implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(PluginSockets.class);
  private static final String SERVICE = "pluginregistration.Registration/";
  private static final Duration PATIENCE = Duration.ofSeconds(10);
  private static final Duration LOOK_ANYWAY = Duration.ofMinutes(1);
  private static final Duration RETRY = Duration.ofSeconds(1);
  private static final int SOCKET = 0140000;

  private final Path folder;
  private final Map<String, PluginKind> kinds;
  private final Map<Path, Found> known = new HashMap<>();
  private final Thread thread;

  /// @param identity tells a socket from another one at the same path
  private record Found(Object identity, String type, String name, Path endpoint) {}

  private PluginSockets(Path folder, Map<String, PluginKind> kinds) {
    this.folder = folder;
    this.kinds = Map.copyOf(kinds);
    this.thread = Thread.ofVirtual().name("plugins").unstarted(this::run);
  }

  /// @param kinds by type, as plugins name theirs
  public static PluginSockets watch(Path folder, Map<String, PluginKind> kinds) throws IOException {
    Files.createDirectories(folder);
    var sockets = new PluginSockets(folder, kinds);
    sockets.thread.start();
    return sockets;
  }

  @Override
  public void close() {
    thread.interrupt();
  }

  private void run() {
    try (WatchService changes = FileSystems.getDefault().newWatchService()) {
      folder.register(
          changes, StandardWatchEventKinds.ENTRY_CREATE, StandardWatchEventKinds.ENTRY_DELETE);
      while (true) {
        Duration pause = look() ? LOOK_ANYWAY : RETRY;
        WatchKey key = changes.poll(pause.toMillis(), TimeUnit.MILLISECONDS);
        if (key != null) {
          key.pollEvents();
          key.reset();
        }
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    } catch (IOException e) {
      LOG.atError().setCause(e).log("plugins cannot be looked for");
    }
  }

  /// Returns whether every plugin is as it should be.
  private boolean look() throws IOException {
    Map<Path, Object> present = new HashMap<>();
    for (Path path : sockets()) {
      present.put(path, identity(path));
    }
    for (Path path : List.copyOf(known.keySet())) {
      Found found = known.get(path);
      if (found != null && !found.identity().equals(present.get(path))) {
        known.remove(path);
        requireNonNull(kinds.get(found.type())).gone(found.name(), found.endpoint());
      }
    }
    boolean complete = true;
    for (var one : present.entrySet()) {
      if (!known.containsKey(one.getKey())) {
        complete &= register(one.getKey(), one.getValue());
      }
    }
    return complete;
  }

  private boolean register(Path path, Object identity) {
    try (PluginSocket socket = PluginSocket.at(path)) {
      PluginInfo info =
          socket.call(
              SERVICE + "GetInfo",
              InfoRequest.getDefaultInstance(),
              PluginInfo.getDefaultInstance(),
              PATIENCE);
      String refusal = takeIn(info, path);
      socket.call(
          SERVICE + "NotifyRegistrationStatus",
          RegistrationStatus.newBuilder()
              .setPluginRegistered(refusal.isEmpty())
              .setError(refusal)
              .build(),
          RegistrationStatusResponse.getDefaultInstance(),
          PATIENCE);
      if (refusal.isEmpty()) {
        known.put(path, new Found(identity, info.getType(), info.getName(), endpoint(info, path)));
      }
      return refusal.isEmpty();
    } catch (PluginException e) {
      LOG.atInfo()
          .addKeyValue("socket", path)
          .addKeyValue("reason", e.getMessage())
          .log("plugin does not answer yet");
      return false;
    }
  }

  /// Returns why not; empty when it was.
  private String takeIn(PluginInfo info, Path path) {
    PluginKind kind = kinds.get(info.getType());
    if (kind == null) {
      return "plugin type %s is unknown, expected one of %s"
          .formatted(info.getType(), kinds.keySet());
    }
    try {
      kind.register(info, endpoint(info, path));
      return "";
    } catch (PluginException | IllegalArgumentException e) {
      LOG.atWarn()
          .addKeyValue("plugin", info.getName())
          .addKeyValue("reason", e.getMessage())
          .log("plugin was not registered");
      return String.valueOf(e.getMessage());
    }
  }

  private static Path endpoint(PluginInfo info, Path path) {
    return info.getEndpoint().isEmpty() ? path : Path.of(info.getEndpoint());
  }

  private List<Path> sockets() throws IOException {
    try (Stream<Path> files = Files.list(folder)) {
      return files.filter(PluginSockets::isSocket).sorted().toList();
    }
  }

  private static boolean isSocket(Path path) {
    try {
      int mode = (int) Files.getAttribute(path, "unix:mode", LinkOption.NOFOLLOW_LINKS);
      return (mode & 0170000) == SOCKET;
    } catch (IOException gone) {
      return false;
    }
  }

  private static Object identity(Path path) throws IOException {
    var attributes =
        Files.readAttributes(path, BasicFileAttributes.class, LinkOption.NOFOLLOW_LINKS);
    return attributes.fileKey() + " " + attributes.lastModifiedTime();
  }
}
