package dev.navarch.node.cri;

import com.google.protobuf.ByteString;
import com.google.protobuf.Message;
import dev.navarch.node.cri.v1.*;
import io.grpc.CallOptions;
import io.grpc.ManagedChannel;
import io.grpc.MethodDescriptor;
import io.grpc.MethodDescriptor.MethodType;
import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import io.grpc.protobuf.ProtoUtils;
import io.grpc.stub.ClientCalls;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.json.JsonMapper;

/// The runtime behind a Unix socket, by gRPC: one method here for each call of the interface, with
/// the deadline that suits it. One connection, one event-loop thread.
public final class Cri implements ContainerRuntime {
  private static final String RUNTIME = "runtime.v1.RuntimeService/";
  private static final String IMAGES = "runtime.v1.ImageService/";
  private static final Duration QUICK = Duration.ofSeconds(10);
  private static final Duration USUAL = Duration.ofMinutes(2);
  private static final Duration SANDBOX = Duration.ofMinutes(4);
  private static final Duration PULL = Duration.ofMinutes(30);
  private static final String UID_LABEL = "io.kubernetes.pod.uid";

  private final ManagedChannel channel;
  private final Runnable release;

  private Cri(UnixChannel connection) {
    this.channel = connection.channel();
    this.release = connection::close;
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
    unlessGone(
        () ->
            runtime(
                "StopPodSandbox",
                StopPodSandboxRequest.newBuilder().setPodSandboxId(id).build(),
                StopPodSandboxResponse.getDefaultInstance(),
                USUAL));
  }

  @Override
  public void removeSandbox(String id) {
    unlessGone(
        () ->
            runtime(
                "RemovePodSandbox",
                RemovePodSandboxRequest.newBuilder().setPodSandboxId(id).build(),
                RemovePodSandboxResponse.getDefaultInstance(),
                USUAL));
  }

  @Override
  public Optional<PodSandboxStatus> sandboxStatus(String id) {
    return unlessGone(
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
    unlessGone(
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
    unlessGone(
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
        unlessGone(
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
    return unlessGone(
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
    return images(
            "ListImages",
            ListImagesRequest.getDefaultInstance(),
            ListImagesResponse.getDefaultInstance(),
            QUICK)
        .getImagesList();
  }

  @Override
  public Optional<Image> image(String reference) {
    var answer =
        images(
            "ImageStatus",
            ImageStatusRequest.newBuilder().setImage(named(reference)).build(),
            ImageStatusResponse.getDefaultInstance(),
            QUICK);
    return answer.hasImage() ? Optional.of(answer.getImage()) : Optional.empty();
  }

  @Override
  public String pull(String reference, @Nullable AuthConfig auth, PodSandboxConfig sandbox) {
    var request =
        PullImageRequest.newBuilder().setImage(named(reference)).setSandboxConfig(sandbox);
    if (auth != null) {
      request.setAuth(auth);
    }
    return images("PullImage", request.build(), PullImageResponse.getDefaultInstance(), PULL)
        .getImageRef();
  }

  @Override
  public void removeImage(String reference) {
    images(
        "RemoveImage",
        RemoveImageRequest.newBuilder().setImage(named(reference)).build(),
        RemoveImageResponse.getDefaultInstance(),
        USUAL);
  }

  @Override
  public List<FilesystemUsage> imageFilesystems() {
    return images(
            "ImageFsInfo",
            ImageFsInfoRequest.getDefaultInstance(),
            ImageFsInfoResponse.getDefaultInstance(),
            QUICK)
        .getImageFilesystemsList();
  }

  @Override
  public AutoCloseable onActivity(Runnable hint) {
    return ContainerdEvents.listen(channel, hint);
  }

  @Override
  public void close() {
    release.run();
  }

  private <A extends Message> A runtime(String name, Message request, A answer, Duration patience) {
    return call(RUNTIME + name, request, answer, patience);
  }

  private <A extends Message> A images(String name, Message request, A answer, Duration patience) {
    return call(IMAGES + name, request, answer, patience);
  }

  private <A extends Message> A call(String method, Message request, A answer, Duration patience) {
    try {
      return ClientCalls.blockingUnaryCall(
          channel,
          method(method, MethodType.UNARY, request.getDefaultInstanceForType(), answer),
          CallOptions.DEFAULT.withDeadlineAfter(patience.toMillis(), TimeUnit.MILLISECONDS),
          request);
    } catch (StatusRuntimeException refused) {
      throw CriException.of(refused.getStatus());
    }
  }

  static <A extends Message> MethodDescriptor<Message, A> method(
      String name, MethodType type, Message request, A answer) {
    return MethodDescriptor.<Message, A>newBuilder()
        .setType(type)
        .setFullMethodName(name)
        .setRequestMarshaller(ProtoUtils.marshaller(request))
        .setResponseMarshaller(ProtoUtils.marshaller(answer))
        .build();
  }

  private static <T> Optional<T> unlessGone(Supplier<T> call) {
    try {
      return Optional.of(call.get());
    } catch (CriException e) {
      if (e.code() == Status.Code.NOT_FOUND) {
        return Optional.empty();
      }
      throw e;
    }
  }

  private static ImageSpec named(String reference) {
    return ImageSpec.newBuilder().setImage(reference).build();
  }

  private static byte[] bytes(ByteString string) {
    return string.toByteArray();
  }
}
