package dev.navarch.node.dra;

import dev.navarch.node.cri.UnixServer;
import dev.navarch.node.dra.v1.Claim;
import dev.navarch.node.dra.v1.NodePrepareResourceResponse;
import dev.navarch.node.dra.v1.NodePrepareResourcesRequest;
import dev.navarch.node.dra.v1.NodePrepareResourcesResponse;
import dev.navarch.node.dra.v1.NodeUnprepareResourceResponse;
import dev.navarch.node.dra.v1.NodeUnprepareResourcesRequest;
import dev.navarch.node.dra.v1.NodeUnprepareResourcesResponse;
import dev.navarch.node.plugins.v1.InfoRequest;
import dev.navarch.node.plugins.v1.PluginInfo;
import dev.navarch.node.plugins.v1.RegistrationStatus;
import dev.navarch.node.plugins.v1.RegistrationStatusResponse;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.Function;

/// A driver of devices that a test speaks for. It keeps every call that was made to it, as `prepare
/// NAME` and `unprepare NAME`.
public final class FakeDraDriver implements AutoCloseable {
  private final String name;
  private final Path socket;
  private final List<String> calls = new CopyOnWriteArrayList<>();
  private final UnixServer service;
  private final UnixServer registration;
  private volatile String failure = "";

  /// @param root the agent's data folder
  /// @param devices what a claim gets on this node
  public FakeDraDriver(String name, Path root, Function<Claim, NodePrepareResourceResponse> devices)
      throws IOException {
    this.name = name;
    this.socket = root.resolve("plugins").resolve(name).resolve("dra.sock");
    this.service =
        new UnixServer.Service("k8s.io.kubelet.pkg.apis.dra.v1.DRAPlugin")
            .answers(
                "NodePrepareResources",
                NodePrepareResourcesRequest.getDefaultInstance(),
                NodePrepareResourcesResponse.getDefaultInstance(),
                asked -> prepare(asked, devices))
            .answers(
                "NodeUnprepareResources",
                NodeUnprepareResourcesRequest.getDefaultInstance(),
                NodeUnprepareResourcesResponse.getDefaultInstance(),
                this::unprepare)
            .start(socket);
    this.registration =
        new UnixServer.Service("pluginregistration.Registration")
            .answers(
                "GetInfo",
                InfoRequest.getDefaultInstance(),
                PluginInfo.getDefaultInstance(),
                _ -> info())
            .answers(
                "NotifyRegistrationStatus",
                RegistrationStatus.getDefaultInstance(),
                RegistrationStatusResponse.getDefaultInstance(),
                _ -> RegistrationStatusResponse.getDefaultInstance())
            .start(root.resolve("plugins_registry").resolve(name + "-reg.sock"));
  }

  PluginInfo info() {
    return PluginInfo.newBuilder()
        .setType(DraDrivers.TYPE)
        .setName(name)
        .setEndpoint(socket.toString())
        .addSupportedVersions("v1.DRAPlugin")
        .addSupportedVersions("v1beta1.DRAPlugin")
        .build();
  }

  Path socket() {
    return socket;
  }

  public List<String> calls() {
    return calls;
  }

  /// What it answers from now on; empty when all is well.
  void fail(String message) {
    failure = message;
  }

  private NodePrepareResourcesResponse prepare(
      NodePrepareResourcesRequest asked, Function<Claim, NodePrepareResourceResponse> devices) {
    var answer = NodePrepareResourcesResponse.newBuilder();
    for (Claim claim : asked.getClaimsList()) {
      calls.add("prepare " + claim.getName());
      answer.putClaims(
          claim.getUid(),
          failure.isEmpty()
              ? devices.apply(claim)
              : NodePrepareResourceResponse.newBuilder().setError(failure).build());
    }
    return answer.build();
  }

  private NodeUnprepareResourcesResponse unprepare(NodeUnprepareResourcesRequest asked) {
    var answer = NodeUnprepareResourcesResponse.newBuilder();
    for (Claim claim : asked.getClaimsList()) {
      calls.add("unprepare " + claim.getName());
      answer.putClaims(
          claim.getUid(), NodeUnprepareResourceResponse.newBuilder().setError(failure).build());
    }
    return answer.build();
  }

  @Override
  public void close() {
    registration.close();
    service.close();
  }
}
