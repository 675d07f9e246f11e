package dev.navarch.node.pods;

import dev.navarch.node.cri.ContainerRuntime;
import dev.navarch.node.cri.CriException;
import dev.navarch.node.cri.v1.AttachRequest;
import dev.navarch.node.cri.v1.AuthConfig;
import dev.navarch.node.cri.v1.Container;
import dev.navarch.node.cri.v1.ContainerConfig;
import dev.navarch.node.cri.v1.ContainerState;
import dev.navarch.node.cri.v1.ContainerStats;
import dev.navarch.node.cri.v1.ContainerStatus;
import dev.navarch.node.cri.v1.ExecRequest;
import dev.navarch.node.cri.v1.FilesystemUsage;
import dev.navarch.node.cri.v1.Image;
import dev.navarch.node.cri.v1.LinuxContainerResources;
import dev.navarch.node.cri.v1.Mount;
import dev.navarch.node.cri.v1.PodSandbox;
import dev.navarch.node.cri.v1.PodSandboxConfig;
import dev.navarch.node.cri.v1.PodSandboxState;
import dev.navarch.node.cri.v1.PodSandboxStatus;
import dev.navarch.node.cri.v1.StatusResponse;
import dev.navarch.node.cri.v1.VersionResponse;
import io.grpc.Status;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/// A container runtime in memory: containers run until a test ends them. It tells in `calls` what
/// was asked of it.
public final class FakeRuntime implements ContainerRuntime {
  final List<String> calls = new ArrayList<>();
  public final Set<String> images = ConcurrentHashMap.newKeySet();
  private final Map<String, PodSandboxStatus> sandboxes = new LinkedHashMap<>();
  private final Map<String, Entry> containers = new LinkedHashMap<>();
  final Map<String, ExecResult> commands = new ConcurrentHashMap<>();
  final Map<String, CriException> broken = new ConcurrentHashMap<>();
  volatile boolean slowToStop;
  volatile String name = "fake";

  /// Whether it promises to tell of every end.
  volatile boolean tells = true;

  /// What it tells of the use of containers.
  public volatile List<ContainerStats> stats = List.of();

  /// How often all containers were asked for.
  final AtomicInteger lists = new AtomicInteger();

  private volatile Consumer<String> hint = id -> {};
  private long time = 1_000_000_000L;
  private int ids;

  private record Entry(String sandbox, ContainerStatus status) {}

  /// Ends the newest container of a name.
  void exit(String name, int code) {
    exitSilently(name, code);
    tell(name);
  }

  /// Tells nobody.
  synchronized void exitSilently(String name, int code) {
    end(newest(name), code);
  }

  /// Tells that something has happened to a container.
  synchronized void tell(String name) {
    hint.accept(newest(name));
  }

  private String newest(String name) {
    return containers.entrySet().stream()
        .filter(entry -> entry.getValue().status().getMetadata().getName().equals(name))
        .reduce((first, second) -> second)
        .orElseThrow()
        .getKey();
  }

  synchronized List<String> calls() {
    return List.copyOf(calls);
  }

  @Override
  public VersionResponse version() {
    return VersionResponse.newBuilder().setRuntimeName(name).setRuntimeVersion("1.0").build();
  }

  @Override
  public StatusResponse status() {
    return StatusResponse.getDefaultInstance();
  }

  @Override
  public void updatePodCidr(String cidr) {}

  @Override
  public synchronized String runSandbox(PodSandboxConfig config, String runtimeHandler) {
    String id = "sandbox-" + ++ids;
    String by = runtimeHandler.isEmpty() ? "" : " by " + runtimeHandler;
    calls.add("run " + config.getMetadata().getName() + by);
    CriException refusal = broken.get("run " + config.getMetadata().getName());
    if (refusal != null) {
      throw refusal;
    }
    sandboxes.put(
        id,
        PodSandboxStatus.newBuilder()
            .setId(id)
            .setMetadata(config.getMetadata())
            .setState(PodSandboxState.SANDBOX_READY)
            .setCreatedAt(time++)
            .setNetwork(
                dev.navarch.node.cri.v1.PodSandboxNetworkStatus.newBuilder().setIp("10.1.0." + ids))
            .putAllLabels(config.getLabelsMap())
            .build());
    return id;
  }

  @Override
  public synchronized void stopSandbox(String id) {
    calls.add("stop sandbox");
    sandboxes.computeIfPresent(
        id,
        (key, sandbox) -> sandbox.toBuilder().setState(PodSandboxState.SANDBOX_NOTREADY).build());
  }

  @Override
  public synchronized void removeSandbox(String id) {
    sandboxes.remove(id);
  }

  @Override
  public synchronized Optional<PodSandboxStatus> sandboxStatus(String id) {
    return Optional.ofNullable(sandboxes.get(id));
  }

  @Override
  public synchronized List<PodSandbox> sandboxes(String podUid) {
    return sandboxes.values().stream()
        .filter(sandbox -> podUid.isEmpty() || podUid.equals(sandbox.getMetadata().getUid()))
        .map(
            sandbox ->
                PodSandbox.newBuilder()
                    .setId(sandbox.getId())
                    .setState(sandbox.getState())
                    .putAllLabels(sandbox.getLabelsMap())
                    .build())
        .toList();
  }

  @Override
  public synchronized String createContainer(
      String sandboxId, ContainerConfig config, PodSandboxConfig sandbox) {
    String id = "container-" + ++ids;
    calls.add("create " + config.getMetadata().getName());
    config.getMountsList().stream()
        .filter(Mount::hasImage)
        .forEach(
            mount ->
                calls.add(
                    "mount image %s %s at %s%s"
                        .formatted(
                            mount.getImage().getImage(),
                            mount.getImageSubPath(),
                            mount.getContainerPath(),
                            mount.getReadonly() ? " read-only" : "")));
    containers.put(
        id,
        new Entry(
            sandboxId,
            ContainerStatus.newBuilder()
                .setId(id)
                .setMetadata(config.getMetadata())
                .setImage(config.getImage())
                .setState(ContainerState.CONTAINER_CREATED)
                .setCreatedAt(time++)
                .putAllLabels(config.getLabelsMap())
                .putAllAnnotations(config.getAnnotationsMap())
                .build()));
    return id;
  }

  @Override
  public synchronized void startContainer(String id) {
    change(
        id,
        entry(id).status().toBuilder()
            .setState(ContainerState.CONTAINER_RUNNING)
            .setStartedAt(nanos())
            .build());
  }

  @Override
  public synchronized void stopContainer(String id, Duration grace) {
    calls.add("stop " + entry(id).status().getMetadata().getName());
    if (!slowToStop) {
      end(id, 137);
    }
  }

  @Override
  public synchronized void removeContainer(String id) {
    containers.remove(id);
  }

  @Override
  public synchronized void updateResources(String id, LinuxContainerResources resources) {
    calls.add(
        "update %s cpu %d memory %d"
            .formatted(
                entry(id).status().getMetadata().getName(),
                resources.getCpuQuota(),
                resources.getMemoryLimitInBytes()));
  }

  @Override
  public OptionalLong process(String id) {
    return OptionalLong.empty();
  }

  @Override
  public synchronized List<Container> containers(String podUid) {
    if (podUid.isEmpty()) {
      lists.incrementAndGet();
    }
    return containers.values().stream()
        .filter(
            entry ->
                podUid.isEmpty()
                    || podUid.equals(entry.status().getLabelsOrDefault(CriNames.POD_UID, "")))
        .map(
            entry ->
                Container.newBuilder()
                    .setId(entry.status().getId())
                    .setPodSandboxId(entry.sandbox())
                    .setMetadata(entry.status().getMetadata())
                    .setImageRef(entry.status().getImage().getImage())
                    .setState(entry.status().getState())
                    .setCreatedAt(entry.status().getCreatedAt())
                    .putAllLabels(entry.status().getLabelsMap())
                    .build())
        .toList();
  }

  @Override
  public synchronized Optional<ContainerStatus> containerStatus(String id) {
    return Optional.ofNullable(containers.get(id)).map(Entry::status);
  }

  @Override
  public void reopenLog(String id) {
    calls.add("reopen " + id);
  }

  @Override
  public ExecResult execSync(String id, List<String> command, Duration timeout) {
    String name = String.join(" ", command);
    synchronized (this) {
      calls.add("exec " + name);
    }
    CriException refusal = broken.get(name);
    if (refusal != null) {
      throw refusal;
    }
    return commands.getOrDefault(name, new ExecResult(0, new byte[0], new byte[0]));
  }

  @Override
  public String exec(ExecRequest request) {
    throw new UnsupportedOperationException();
  }

  @Override
  public String attach(AttachRequest request) {
    throw new UnsupportedOperationException();
  }

  @Override
  public String portForward(String sandboxId) {
    throw new UnsupportedOperationException();
  }

  @Override
  public List<ContainerStats> stats() {
    return stats;
  }

  @Override
  public List<Image> images() {
    return images.stream()
        .map(name -> Image.newBuilder().setId(name).setSize(100).build())
        .toList();
  }

  @Override
  public Optional<Image> image(String reference) {
    return images.contains(reference)
        ? Optional.of(Image.newBuilder().setId(reference).build())
        : Optional.empty();
  }

  @Override
  public String pull(String reference, @Nullable AuthConfig auth, PodSandboxConfig sandbox) {
    throw new CriException(Status.Code.NOT_FOUND, "no such image");
  }

  @Override
  public void removeImage(String reference) {
    images.remove(reference);
  }

  @Override
  public List<FilesystemUsage> imageFilesystems() {
    return List.of();
  }

  @Override
  public Activity onActivity(Consumer<String> listener) {
    hint = listener;
    return () -> tells;
  }

  @Override
  public void close() {}

  private void end(String id, int code) {
    change(
        id,
        entry(id).status().toBuilder()
            .setState(ContainerState.CONTAINER_EXITED)
            .setExitCode(code)
            .setFinishedAt(nanos())
            .build());
  }

  private void change(String id, ContainerStatus status) {
    containers.put(id, new Entry(entry(id).sandbox(), status));
  }

  private Entry entry(String id) {
    return Optional.ofNullable(containers.get(id))
        .orElseThrow(() -> new CriException(Status.Code.NOT_FOUND, "no container " + id));
  }

  private static long nanos() {
    Instant now = Instant.now();
    return now.getEpochSecond() * 1_000_000_000L + now.getNano();
  }
}
