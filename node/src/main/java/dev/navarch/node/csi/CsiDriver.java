package dev.navarch.node.csi;

import com.google.protobuf.Message;
import dev.navarch.node.csi.v1.*;
import dev.navarch.node.csi.v1.NodeServiceCapability.RPC;
import dev.navarch.node.plugins.PluginSocket;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Set;
import java.util.stream.Collectors;

/// One storage driver of this node and its calls, which block until the driver has done its work.
public final class CsiDriver implements AutoCloseable {
  private static final String NODE = "csi.v1.Node/";
  private static final Duration QUICK = Duration.ofSeconds(15);
  private static final Duration WORK = Duration.ofMinutes(2);

  private final String name;
  private final PluginSocket socket;
  private final Set<RPC.Type> capabilities;
  private final NodeGetInfoResponse info;

  private CsiDriver(
      String name, PluginSocket socket, Set<RPC.Type> capabilities, NodeGetInfoResponse info) {
    this.name = name;
    this.socket = socket;
    this.capabilities = capabilities;
    this.info = info;
  }

  /// Asks the driver what it can, and what it calls this node.
  static CsiDriver connect(String name, Path endpoint) {
    PluginSocket socket = PluginSocket.at(endpoint);
    try {
      NodeGetInfoResponse info =
          socket.call(
              NODE + "NodeGetInfo",
              NodeGetInfoRequest.getDefaultInstance(),
              NodeGetInfoResponse.getDefaultInstance(),
              QUICK);
      Set<RPC.Type> capabilities =
          socket
              .call(
                  NODE + "NodeGetCapabilities",
                  NodeGetCapabilitiesRequest.getDefaultInstance(),
                  NodeGetCapabilitiesResponse.getDefaultInstance(),
                  QUICK)
              .getCapabilitiesList()
              .stream()
              .map(capability -> capability.getRpc().getType())
              .collect(Collectors.toUnmodifiableSet());
      return new CsiDriver(name, socket, capabilities, info);
    } catch (RuntimeException e) {
      socket.close();
      throw e;
    }
  }

  public String name() {
    return name;
  }

  public boolean can(RPC.Type capability) {
    return capabilities.contains(capability);
  }

  NodeGetInfoResponse info() {
    return info;
  }

  public void stage(NodeStageVolumeRequest request) {
    call("NodeStageVolume", request, NodeStageVolumeResponse.getDefaultInstance(), WORK);
  }

  public void unstage(String volume, Path staging) {
    call(
        "NodeUnstageVolume",
        NodeUnstageVolumeRequest.newBuilder()
            .setVolumeId(volume)
            .setStagingTargetPath(staging.toString())
            .build(),
        NodeUnstageVolumeResponse.getDefaultInstance(),
        WORK);
  }

  public void publish(NodePublishVolumeRequest request) {
    call("NodePublishVolume", request, NodePublishVolumeResponse.getDefaultInstance(), WORK);
  }

  public void unpublish(String volume, Path target) {
    call(
        "NodeUnpublishVolume",
        NodeUnpublishVolumeRequest.newBuilder()
            .setVolumeId(volume)
            .setTargetPath(target.toString())
            .build(),
        NodeUnpublishVolumeResponse.getDefaultInstance(),
        WORK);
  }

  public long expand(NodeExpandVolumeRequest request) {
    return call("NodeExpandVolume", request, NodeExpandVolumeResponse.getDefaultInstance(), WORK)
        .getCapacityBytes();
  }

  public NodeGetVolumeStatsResponse stats(String volume, Path path, Path staging) {
    var request =
        NodeGetVolumeStatsRequest.newBuilder().setVolumeId(volume).setVolumePath(path.toString());
    if (can(RPC.Type.STAGE_UNSTAGE_VOLUME)) {
      request.setStagingTargetPath(staging.toString());
    }
    return call(
        "NodeGetVolumeStats",
        request.build(),
        NodeGetVolumeStatsResponse.getDefaultInstance(),
        QUICK);
  }

  private <A extends Message> A call(String method, Message request, A answer, Duration patience) {
    return socket.call(NODE + method, request, answer, patience);
  }

  @Override
  public void close() {
    socket.close();
  }
}
