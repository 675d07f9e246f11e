package dev.navarch.node.devices;

import com.google.protobuf.InvalidProtocolBufferException;
import dev.navarch.api.Json;
import dev.navarch.node.cri.CriException;
import dev.navarch.node.devices.v1beta1.ContainerAllocateResponse;
import dev.navarch.node.devices.v1beta1.Device;
import dev.navarch.node.devices.v1beta1.NUMANode;
import dev.navarch.node.pods.PodRequests;
import dev.navarch.node.topology.CpuSet;
import dev.navarch.node.topology.Hint;
import dev.navarch.node.topology.Provider;
import dev.navarch.node.topology.StateFile;
import io.fabric8.kubernetes.api.model.Container;
import io.fabric8.kubernetes.api.model.Pod;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Base64;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.stream.Stream;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/// Devices of plugins, given to the containers that ask for them, and remembered over restarts. Any
/// thread may ask.
public final class Devices implements Provider {
  private static final String FILE = "kubelet_internal_checkpoint";

  private final DevicePlugins plugins;
  private final CpuSet nodes;
  private final StateFile state;
  private final Map<Owner, Map<String, Grant>> given = new HashMap<>();

  /// A container by its pod.
  public record Owner(String podUid, String container) {}

  /// Devices of one resource, and what the container needs to have them.
  public record Grant(Set<String> ids, ContainerAllocateResponse needs) {}

  /// @param nodes the machine's memory nodes
  /// @param folder where what was given out is written down
  public Devices(DevicePlugins plugins, CpuSet nodes, Path folder) {
    this.plugins = plugins;
    this.nodes = nodes;
    this.state = new StateFile(folder.resolve(FILE));
    state.read().ifPresent(this::restore);
  }

  private void restore(ObjectNode document) {
    Map<String, Integer> before = new TreeMap<>();
    document
        .path("registeredDevices")
        .properties()
        .forEach(each -> before.put(each.getKey(), each.getValue().asInt()));
    plugins.remember(before);
    for (JsonNode entry : document.path("podDeviceEntries")) {
      var owner =
          new Owner(entry.path("podUID").asString(), entry.path("containerName").asString());
      Set<String> ids = new TreeSet<>();
      entry.path("deviceIDs").forEach(id -> ids.add(id.asString()));
      byte[] needs = Base64.getDecoder().decode(entry.path("allocResp").asString(""));
      try {
        given
            .computeIfAbsent(owner, key -> new TreeMap<>())
            .put(
                entry.path("resourceName").asString(),
                new Grant(ids, ContainerAllocateResponse.parseFrom(needs)));
      } catch (InvalidProtocolBufferException e) {
        throw new IllegalStateException(
            "%s is damaged: drain the node and delete the file".formatted(state.file()), e);
      }
    }
  }

  private void save() {
    ObjectNode document = Json.object();
    ObjectNode registered = document.putObject("registeredDevices");
    plugins.capacity().forEach(registered::put);
    var list = document.putArray("podDeviceEntries");
    given.forEach(
        (owner, grants) ->
            grants.forEach(
                (resource, grant) -> {
                  ObjectNode entry =
                      list.addObject()
                          .put("podUID", owner.podUid())
                          .put("containerName", owner.container())
                          .put("resourceName", resource);
                  grant.ids().forEach(entry.putArray("deviceIDs")::add);
                  entry.put(
                      "allocResp", Base64.getEncoder().encodeToString(grant.needs().toByteArray()));
                }));
    state.write(document);
  }

  /// Writes down which devices there are, so that they are not forgotten over a restart.
  public synchronized void noteRegistered() {
    save();
  }

  /// What a container has, by resource.
  public synchronized Map<String, Grant> of(String podUid, String container) {
    return Map.copyOf(given.getOrDefault(new Owner(podUid, container), Map.of()));
  }

  /// Devices that can be had or are, by resource.
  Map<String, Set<String>> healthy() {
    Map<String, Set<String>> healthy = new TreeMap<>();
    for (String resource : plugins.capacity().keySet()) {
      plugins
          .of(resource)
          .ifPresent(
              plugin -> {
                Set<String> ids = new TreeSet<>(plugin.devices().keySet());
                ids.removeIf(id -> !plugin.isHealthy(id));
                healthy.put(resource, ids);
              });
    }
    return healthy;
  }

  /// Whether a device is healthy: `Healthy`, `Unhealthy`, or `Unknown` when its plugin is gone.
  public String health(String resource, String id) {
    Optional<DevicePlugin> plugin = plugins.of(resource);
    if (plugin.isEmpty() || !plugin.get().isAlive()) {
      return "Unknown";
    }
    return plugin.get().isHealthy(id) ? "Healthy" : "Unhealthy";
  }

  /// Tells plugins that want to know that a container is about to start.
  ///
  /// @throws NotAssigned when one of them does not let it
  public void beforeStart(String podUid, String container) {
    of(podUid, container)
        .forEach(
            (resource, grant) -> {
              try {
                plugins.of(resource).ifPresent(plugin -> plugin.beforeStart(grant.ids()));
              } catch (CriException e) {
                throw NotAssigned.unexpected(
                    "device plugin PreStartContainer rpc failed with err: " + e.getMessage());
              }
            });
  }

  @Override
  public synchronized List<List<Hint>> hints(Pod pod, List<Container> containers) {
    List<List<Hint>> all = new ArrayList<>();
    for (String resource : resources(containers)) {
      int count = containers.stream().mapToInt(each -> wanted(each, resource)).sum();
      Optional<DevicePlugin> plugin = plugins.of(resource);
      boolean placed =
          plugin.stream()
              .flatMap(found -> found.devices().values().stream())
              .anyMatch(device -> device.getTopology().getNodesCount() > 0);
      if (placed) {
        all.add(hints(plugin.orElseThrow(), resource, count));
      }
    }
    return all;
  }

  private List<Hint> hints(DevicePlugin plugin, String resource, int count) {
    Set<String> free = free(plugin, resource);
    int fewest = Integer.MAX_VALUE;
    List<CpuSet> fitting = new ArrayList<>();
    for (CpuSet choice : Hint.choices(nodes)) {
      long all = plugin.devices().values().stream().filter(d -> isOn(d, choice)).count();
      long left = free.stream().filter(id -> isOn(plugin.devices().get(id), choice)).count();
      if (all >= count) {
        fewest = Math.min(fewest, choice.size());
      }
      if (left >= count) {
        fitting.add(choice);
      }
    }
    int least = fewest;
    return fitting.stream().map(choice -> new Hint(choice, choice.size() == least)).toList();
  }

  private static boolean isOn(@org.jspecify.annotations.Nullable Device device, CpuSet nodes) {
    return device != null
        && (device.getTopology().getNodesCount() == 0
            || device.getTopology().getNodesList().stream()
                .map(NUMANode::getID)
                .anyMatch(id -> nodes.numbers().contains(id.intValue())));
  }

  private Set<String> free(DevicePlugin plugin, String resource) {
    Set<String> free = new TreeSet<>();
    plugin.devices().keySet().stream().filter(plugin::isHealthy).forEach(free::add);
    given.values().stream()
        .flatMap(grants -> Stream.ofNullable(grants.get(resource)))
        .forEach(grant -> free.removeAll(grant.ids()));
    return free;
  }

  private Set<String> resources(List<Container> containers) {
    Set<String> resources = new TreeSet<>();
    for (Container container : containers) {
      if (container.getResources() != null && container.getResources().getLimits() != null) {
        resources.addAll(container.getResources().getLimits().keySet());
      }
    }
    resources.retainAll(plugins.capacity().keySet());
    return resources;
  }

  private static int wanted(Container container, String resource) {
    return (int) PodRequests.limit(container, resource);
  }

  @Override
  public synchronized void assign(Pod pod, Container container, Optional<Hint> hint) {
    var owner = new Owner(pod.getMetadata().getUid(), container.getName());
    for (String resource : resources(List.of(container))) {
      int count = wanted(container, resource);
      if (count > 0 && !given.getOrDefault(owner, Map.of()).containsKey(resource)) {
        Grant grant = take(pod, resource, count, hint);
        given.computeIfAbsent(owner, key -> new TreeMap<>()).put(resource, grant);
        save();
      }
    }
  }

  private Grant take(Pod pod, String resource, int count, Optional<Hint> hint) {
    DevicePlugin plugin =
        plugins
            .of(resource)
            .orElseThrow(() -> NotAssigned.unexpected("no device plugin for " + resource));
    Set<String> free = free(plugin, resource);
    Set<String> reusable = ofInitContainers(pod, resource);
    reusable.removeIf(id -> !plugin.isHealthy(id));
    free.addAll(reusable);
    if (free.size() < count) {
      throw NotAssigned.unexpected(
          "requested number of devices unavailable for %s. Requested: %d, Available: %d"
              .formatted(resource, count, free.size()));
    }
    Set<String> chosen = choose(plugin, free, reusable, count, hint);
    try {
      return new Grant(chosen, plugin.allocate(chosen));
    } catch (CriException | IllegalStateException e) {
      throw NotAssigned.unexpected("rpc error: " + e.getMessage());
    }
  }

  /// What init containers of the pod had is there again for those after them.
  private Set<String> ofInitContainers(Pod pod, String resource) {
    Set<String> ids = new HashSet<>();
    for (Container init : pod.getSpec().getInitContainers()) {
      if (!"Always".equals(init.getRestartPolicy())) {
        var owner = new Owner(pod.getMetadata().getUid(), init.getName());
        Grant grant = given.getOrDefault(owner, Map.of()).get(resource);
        ids.addAll(grant == null ? Set.of() : grant.ids());
      }
    }
    return ids;
  }

  private static Set<String> choose(
      DevicePlugin plugin, Set<String> free, Set<String> reusable, int count, Optional<Hint> hint) {
    Set<String> must = new TreeSet<>();
    reusable.stream().sorted().limit(count).forEach(must::add);
    List<String> ordered = new ArrayList<>(must);
    List<String> others = new ArrayList<>(new TreeSet<>(free));
    others.removeAll(must);
    hint.ifPresent(
        wanted ->
            others.sort(
                java.util.Comparator.comparing(
                    (String id) -> !isOn(plugin.devices().get(id), wanted.nodes()))));
    long near =
        hint.isEmpty()
            ? others.size()
            : others.stream()
                .filter(id -> isOn(plugin.devices().get(id), hint.get().nodes()))
                .count();
    List<String> offered = near + must.size() >= count ? others.subList(0, (int) near) : others;
    List<String> candidates = new ArrayList<>(must);
    candidates.addAll(offered);
    List<String> preferred = plugin.preferred(candidates, must, count);
    preferred.stream().filter(candidates::contains).forEach(ordered::add);
    ordered.addAll(others);
    Set<String> chosen = new TreeSet<>();
    for (String id : ordered) {
      if (chosen.size() < count) {
        chosen.add(id);
      }
    }
    return chosen;
  }

  @Override
  public synchronized void release(String podUid) {
    if (given.keySet().removeIf(owner -> owner.podUid().equals(podUid))) {
      save();
    }
  }

  @Override
  public synchronized void retain(Set<String> podUids) {
    if (given.keySet().removeIf(owner -> !podUids.contains(owner.podUid()))) {
      save();
    }
  }
}
