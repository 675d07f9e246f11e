package dev.navarch.node.csi;

import com.google.protobuf.Message;
import dev.navarch.node.csi.v1.*;
import dev.navarch.node.csi.v1.NodeServiceCapability.RPC;
import dev.navarch.node.plugins.v1.InfoRequest;
import dev.navarch.node.plugins.v1.PluginInfo;
import dev.navarch.node.plugins.v1.RegistrationStatus;
import dev.navarch.node.plugins.v1.RegistrationStatusResponse;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.Consumer;
import java.util.stream.Collectors;

/// A storage driver whose volumes are folders: small enough to read, and complete enough for a node
/// (and for a provisioner that calls it directly). It keeps every request that it was sent.
public final class FolderDriver implements AutoCloseable {
  private static final String NODE = "csi.v1.Node";

  private final String name;
  private final Path store;
  private final Mounter mounter;
  private final List<Message> requests = new CopyOnWriteArrayList<>();
  private final List<RegistrationStatus> registrations = new CopyOnWriteArrayList<>();
  private final SocketServer service;
  private final SocketServer registration;

  /// How a volume's folder appears at a place: by bind mounts where there are rights for it.
  public interface Mounter {
    void show(Path folder, Path target, boolean readOnly);

    void hide(Path target);
  }

  /// @param root the agent's data folder
  /// @param store holds the volumes, a folder each
  /// @param topology what the driver calls this node's place
  public FolderDriver(
      String name,
      Path root,
      Path store,
      Mounter mounter,
      Set<RPC.Type> capabilities,
      Map<String, String> topology) {
    this.name = name;
    this.store = store;
    this.mounter = mounter;
    this.service = new SocketServer(root.resolve("plugins").resolve(name).resolve("csi.sock"));
    serve(capabilities, topology);
    service.start();
    this.registration =
        new SocketServer(root.resolve("plugins_registry").resolve(name + "-reg.sock"));
    registration
        .method(
            "pluginregistration.Registration",
            "GetInfo",
            InfoRequest.getDefaultInstance(),
            PluginInfo.getDefaultInstance(),
            request ->
                PluginInfo.newBuilder()
                    .setType("CSIPlugin")
                    .setName(name)
                    .setEndpoint(service.socket().toString())
                    .addSupportedVersions("1.0.0")
                    .build())
        .method(
            "pluginregistration.Registration",
            "NotifyRegistrationStatus",
            RegistrationStatus.getDefaultInstance(),
            RegistrationStatusResponse.getDefaultInstance(),
            status -> {
              registrations.add(status);
              return RegistrationStatusResponse.getDefaultInstance();
            })
        .start();
  }

  public String name() {
    return name;
  }

  /// What the agent said of its registration.
  public List<RegistrationStatus> registrations() {
    return registrations;
  }

  /// The requests of one type, in their order.
  public <T extends Message> List<T> requests(Class<T> type) {
    return requests.stream().filter(type::isInstance).map(type::cast).toList();
  }

  /// The names of all requests, in their order.
  public List<String> calls() {
    return requests.stream()
        .map(request -> request.getClass().getSimpleName().replaceFirst("Request$", ""))
        .collect(Collectors.toList());
  }

  /// Where the content of a volume is kept.
  public Path folder(String volume) {
    return store.resolve(volume);
  }

  /// Makes a volume, as a provisioner has it made.
  public void create(String volume) {
    try {
      Files.createDirectories(folder(volume));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private void serve(Set<RPC.Type> capabilities, Map<String, String> topology) {
    method(
        "NodeGetInfo",
        NodeGetInfoRequest.getDefaultInstance(),
        NodeGetInfoResponse.newBuilder()
            .setNodeId("node-of-" + name)
            .setMaxVolumesPerNode(7)
            .setAccessibleTopology(Topology.newBuilder().putAllSegments(topology))
            .build(),
        request -> {});
    var answer = NodeGetCapabilitiesResponse.newBuilder();
    capabilities.forEach(
        type ->
            answer
                .addCapabilitiesBuilder()
                .setRpc(NodeServiceCapability.RPC.newBuilder().setType(type)));
    method(
        "NodeGetCapabilities",
        NodeGetCapabilitiesRequest.getDefaultInstance(),
        answer.build(),
        request -> {});
    method(
        "NodeStageVolume",
        NodeStageVolumeRequest.getDefaultInstance(),
        NodeStageVolumeResponse.getDefaultInstance(),
        request -> {});
    method(
        "NodeUnstageVolume",
        NodeUnstageVolumeRequest.getDefaultInstance(),
        NodeUnstageVolumeResponse.getDefaultInstance(),
        request -> {});
    method(
        "NodePublishVolume",
        NodePublishVolumeRequest.getDefaultInstance(),
        NodePublishVolumeResponse.getDefaultInstance(),
        request -> {
          create(request.getVolumeId());
          mounter.show(
              folder(request.getVolumeId()),
              Path.of(request.getTargetPath()),
              request.getReadonly());
        });
    method(
        "NodeUnpublishVolume",
        NodeUnpublishVolumeRequest.getDefaultInstance(),
        NodeUnpublishVolumeResponse.getDefaultInstance(),
        request -> mounter.hide(Path.of(request.getTargetPath())));
    method(
        "NodeExpandVolume",
        NodeExpandVolumeRequest.getDefaultInstance(),
        NodeExpandVolumeResponse.getDefaultInstance(),
        request -> {});
    method(
        "NodeGetVolumeStats",
        NodeGetVolumeStatsRequest.getDefaultInstance(),
        NodeGetVolumeStatsResponse.newBuilder()
            .addUsage(
                VolumeUsage.newBuilder()
                    .setUnit(VolumeUsage.Unit.BYTES)
                    .setTotal(1000)
                    .setUsed(400)
                    .setAvailable(600))
            .addUsage(
                VolumeUsage.newBuilder()
                    .setUnit(VolumeUsage.Unit.INODES)
                    .setTotal(10)
                    .setUsed(4)
                    .setAvailable(6))
            .build(),
        request -> {});
  }

  private <Q extends Message, A extends Message> void method(
      String name, Q request, A answer, Consumer<Q> work) {
    @SuppressWarnings("unchecked")
    A empty = (A) answer.getDefaultInstanceForType();
    service.method(
        NODE,
        name,
        request,
        empty,
        (Q asked) -> {
          requests.add(asked);
          work.accept(asked);
          return answer;
        });
  }

  @Override
  public void close() {
    registration.close();
    service.close();
  }
}
