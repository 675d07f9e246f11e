package dev.navarch.node.cri;

import com.google.protobuf.ByteString;
import com.google.protobuf.Message;
import dev.navarch.node.cri.v1.*;
import io.grpc.ManagedChannel;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.json.JsonMapper;

/// The runtime behind a Unix socket, by gRPC: one method here for each call of the interface, with
/// the deadline that suits it. One connection, one event-loop thread.
public final class Cri implements ContainerRuntime {
  private static final Duration QUICK = Duration.ofSeconds(10);
  private static final Duration USUAL = Duration.ofMinutes(2);
  private static final Duration SANDBOX = Duration.ofMinutes(4);
  private static final String UID_LABEL = "io.kubernetes.pod.uid";

  private final ManagedChannel channel;
  private final Runnable release;
  private final CriCalls calls;
  private final CriImages images;

  private Cri(UnixChannel connection) {
    this.channel = connection.channel();
    this.release = connection::close;
    this.calls = new CriCalls(channel);
    this.images = new CriImages(calls);
  }

  /// Connects lazily: a runtime that is not there yet answers `Unavailable` until it is.
  public static Cri at(Path socket) {
    return new Cri(UnixChannel.to(socket));
  }

  @Override
  public VersionResponse version() {
    return runtime(
        "Version",
        VersionRequest.newBuilder().setVersion("0.1.0").build(),
        VersionResponse.getDefaultInstance(),
        QUICK);
  }

  @Override
  public StatusResponse status() {
    return runtime(
        "Status", StatusRequest.getDefaultInstance(), StatusResponse.getDefaultInstance(), QUICK);
  }

  @Override
  public void updatePodCidr(String cidr) {
    var network = NetworkConfig.newBuilder().setPodCidr(cidr);
    var config = RuntimeConfig.newBuilder().setNetworkConfig(network);
    runtime(
        "UpdateRuntimeConfig",
        UpdateRuntimeConfigRequest.newBuilder().setRuntimeConfig(config).build(),
        UpdateRuntimeConfigResponse.getDefaultInstance(),
        QUICK);
  }

  @Override
  public String runSandbox(PodSandboxConfig config, String runtimeHandler) {
    var request =
        RunPodSandboxRequest.newBuilder().setConfig(config).setRuntimeHandler(runtimeHandler);
    return runtime(
            "RunPodSandbox", request.build(), RunPodSandboxResponse.getDefaultInstance(), SANDBOX)
        .getPodSandboxId();
  }

  @Override
  public void stopSandbox(String id) {
    CriCalls.unlessGone(
        () ->
            runtime(
                "StopPodSandbox",
                StopPodSandboxRequest.newBuilder().setPodSandboxId(id).build(),
                StopPodSandboxResponse.getDefaultInstance(),
                USUAL));
  }

  @Override
  public void removeSandbox(String id) {
    CriCalls.unlessGone(
        () ->
            runtime(
                "RemovePodSandbox",
                RemovePodSandboxRequest.newBuilder().setPodSandboxId(id).build(),
                RemovePodSandboxResponse.getDefaultInstance(),
                USUAL));
  }

  @Override
  public Optional<PodSandboxStatus> sandboxStatus(String id) {
    return CriCalls.unlessGone(
            () ->
                runtime(
                    "PodSandboxStatus",
                    PodSandboxStatusRequest.newBuilder().setPodSandboxId(id).build(),
                    PodSandboxStatusResponse.getDefaultInstance(),
                    QUICK))
        .map(PodSandboxStatusResponse::getStatus);
  }

  @Override
  public List<PodSandbox> sandboxes(String podUid) {
    var request = ListPodSandboxRequest.newBuilder();
    if (!podUid.isEmpty()) {
      request.getFilterBuilder().putLabelSelector(UID_LABEL, podUid);
    }
    return runtime(
            "ListPodSandbox", request.build(), ListPodSandboxResponse.getDefaultInstance(), QUICK)
        .getItemsList();
  }

  @Override
  public String createContainer(
      String sandboxId, ContainerConfig config, PodSandboxConfig sandbox) {
    var request =
        CreateContainerRequest.newBuilder()
            .setPodSandboxId(sandboxId)
            .setConfig(config)
            .setSandboxConfig(sandbox);
    return runtime(
            "CreateContainer", request.build(), CreateContainerResponse.getDefaultInstance(), USUAL)
        .getContainerId();
  }

  @Override
  public void startContainer(String id) {
    runtime(
        "StartContainer",
        StartContainerRequest.newBuilder().setContainerId(id).build(),
        StartContainerResponse.getDefaultInstance(),
        USUAL);
  }

  @Override
  public void stopContainer(String id, Duration grace) {
    CriCalls.unlessGone(
        () ->
            runtime(
                "StopContainer",
                StopContainerRequest.newBuilder()
                    .setContainerId(id)
                    .setTimeout(grace.toSeconds())
                    .build(),
                StopContainerResponse.getDefaultInstance(),
                grace.plus(USUAL)));
  }

  @Override
  public void removeContainer(String id) {
    CriCalls.unlessGone(
        () ->
            runtime(
                "RemoveContainer",
                RemoveContainerRequest.newBuilder().setContainerId(id).build(),
                RemoveContainerResponse.getDefaultInstance(),
                USUAL));
  }

  @Override
  public void updateResources(String id, LinuxContainerResources resources) {
    runtime(
        "UpdateContainerResources",
        UpdateContainerResourcesRequest.newBuilder().setContainerId(id).setLinux(resources).build(),
        UpdateContainerResourcesResponse.getDefaultInstance(),
        QUICK);
  }

  @Override
  public OptionalLong process(String id) {
    var request = ContainerStatusRequest.newBuilder().setContainerId(id).setVerbose(true).build();
    String info =
        CriCalls.unlessGone(
                () ->
                    runtime(
                        "ContainerStatus",
                        request,
                        ContainerStatusResponse.getDefaultInstance(),
                        QUICK))
            .map(answer -> answer.getInfoOrDefault("info", ""))
            .orElse("");
    long pid = info.isEmpty() ? 0 : JsonMapper.shared().readTree(info).path("pid").asLong(0);
    return pid > 0 ? OptionalLong.of(pid) : OptionalLong.empty();
  }

  @Override
  public List<Container> containers(String podUid) {
    var request = ListContainersRequest.newBuilder();
    if (!podUid.isEmpty()) {
      request.getFilterBuilder().putLabelSelector(UID_LABEL, podUid);
    }
    return runtime(
            "ListContainers", request.build(), ListContainersResponse.getDefaultInstance(), QUICK)
        .getContainersList();
  }

  @Override
  public Optional<ContainerStatus> containerStatus(String id) {
    return CriCalls.unlessGone(
            () ->
                runtime(
                    "ContainerStatus",
                    ContainerStatusRequest.newBuilder().setContainerId(id).build(),
                    ContainerStatusResponse.getDefaultInstance(),
                    QUICK))
        .map(ContainerStatusResponse::getStatus);
  }

  @Override
  public void reopenLog(String id) {
    runtime(
        "ReopenContainerLog",
        ReopenContainerLogRequest.newBuilder().setContainerId(id).build(),
        ReopenContainerLogResponse.getDefaultInstance(),
        QUICK);
  }

  @Override
  public ExecResult execSync(String id, List<String> command, Duration timeout) {
    var request =
        ExecSyncRequest.newBuilder()
            .setContainerId(id)
            .addAllCmd(command)
            .setTimeout(timeout.toSeconds());
    var patience = timeout.isZero() ? Duration.ofHours(1) : timeout.plus(QUICK);
    var answer =
        runtime("ExecSync", request.build(), ExecSyncResponse.getDefaultInstance(), patience);
    return new ExecResult(
        answer.getExitCode(), bytes(answer.getStdout()), bytes(answer.getStderr()));
  }

  @Override
  public String exec(ExecRequest request) {
    return runtime("Exec", request, ExecResponse.getDefaultInstance(), QUICK).getUrl();
  }

  @Override
  public String attach(AttachRequest request) {
    return runtime("Attach", request, AttachResponse.getDefaultInstance(), QUICK).getUrl();
  }

  @Override
  public String portForward(String sandboxId) {
    return runtime(
            "PortForward",
            PortForwardRequest.newBuilder().setPodSandboxId(sandboxId).build(),
            PortForwardResponse.getDefaultInstance(),
            QUICK)
        .getUrl();
  }

  @Override
  public List<ContainerStats> stats() {
    return runtime(
            "ListContainerStats",
            ListContainerStatsRequest.getDefaultInstance(),
            ListContainerStatsResponse.getDefaultInstance(),
            QUICK)
        .getStatsList();
  }

  @Override
  public List<Image> images() {
    return images.all();
  }

  @Override
  public Optional<Image> image(String reference) {
    return images.find(reference);
  }

  @Override
  public String pull(String reference, @Nullable AuthConfig auth, PodSandboxConfig sandbox) {
    return images.pull(reference, auth, sandbox);
  }

  @Override
  public void removeImage(String reference) {
    images.remove(reference);
  }

  @Override
  public List<FilesystemUsage> imageFilesystems() {
    return images.filesystems();
  }

  @Override
  public Activity onActivity(Consumer<String> hint) {
    return EventStream.of(
        channel,
        List.of(CriEvents.source(hint), ContainerdEvents.source(hint)),
        () -> hint.accept(Activity.ANYTHING));
  }

  @Override
  public void close() {
    release.run();
  }

  private <A extends Message> A runtime(String name, Message request, A answer, Duration patience) {
    return calls.ask("runtime.v1.RuntimeService/" + name, request, answer, patience);
  }

  private static byte[] bytes(ByteString string) {
    return string.toByteArray();
  }
}
