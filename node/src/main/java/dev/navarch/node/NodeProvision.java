package dev.navarch.node;

import static java.util.Objects.requireNonNull;

import com.google.protobuf.ByteString;
import dev.navarch.node.cri.ContainerRuntime;
import dev.navarch.node.cri.v1.CDIDevice;
import dev.navarch.node.cri.v1.ContainerConfig;
import dev.navarch.node.cri.v1.Device;
import dev.navarch.node.cri.v1.KeyValue;
import dev.navarch.node.cri.v1.LinuxContainerResources;
import dev.navarch.node.cri.v1.Mount;
import dev.navarch.node.devices.DevicePlugins;
import dev.navarch.node.devices.Devices;
import dev.navarch.node.devices.PodResourcesServer;
import dev.navarch.node.devices.v1beta1.ContainerAllocateResponse;
import dev.navarch.node.dra.ClaimDevices;
import dev.navarch.node.pods.Provision;
import dev.navarch.node.settings.KubeletSettings;
import dev.navarch.node.topology.Assignments;
import dev.navarch.node.topology.CpuSet;
import dev.navarch.node.topology.CpuSharing;
import dev.navarch.node.topology.CpuTopology;
import dev.navarch.node.topology.Cpus;
import dev.navarch.node.topology.Memories;
import dev.navarch.node.topology.NumaMemory;
import io.fabric8.kubernetes.api.model.Container;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.Quantity;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.time.InstantSource;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Supplier;

/// What a real machine gives to containers: processors and memory by the configured policies,
/// devices by the plugins that have registered.
public final class NodeProvision implements Provision, AutoCloseable {
  private final Cpus cpus;
  private final Memories memories;
  private final DevicePlugins plugins;
  private final Devices devices;
  private final Assignments assignments;
  private final AtomicReference<Runnable> changed;

  private NodeProvision(
      Cpus cpus,
      Memories memories,
      DevicePlugins plugins,
      Devices devices,
      Assignments assignments,
      AtomicReference<Runnable> changed) {
    this.cpus = cpus;
    this.memories = memories;
    this.plugins = plugins;
    this.devices = devices;
    this.assignments = assignments;
    this.changed = changed;
  }

  /// @throws IllegalArgumentException when machine, settings and what was written down before do
  ///   not fit together
  public static NodeProvision of(NodeConfig config, InstantSource clock) {
    KubeletSettings settings = config.settings();
    Path sys = Path.of("/sys");
    Path data = config.dataDir();
    long memory = new NodeFacts(Path.of("/"), data).memory();
    CpuTopology topology = CpuTopology.read(sys);
    CpuSet nodes = topology.numaNodes();
    Cpus cpus = new Cpus(settings, topology, data);
    Memories memories = new Memories(settings, NumaMemory.read(sys, memory), data);
    var changed = new AtomicReference<Runnable>(() -> {});
    try {
      Path folder = data.resolve("device-plugins");
      var plugins = DevicePlugins.start(folder, clock, () -> requireNonNull(changed.get()).run());
      Devices devices = new Devices(plugins, nodes, folder);
      Assignments assignments =
          Assignments.of(settings, nodes, sys, List.of(cpus, memories, devices));
      return new NodeProvision(cpus, memories, plugins, devices, assignments, changed);
    } catch (IOException e) {
      throw new UncheckedIOException("device plugins cannot be served", e);
    }
  }

  /// @param hears that there are other devices than before
  void onChange(Runnable hears) {
    changed.set(
        () -> {
          devices.noteRegistered();
          hears.run();
        });
  }

  /// Tells programs of the machine what containers have.
  PodResourcesServer serve(Path socket, Supplier<List<Pod>> pods, ClaimDevices claims)
      throws IOException {
    return PodResourcesServer.start(socket, pods, devices, cpus, claims);
  }

  /// What keeps containers to their processors while others come and go.
  CpuSharing sharing(ContainerRuntime runtime) {
    return new CpuSharing(runtime, cpus);
  }

  @Override
  public void assign(Pod pod) {
    assignments.assign(pod);
  }

  @Override
  public void release(String podUid) {
    assignments.release(podUid);
  }

  @Override
  public void retain(Set<String> podUids) {
    assignments.retain(podUids);
  }

  @Override
  public void beforeStart(Pod pod, Container container) {
    devices.beforeStart(pod.getMetadata().getUid(), container.getName());
  }

  @Override
  public void addTo(Pod pod, Container container, ContainerConfig.Builder config) {
    devices
        .of(pod.getMetadata().getUid(), container.getName())
        .values()
        .forEach(grant -> addTo(grant.needs(), config));
  }

  private static void addTo(ContainerAllocateResponse needs, ContainerConfig.Builder config) {
    needs
        .getEnvsMap()
        .forEach(
            (name, value) ->
                config.addEnvs(
                    KeyValue.newBuilder().setKey(name).setValue(ByteString.copyFromUtf8(value))));
    needs
        .getMountsList()
        .forEach(
            mount ->
                config.addMounts(
                    Mount.newBuilder()
                        .setContainerPath(mount.getContainerPath())
                        .setHostPath(mount.getHostPath())
                        .setReadonly(mount.getReadOnly())));
    needs
        .getDevicesList()
        .forEach(
            device ->
                config.addDevices(
                    Device.newBuilder()
                        .setContainerPath(device.getContainerPath())
                        .setHostPath(device.getHostPath())
                        .setPermissions(device.getPermissions())));
    needs.getAnnotationsMap().forEach(config::putAnnotations);
    needs
        .getCdiDevicesList()
        .forEach(device -> config.addCDIDevices(CDIDevice.newBuilder().setName(device.getName())));
  }

  @Override
  public Map<String, Map<String, String>> health(Pod pod, Container container) {
    Map<String, Map<String, String>> all = new TreeMap<>();
    devices
        .of(pod.getMetadata().getUid(), container.getName())
        .forEach(
            (resource, grant) -> {
              Map<String, String> own = all.computeIfAbsent(resource, key -> new TreeMap<>());
              grant.ids().forEach(id -> own.put(id, devices.health(resource, id)));
            });
    return all;
  }

  @Override
  public void hold(Pod pod, Container container, LinuxContainerResources.Builder resources) {
    String uid = pod.getMetadata().getUid();
    cpus.of(uid, container.getName()).ifPresent(held -> resources.setCpusetCpus(held.toString()));
    resources.setCpusetMems(memories.of(uid, container.getName()).toString());
  }

  @Override
  public Map<String, Quantity> capacity() {
    return quantities(plugins.capacity());
  }

  @Override
  public Map<String, Quantity> allocatable() {
    return quantities(plugins.allocatable());
  }

  private static Map<String, Quantity> quantities(Map<String, Long> counts) {
    Map<String, Quantity> quantities = new TreeMap<>();
    counts.forEach((name, count) -> quantities.put(name, new Quantity(String.valueOf(count))));
    return quantities;
  }

  @Override
  public void close() {
    plugins.close();
  }
}
