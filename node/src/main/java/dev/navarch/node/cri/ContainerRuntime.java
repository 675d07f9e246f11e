package dev.navarch.node.cri;

import dev.navarch.node.cri.v1.AttachRequest;
import dev.navarch.node.cri.v1.AuthConfig;
import dev.navarch.node.cri.v1.Container;
import dev.navarch.node.cri.v1.ContainerConfig;
import dev.navarch.node.cri.v1.ContainerStats;
import dev.navarch.node.cri.v1.ContainerStatus;
import dev.navarch.node.cri.v1.ExecRequest;
import dev.navarch.node.cri.v1.FilesystemUsage;
import dev.navarch.node.cri.v1.Image;
import dev.navarch.node.cri.v1.LinuxContainerResources;
import dev.navarch.node.cri.v1.PodSandbox;
import dev.navarch.node.cri.v1.PodSandboxConfig;
import dev.navarch.node.cri.v1.PodSandboxStatus;
import dev.navarch.node.cri.v1.StatusResponse;
import dev.navarch.node.cri.v1.VersionResponse;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/// What the agent asks of a container runtime. Calls block, and fail with {@link CriException};
/// stopping or removing what is gone already succeeds.
public interface ContainerRuntime extends AutoCloseable {

  VersionResponse version();

  /// Conditions `RuntimeReady` and `NetworkReady`.
  StatusResponse status();

  /// Tells a runtime that makes its own network configuration which range its pods get.
  void updatePodCidr(String cidr);

  /// Returns the new sandbox's id.
  String runSandbox(PodSandboxConfig config, String runtimeHandler);

  void stopSandbox(String id);

  void removeSandbox(String id);

  Optional<PodSandboxStatus> sandboxStatus(String id);

  /// @param podUid empty for those of all pods
  List<PodSandbox> sandboxes(String podUid);

  /// Returns the new container's id.
  String createContainer(String sandboxId, ContainerConfig config, PodSandboxConfig sandbox);

  void startContainer(String id);

  /// Asks it to end, and ends it when `grace` is over; returns when it has ended.
  void stopContainer(String id, Duration grace);

  void removeContainer(String id);

  /// Changes what a running container may use.
  void updateResources(String id, LinuxContainerResources resources);

  /// Its first process as this machine sees it; empty when the runtime does not say.
  OptionalLong process(String id);

  /// @param podUid empty for those of all pods
  List<Container> containers(String podUid);

  Optional<ContainerStatus> containerStatus(String id);

  /// Opens the log file anew after it was moved away.
  void reopenLog(String id);

  ExecResult execSync(String id, List<String> command, Duration timeout);

  /// Each of the next three returns a URL that speaks SPDY/3.1, good for one connection.
  String exec(ExecRequest request);

  String attach(AttachRequest request);

  String portForward(String sandboxId);

  List<ContainerStats> stats();

  List<Image> images();

  Optional<Image> image(String reference);

  /// Returns the id under which containers can be made from it.
  String pull(String reference, @Nullable AuthConfig auth, PodSandboxConfig sandbox);

  void removeImage(String reference);

  List<FilesystemUsage> imageFilesystems();

  /// Calls back with a container's id soon after something has happened to it, if the runtime can
  /// tell. A hint only: whoever listens looks from time to time anyway.
  Activity onActivity(Consumer<String> hint);

  @Override
  void close();

  /// What a runtime tells by itself.
  interface Activity extends AutoCloseable {
    /// For runtimes that tell nothing.
    Activity NONE = () -> false;

    /// In place of an id: anything may have happened.
    String ANYTHING = "";

    /// Whether it would tell if something happened.
    boolean isHeard();

    @Override
    default void close() {}
  }

  /// What a command that ran to its end wrote.
  record ExecResult(int exitCode, byte[] stdout, byte[] stderr) {}
}
