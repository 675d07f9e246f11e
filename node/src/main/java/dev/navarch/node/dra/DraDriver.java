package dev.navarch.node.dra;

import dev.navarch.node.dra.v1.Claim;
import dev.navarch.node.dra.v1.Device;
import dev.navarch.node.dra.v1.NodePrepareResourceResponse;
import dev.navarch.node.dra.v1.NodePrepareResourcesRequest;
import dev.navarch.node.dra.v1.NodePrepareResourcesResponse;
import dev.navarch.node.dra.v1.NodeUnprepareResourceResponse;
import dev.navarch.node.dra.v1.NodeUnprepareResourcesRequest;
import dev.navarch.node.dra.v1.NodeUnprepareResourcesResponse;
import dev.navarch.node.plugins.PluginException;
import dev.navarch.node.plugins.PluginSocket;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;

/// One registered driver. Calls block until it has done its work, and fail with {@link
/// DraException}.
final class DraDriver implements AutoCloseable {
  private static final Duration PATIENCE = Duration.ofSeconds(45);
  private static final String PACKAGE = "k8s.io.kubelet.pkg.apis.dra.";

  private final String name;
  private final Path endpoint;
  private final String service;
  private final PluginSocket socket;

  /// @param version the service that it speaks: `v1.DRAPlugin`, `v1beta1.DRAPlugin`
  DraDriver(String name, Path endpoint, String version) {
    this.name = name;
    this.endpoint = endpoint;
    this.service = PACKAGE + version + "/";
    this.socket = PluginSocket.at(endpoint);
  }

  Path endpoint() {
    return endpoint;
  }

  List<Device> prepare(Claim claim) {
    NodePrepareResourcesResponse all =
        call(
            "NodePrepareResources",
            claim,
            () ->
                socket.call(
                    service + "NodePrepareResources",
                    NodePrepareResourcesRequest.newBuilder().addClaims(claim).build(),
                    NodePrepareResourcesResponse.getDefaultInstance(),
                    PATIENCE));
    NodePrepareResourceResponse answer = all.getClaimsMap().get(claim.getUid());
    check("NodePrepareResources", claim, answer == null ? MISSING : answer.getError());
    return java.util.Objects.requireNonNull(answer).getDevicesList();
  }

  void unprepare(Claim claim) {
    NodeUnprepareResourcesResponse all =
        call(
            "NodeUnprepareResources",
            claim,
            () ->
                socket.call(
                    service + "NodeUnprepareResources",
                    NodeUnprepareResourcesRequest.newBuilder().addClaims(claim).build(),
                    NodeUnprepareResourcesResponse.getDefaultInstance(),
                    PATIENCE));
    NodeUnprepareResourceResponse answer = all.getClaimsMap().get(claim.getUid());
    check("NodeUnprepareResources", claim, answer == null ? MISSING : answer.getError());
  }

  private static final String MISSING = "the driver's answer leaves the claim out";

  private interface Call<A> {
    A make();
  }

  private <A> A call(String method, Claim claim, Call<A> call) {
    try {
      return call.make();
    } catch (PluginException e) {
      throw failed(method, claim, String.valueOf(e.getMessage()));
    }
  }

  private void check(String method, Claim claim, String error) {
    if (!error.isEmpty()) {
      throw failed(method, claim, error);
    }
  }

  private DraException failed(String method, Claim claim, String why) {
    return new DraException(
        "%s of DRA driver %s failed for claim %s/%s: %s"
            .formatted(method, name, claim.getNamespace(), claim.getName(), why));
  }

  @Override
  public void close() {
    socket.close();
  }
}
