package dev.navarch.node.devices;

import dev.navarch.node.cri.CriCalls;
import dev.navarch.node.cri.UnixChannel;
import dev.navarch.node.cri.UnixServer;
import dev.navarch.node.devices.v1beta1.AllocateRequest;
import dev.navarch.node.devices.v1beta1.AllocateResponse;
import dev.navarch.node.devices.v1beta1.CDIDevice;
import dev.navarch.node.devices.v1beta1.ContainerAllocateResponse;
import dev.navarch.node.devices.v1beta1.ContainerPreferredAllocationResponse;
import dev.navarch.node.devices.v1beta1.Device;
import dev.navarch.node.devices.v1beta1.DeviceMount;
import dev.navarch.node.devices.v1beta1.DevicePluginOptions;
import dev.navarch.node.devices.v1beta1.DeviceSpec;
import dev.navarch.node.devices.v1beta1.Empty;
import dev.navarch.node.devices.v1beta1.ListAndWatchResponse;
import dev.navarch.node.devices.v1beta1.NUMANode;
import dev.navarch.node.devices.v1beta1.PreStartContainerRequest;
import dev.navarch.node.devices.v1beta1.PreStartContainerResponse;
import dev.navarch.node.devices.v1beta1.PreferredAllocationRequest;
import dev.navarch.node.devices.v1beta1.PreferredAllocationResponse;
import dev.navarch.node.devices.v1beta1.RegisterRequest;
import dev.navarch.node.devices.v1beta1.TopologyInfo;
import io.grpc.stub.StreamObserver;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.CopyOnWriteArrayList;

/// A small device plugin that speaks over real sockets. Its devices are `/dev/null` under other
/// names; the container sees in its environment which it has.
public final class FakeDevicePlugin implements AutoCloseable {
  public final List<String> started = new CopyOnWriteArrayList<>();
  private final Path folder;
  private final String resource;
  private final Map<String, Integer> nodes = new TreeMap<>();
  private final Map<String, String> health = new TreeMap<>();
  private final List<StreamObserver<ListAndWatchResponse>> watchers = new CopyOnWriteArrayList<>();
  private final UnixServer server;

  /// @param folder of the agent's socket
  public FakeDevicePlugin(Path folder, String resource) throws IOException {
    this.folder = folder;
    this.resource = resource;
    this.server =
        new UnixServer.Service("v1beta1.DevicePlugin")
            .streams(
                "ListAndWatch",
                Empty.getDefaultInstance(),
                ListAndWatchResponse.getDefaultInstance(),
                (asked, answer) -> {
                  watchers.add(answer);
                  answer.onNext(list());
                })
            .answers(
                "GetPreferredAllocation",
                PreferredAllocationRequest.getDefaultInstance(),
                PreferredAllocationResponse.getDefaultInstance(),
                FakeDevicePlugin::prefer)
            .answers(
                "Allocate",
                AllocateRequest.getDefaultInstance(),
                AllocateResponse.getDefaultInstance(),
                this::allocate)
            .answers(
                "PreStartContainer",
                PreStartContainerRequest.getDefaultInstance(),
                PreStartContainerResponse.getDefaultInstance(),
                request -> {
                  started.addAll(request.getDevicesIdsList());
                  return PreStartContainerResponse.getDefaultInstance();
                })
            .start(folder.resolve(socket()));
  }

  private String socket() {
    return resource.replace('/', '-') + ".sock";
  }

  public FakeDevicePlugin device(String id, int node) {
    nodes.put(id, node);
    health.put(id, "Healthy");
    return this;
  }

  public void health(String id, String told) {
    health.put(id, told);
    watchers.forEach(watcher -> watcher.onNext(list()));
  }

  public void register() {
    try (UnixChannel agent = UnixChannel.to(folder.resolve("kubelet.sock"))) {
      new CriCalls(agent.channel())
          .ask(
              "v1beta1.Registration/Register",
              RegisterRequest.newBuilder()
                  .setVersion("v1beta1")
                  .setEndpoint(socket())
                  .setResourceName(resource)
                  .setOptions(
                      DevicePluginOptions.newBuilder()
                          .setPreStartRequired(true)
                          .setGetPreferredAllocationAvailable(true))
                  .build(),
              Empty.getDefaultInstance(),
              Duration.ofSeconds(10));
    }
  }

  private ListAndWatchResponse list() {
    var list = ListAndWatchResponse.newBuilder();
    health.forEach(
        (id, told) ->
            list.addDevices(
                Device.newBuilder()
                    .setID(id)
                    .setHealth(told)
                    .setTopology(
                        TopologyInfo.newBuilder()
                            .addNodes(NUMANode.newBuilder().setID(nodes.getOrDefault(id, 0))))));
    return list.build();
  }

  /// It likes its last devices best.
  private static PreferredAllocationResponse prefer(PreferredAllocationRequest request) {
    var wish = request.getContainerRequests(0);
    List<String> free = wish.getAvailableDeviceIDsList();
    return PreferredAllocationResponse.newBuilder()
        .addContainerResponses(
            ContainerPreferredAllocationResponse.newBuilder()
                .addAllDeviceIDs(free.subList(free.size() - wish.getAllocationSize(), free.size())))
        .build();
  }

  private AllocateResponse allocate(AllocateRequest request) {
    List<String> ids = request.getContainerRequests(0).getDevicesIdsList();
    var needs =
        ContainerAllocateResponse.newBuilder()
            .putEnvs("DEVICES", String.join(",", ids))
            .putAnnotations("devices", String.join(",", ids))
            .addMounts(
                DeviceMount.newBuilder()
                    .setContainerPath("/plugin")
                    .setHostPath(folder.toString())
                    .setReadOnly(true));
    for (String id : ids) {
      needs.addDevices(
          DeviceSpec.newBuilder()
              .setContainerPath("/dev/" + id)
              .setHostPath("/dev/null")
              .setPermissions("rw"));
      if (id.startsWith("cdi")) {
        needs.addCdiDevices(CDIDevice.newBuilder().setName("example.com/device=" + id));
      }
    }
    return AllocateResponse.newBuilder().addContainerResponses(needs).build();
  }

  @Override
  public void close() {
    server.close();
  }
}
