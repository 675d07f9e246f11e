package dev.navarch.node.devices;

import dev.navarch.client.Key;
import dev.navarch.node.cri.UnixServer;
import dev.navarch.node.devices.podresources.v1.AllocatableResourcesRequest;
import dev.navarch.node.devices.podresources.v1.AllocatableResourcesResponse;
import dev.navarch.node.devices.podresources.v1.CDIDevice;
import dev.navarch.node.devices.podresources.v1.ClaimResource;
import dev.navarch.node.devices.podresources.v1.ContainerDevices;
import dev.navarch.node.devices.podresources.v1.ContainerResources;
import dev.navarch.node.devices.podresources.v1.DynamicResource;
import dev.navarch.node.devices.podresources.v1.GetPodResourcesRequest;
import dev.navarch.node.devices.podresources.v1.GetPodResourcesResponse;
import dev.navarch.node.devices.podresources.v1.ListPodResourcesRequest;
import dev.navarch.node.devices.podresources.v1.ListPodResourcesResponse;
import dev.navarch.node.devices.podresources.v1.PodResources;
import dev.navarch.node.dra.ClaimDevices;
import dev.navarch.node.topology.Cpus;
import io.fabric8.kubernetes.api.model.Container;
import io.fabric8.kubernetes.api.model.Pod;
import java.io.IOException;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Supplier;
import java.util.stream.Stream;

/// Tells programs of the machine which devices and processors containers have (`v1`
/// PodResourcesLister).
public final class PodResourcesServer implements AutoCloseable {
  private final Supplier<List<Pod>> pods;
  private final Devices devices;
  private final Cpus cpus;
  private final ClaimDevices claims;
  private final UnixServer server;

  private PodResourcesServer(
      Path socket, Supplier<List<Pod>> pods, Devices devices, Cpus cpus, ClaimDevices claims)
      throws IOException {
    this.pods = pods;
    this.devices = devices;
    this.cpus = cpus;
    this.claims = claims;
    this.server =
        new UnixServer.Service("v1.PodResourcesLister")
            .answers(
                "List",
                ListPodResourcesRequest.getDefaultInstance(),
                ListPodResourcesResponse.getDefaultInstance(),
                _ -> list())
            .answers(
                "GetAllocatableResources",
                AllocatableResourcesRequest.getDefaultInstance(),
                AllocatableResourcesResponse.getDefaultInstance(),
                _ -> allocatable())
            .answers(
                "Get",
                GetPodResourcesRequest.getDefaultInstance(),
                GetPodResourcesResponse.getDefaultInstance(),
                this::get)
            .start(socket);
  }

  /// @param socket `pod-resources/kubelet.sock` in the agent's folder
  public static PodResourcesServer start(
      Path socket, Supplier<List<Pod>> pods, Devices devices, Cpus cpus, ClaimDevices claims)
      throws IOException {
    return new PodResourcesServer(socket, pods, devices, cpus, claims);
  }

  private ListPodResourcesResponse list() {
    var all = ListPodResourcesResponse.newBuilder();
    pods.get().forEach(pod -> all.addPodResources(of(pod)));
    return all.build();
  }

  private AllocatableResourcesResponse allocatable() {
    var all = AllocatableResourcesResponse.newBuilder();
    devices
        .healthy()
        .forEach(
            (resource, ids) ->
                all.addDevices(
                    ContainerDevices.newBuilder().setResourceName(resource).addAllDeviceIds(ids)));
    cpus.assignable().numbers().forEach(all::addCpuIds);
    return all.build();
  }

  private GetPodResourcesResponse get(GetPodResourcesRequest asked) {
    return pods.get().stream()
        .filter(pod -> pod.getMetadata().getName().equals(asked.getPodName()))
        .filter(pod -> pod.getMetadata().getNamespace().equals(asked.getPodNamespace()))
        .findFirst()
        .map(pod -> GetPodResourcesResponse.newBuilder().setPodResources(of(pod)).build())
        .orElseThrow(
            () ->
                new IllegalArgumentException(
                    "pod %s in namespace %s not found"
                        .formatted(asked.getPodName(), asked.getPodNamespace())));
  }

  private PodResources of(Pod pod) {
    var meta = pod.getMetadata();
    var told = PodResources.newBuilder().setName(meta.getName()).setNamespace(meta.getNamespace());
    for (Container container : pod.getSpec().getContainers()) {
      var one = ContainerResources.newBuilder().setName(container.getName());
      devices
          .of(meta.getUid(), container.getName())
          .forEach(
              (resource, grant) ->
                  one.addDevices(
                      ContainerDevices.newBuilder()
                          .setResourceName(resource)
                          .addAllDeviceIds(grant.ids())));
      cpus.exclusive(meta.getUid(), container.getName()).numbers().forEach(one::addCpuIds);
      claimed(pod, container).forEach(one::addDynamicResources);
      told.addContainers(one);
    }
    return told.build();
  }

  private Stream<DynamicResource> claimed(Pod pod, Container container) {
    Map<Key, DynamicResource.Builder> byClaim = new LinkedHashMap<>();
    claims
        .held(pod, container)
        .forEach(
            device -> {
              var told =
                  ClaimResource.newBuilder()
                      .setDriverName(device.driver())
                      .setPoolName(device.pool())
                      .setDeviceName(device.device());
              device
                  .cdiDeviceIds()
                  .forEach(id -> told.addCdiDevices(CDIDevice.newBuilder().setName(id)));
              byClaim
                  .computeIfAbsent(
                      device.claim(),
                      key ->
                          DynamicResource.newBuilder()
                              .setClaimNamespace(key.namespace())
                              .setClaimName(key.name()))
                  .addClaimResources(told);
            });
    return byClaim.values().stream().map(DynamicResource.Builder::build);
  }

  @Override
  public void close() {
    server.close();
  }
}
