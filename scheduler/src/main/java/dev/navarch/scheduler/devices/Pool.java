package dev.navarch.scheduler.devices;

import dev.navarch.api.Quantity;
import dev.navarch.client.NodeSelectors;
import dev.navarch.scheduler.NodeView;
import io.fabric8.kubernetes.api.model.NodeSelector;
import io.fabric8.kubernetes.api.model.resource.v1.Device;
import io.fabric8.kubernetes.api.model.resource.v1.ResourceSlice;
import io.fabric8.kubernetes.api.model.resource.v1.ResourceSliceSpec;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/// A driver's pool of devices in its newest generation.
///
/// @param complete whether all its slices are there, and no two devices have one name
/// @param counters what its devices share, by set and name
record Pool(
    String driver,
    String name,
    boolean complete,
    List<Offer> offers,
    Map<String, Map<String, Quantity>> counters) {

  /// A device with the slice that it comes from.
  record Offer(DeviceId id, Device device, ResourceSliceSpec slice) {

    boolean isOn(NodeView node) {
      return Boolean.TRUE.equals(slice.getPerDeviceNodeSelection())
          ? admits(device.getNodeName(), device.getNodeSelector(), device.getAllNodes(), node)
          : admits(slice.getNodeName(), slice.getNodeSelector(), slice.getAllNodes(), node);
    }

    /// The node that the device is fixed to; null when it is reached from several.
    @Nullable String node() {
      boolean own = Boolean.TRUE.equals(slice.getPerDeviceNodeSelection());
      String node = own ? device.getNodeName() : slice.getNodeName();
      return node == null || node.isEmpty() ? null : node;
    }

    @Nullable NodeSelector nodes() {
      return Boolean.TRUE.equals(slice.getPerDeviceNodeSelection())
          ? device.getNodeSelector()
          : slice.getNodeSelector();
    }

    /// Whether it stays with the node that it is given to.
    boolean isOfOneNode() {
      return node() != null || Boolean.TRUE.equals(device.getBindsToNode());
    }

    /// Whether somebody has to make it ready once it is given.
    boolean isToBeMadeReady() {
      return !Lists.of(device.getBindingConditions()).isEmpty();
    }

    boolean isShared() {
      return Boolean.TRUE.equals(device.getAllowMultipleAllocations());
    }
  }

  /// All pools that slices tell of, in the order of their names.
  static List<Pool> of(Iterable<ResourceSlice> slices) {
    record Name(String driver, String pool) {}
    Map<Name, List<ResourceSlice>> byName = new HashMap<>();
    for (ResourceSlice slice : slices) {
      var spec = slice.getSpec();
      byName
          .computeIfAbsent(
              new Name(spec.getDriver(), spec.getPool().getName()), name -> new ArrayList<>())
          .add(slice);
    }
    return byName.entrySet().stream()
        .map(entry -> of(entry.getKey().driver(), entry.getKey().pool(), entry.getValue()))
        .sorted(Comparator.comparing(Pool::driver).thenComparing(Pool::name))
        .toList();
  }

  private static Pool of(String driver, String pool, List<ResourceSlice> all) {
    long newest = all.stream().mapToLong(Pool::generation).max().orElseThrow();
    List<ResourceSlice> slices =
        all.stream()
            .filter(slice -> generation(slice) == newest)
            .sorted(Comparator.comparing(slice -> slice.getMetadata().getName()))
            .toList();
    long expected = slices.getFirst().getSpec().getPool().getResourceSliceCount();
    Set<String> names = new HashSet<>();
    boolean distinct = true;
    List<Offer> offers = new ArrayList<>();
    Map<String, Map<String, Quantity>> counters = new LinkedHashMap<>();
    for (ResourceSlice slice : slices) {
      ResourceSliceSpec spec = slice.getSpec();
      for (Device device : Lists.of(spec.getDevices())) {
        distinct &= names.add(device.getName());
        offers.add(new Offer(new DeviceId(driver, pool, device.getName()), device, spec));
      }
      for (var set : Lists.of(spec.getSharedCounters())) {
        Map<String, Quantity> amounts = new HashMap<>();
        Lists.of(set.getCounters())
            .forEach((name, counter) -> amounts.put(name, Capacity.of(counter.getValue())));
        counters.put(set.getName(), amounts);
      }
    }
    return new Pool(
        driver, pool, distinct && slices.size() == expected, List.copyOf(offers), counters);
  }

  private static long generation(ResourceSlice slice) {
    Long generation = slice.getSpec().getPool().getGeneration();
    return generation == null ? 0 : generation;
  }

  private static boolean admits(
      @Nullable String name,
      @Nullable NodeSelector selector,
      @Nullable Boolean all,
      NodeView node) {
    if (Boolean.TRUE.equals(all)) {
      return true;
    }
    return selector == null
        ? node.name().equals(name)
        : NodeSelectors.admits(selector, node.name(), node.labels());
  }
}
