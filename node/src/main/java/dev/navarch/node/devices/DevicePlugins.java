package dev.navarch.node.devices;

import dev.navarch.node.cri.UnixServer;
import dev.navarch.node.devices.v1beta1.Empty;
import dev.navarch.node.devices.v1beta1.RegisterRequest;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Where device plugins make themselves known, and those that have. When the agent starts, sockets
/// of plugins from before are removed with its own: by that plugins see that they have to come
/// again.
public final class DevicePlugins implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(DevicePlugins.class);
  private static final String VERSION = "v1beta1";
  private static final String SOCKET = "kubelet.sock";
  private static final Duration REMEMBERED = Duration.ofMinutes(5);
  private static final Pattern RESOURCE =
      Pattern.compile("[a-z0-9]([-a-z0-9.]*[a-z0-9])?/[A-Za-z0-9]([-A-Za-z0-9_.]*[A-Za-z0-9])?");

  private final Path folder;
  private final InstantSource clock;
  private final Runnable changed;
  private final Instant started;
  private final Map<String, DevicePlugin> plugins = new ConcurrentHashMap<>();
  private final Map<String, Instant> lost = new ConcurrentHashMap<>();
  private final Map<String, Long> remembered = new ConcurrentHashMap<>();
  private final UnixServer server;

  private DevicePlugins(Path folder, InstantSource clock, Runnable changed) throws IOException {
    this.folder = folder;
    this.clock = clock;
    this.changed = changed;
    this.started = clock.instant();
    prepare();
    this.server =
        new UnixServer.Service("v1beta1.Registration")
            .answers(
                "Register",
                RegisterRequest.getDefaultInstance(),
                Empty.getDefaultInstance(),
                this::register)
            .start(folder.resolve(SOCKET));
  }

  /// @param folder of the sockets, as plugins know it: `device-plugins` in the agent's folder
  /// @param changed is called when other devices are there, or others are healthy
  public static DevicePlugins start(Path folder, InstantSource clock, Runnable changed)
      throws IOException {
    return new DevicePlugins(folder, clock, changed);
  }

  private void prepare() throws IOException {
    Files.createDirectories(folder);
    try (Stream<Path> entries = Files.list(folder)) {
      for (Path entry : entries.toList()) {
        if (!Files.isRegularFile(entry) && !Files.isDirectory(entry)) {
          Files.delete(entry);
        }
      }
    }
  }

  /// How many devices of each resource there are; one whose plugin is gone is forgotten after a
  /// while.
  public Map<String, Long> capacity() {
    Map<String, Long> capacity = new TreeMap<>();
    if (Duration.between(started, clock.instant()).compareTo(REMEMBERED) < 0) {
      capacity.putAll(remembered);
    }
    plugins.forEach(
        (resource, plugin) -> {
          Instant since = lost.get(resource);
          boolean forgotten =
              since != null
                  && !plugin.isAlive()
                  && Duration.between(since, clock.instant()).compareTo(REMEMBERED) > 0;
          if (!forgotten) {
            capacity.put(resource, (long) plugin.devices().size());
          }
        });
    return capacity;
  }

  /// What plugins had before the agent was started anew: there, and not to be had until they come
  /// again.
  void remember(Map<String, Integer> before) {
    before.forEach((resource, count) -> remembered.put(resource, (long) count));
  }

  /// How many of them are healthy.
  public Map<String, Long> allocatable() {
    Map<String, Long> allocatable = new TreeMap<>();
    capacity()
        .keySet()
        .forEach(
            resource -> {
              DevicePlugin plugin = plugins.get(resource);
              long healthy =
                  plugin == null
                      ? 0
                      : plugin.devices().keySet().stream().filter(plugin::isHealthy).count();
              allocatable.put(resource, healthy);
            });
    return allocatable;
  }

  Optional<DevicePlugin> of(String resource) {
    return Optional.ofNullable(plugins.get(resource));
  }

  private Empty register(RegisterRequest request) {
    Optional<String> complaint = complaint(request);
    if (complaint.isPresent()) {
      LOG.atWarn()
          .addKeyValue("resource", request.getResourceName())
          .addKeyValue("reason", complaint.get())
          .log("device plugin refused");
      throw new IllegalArgumentException(complaint.get());
    }
    take(request);
    return Empty.getDefaultInstance();
  }

  private static Optional<String> complaint(RegisterRequest request) {
    if (!request.getVersion().equals(VERSION)) {
      return Optional.of(
          "requested API version \"%s\" is not supported by kubelet. Supported version is [\"%s\"]"
              .formatted(request.getVersion(), VERSION));
    }
    String resource = request.getResourceName();
    if (!RESOURCE.matcher(resource).matches()
        || List.of("kubernetes.io/", "requests.").stream().anyMatch(resource::startsWith)) {
      return Optional.of(
          "the ResourceName \"%s\" is invalid, expected a domain and a name as example.com/gpu"
              .formatted(resource));
    }
    return request.getEndpoint().isEmpty() || request.getEndpoint().contains("/")
        ? Optional.of(
            "endpoint \"%s\" is invalid, expected the name of a socket beside the agent's"
                .formatted(request.getEndpoint()))
        : Optional.empty();
  }

  private void take(RegisterRequest request) {
    String resource = request.getResourceName();
    var plugin =
        new DevicePlugin(
            resource,
            request.getOptions(),
            folder.resolve(request.getEndpoint()),
            () -> noteChange(resource));
    DevicePlugin before = plugins.put(resource, plugin);
    if (before != null) {
      before.close();
    }
    plugin.listen();
    LOG.atInfo().addKeyValue("resource", resource).log("device plugin registered");
  }

  private void noteChange(String resource) {
    DevicePlugin plugin = plugins.get(resource);
    if (plugin != null && plugin.isAlive()) {
      lost.remove(resource);
    } else {
      lost.putIfAbsent(resource, clock.instant());
    }
    changed.run();
  }

  @Override
  public void close() {
    server.close();
    plugins.values().forEach(DevicePlugin::close);
  }
}
