package dev.navarch.node.pods;

import dev.navarch.node.cri.v1.ContainerUser;
import dev.navarch.node.cri.v1.LinuxContainerUser;
import dev.navarch.node.pods.Observation.Seen;
import io.fabric8.kubernetes.api.model.Container;
import io.fabric8.kubernetes.api.model.ContainerState;
import io.fabric8.kubernetes.api.model.ContainerStateBuilder;
import io.fabric8.kubernetes.api.model.ContainerStatus;
import io.fabric8.kubernetes.api.model.ContainerStatusBuilder;
import io.fabric8.kubernetes.api.model.ContainerUserBuilder;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.ResourceHealth;
import io.fabric8.kubernetes.api.model.ResourceStatus;
import io.fabric8.kubernetes.api.model.ResourceStatusBuilder;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/// One container's part of the pod's status: what it does now, what became of it last time.
record ContainerStatuses(
    Pod pod,
    Observation seen,
    Map<String, Waiting> waiting,
    Resizes resizes,
    Health health,
    Provision provision,
    String runtimeName) {
  private static final int MESSAGE_LIMIT = 4096;
  private static final int POD_LIMIT = 12 << 10;
  private static final int LOG_LIMIT = 2048;
  private static final int LOG_LINES = 80;

  /// A time, a stream and a tag before each line.
  private static final int LOG_MARGIN = 64;

  /// @param pending what a container waits for that was not begun yet
  ContainerStatus of(Container container, String pending, boolean init) {
    Optional<Seen> newest = seen.container(container.getName());
    Waiting why = waiting.get(container.getName());
    var status =
        new ContainerStatusBuilder()
            .withName(container.getName())
            .withImage(container.getImage())
            .withImageID("")
            .withRestartCount(newest.map(Seen::attempt).orElse(0))
            .withReady(false)
            .withStarted(false)
            .build();
    newest.ifPresent(container_ -> identify(status, container_));
    ContainerState last =
        seen.containerBefore(container.getName())
            .filter(Seen::hasExited)
            .map(this::terminated)
            .orElseGet(ContainerState::new);
    if (newest.isPresent() && newest.get().isRunning()) {
      Seen running = newest.get();
      status.setState(
          new ContainerStateBuilder()
              .withNewRunning()
              .withStartedAt(time(running.status().getStartedAt()))
              .endRunning()
              .build());
      status.setStarted(health.isStarted(container, running.id()));
      status.setReady(
          health.isReady(container, running.id()) && (!init || Containers.isSidecar(container)));
    } else if (newest.isPresent()
        && newest.get().hasExited()
        && why == null
        && !isOfOldLife(newest.get())) {
      Seen ended = newest.get();
      status.setState(terminated(ended));
      status.setReady(
          init && !Containers.isSidecar(container) && ended.status().getExitCode() == 0);
    } else {
      Waiting reason = why != null ? why : new Waiting(pending, "");
      status.setState(
          new ContainerStateBuilder()
              .withNewWaiting()
              .withReason(reason.reason())
              .withMessage(reason.message().isEmpty() ? null : reason.message())
              .endWaiting()
              .build());
      if (newest.isPresent() && newest.get().hasExited()) {
        last = terminated(newest.get());
      }
    }
    status.setLastState(last);
    newest.filter(Seen::isRunning).ifPresent(running -> resources(status, container, running));
    List<ResourceStatus> devices = devices(container);
    if (!devices.isEmpty()) {
      status.setAllocatedResourcesStatus(devices);
    }
    newest
        .map(found -> found.status().getUser())
        .filter(ContainerUser::hasLinux)
        .ifPresent(user -> status.setUser(user(user.getLinux())));
    if (container.getLifecycle() != null) {
      status.setStopSignal(container.getLifecycle().getStopSignal());
    }
    return status;
  }

  private boolean isOfOldLife(Seen container) {
    return !seen.isRestarting(pod) && container.life() < seen.life(pod) && !isEphemeral(container);
  }

  private boolean isEphemeral(Seen container) {
    return pod.getSpec().getEphemeralContainers().stream()
        .anyMatch(ephemeral -> ephemeral.getName().equals(container.name()));
  }

  private void identify(ContainerStatus status, Seen container) {
    String image = container.status().getImage().getUserSpecifiedImage();
    if (!image.isEmpty()) {
      status.setImage(image);
    }
    status.setImageID(container.status().getImageRef());
    status.setContainerID(runtimeName + "://" + container.id());
  }

  /// What it has; a resize that is under way or does not fit shows only in the spec.
  private void resources(ContainerStatus status, Container container, Seen running) {
    if (container.getResources() != null) {
      var has = resizes.of(pod, running);
      status.setAllocatedResources(has.getRequests());
      status.setResources(has);
    }
  }

  private List<ResourceStatus> devices(Container container) {
    return provision.health(pod, container).entrySet().stream()
        .map(
            resource ->
                new ResourceStatusBuilder()
                    .withName(resource.getKey())
                    .withResources(
                        resource.getValue().entrySet().stream()
                            .map(
                                device ->
                                    new ResourceHealth(device.getValue(), null, device.getKey()))
                            .toList())
                    .build())
        .toList();
  }

  private static io.fabric8.kubernetes.api.model.ContainerUser user(LinuxContainerUser linux) {
    return new ContainerUserBuilder()
        .withNewLinux()
        .withUid(linux.getUid())
        .withGid(linux.getGid())
        .withSupplementalGroups(linux.getSupplementalGroupsList())
        .endLinux()
        .build();
  }

  private ContainerState terminated(Seen ended) {
    var status = ended.status();
    String reason =
        !status.getReason().isEmpty()
            ? status.getReason()
            : status.getExitCode() == 0 ? "Completed" : "Error";
    String message = shortened(message(ended));
    return new ContainerStateBuilder()
        .withNewTerminated()
        .withExitCode(status.getExitCode())
        .withReason(reason)
        .withMessage(message.isEmpty() ? null : message)
        .withStartedAt(time(status.getStartedAt()))
        .withFinishedAt(time(status.getFinishedAt()))
        .withContainerID(runtimeName + "://" + ended.id())
        .endTerminated()
        .build();
  }

  /// All containers of a pod share one limit for what they say at their end.
  private String shortened(String message) {
    long containers = Containers.all(pod).count();
    int limit = (int) (POD_LIMIT / Math.max(1, containers));
    byte[] bytes = message.getBytes(StandardCharsets.UTF_8);
    return bytes.length <= limit ? message : new String(bytes, 0, limit, StandardCharsets.UTF_8);
  }

  /// What the container left in its message file, else the end of its log if it asked for that.
  private static String message(Seen ended) {
    var status = ended.status();
    String file = status.getAnnotationsOrDefault(CriNames.MESSAGE_FILE, "");
    String policy = status.getAnnotationsOrDefault(CriNames.MESSAGE_POLICY, "");
    String said = file.isEmpty() ? "" : tail(Path.of(file), MESSAGE_LIMIT);
    if (said.isEmpty()
        && policy.equals("FallbackToLogsOnError")
        && status.getExitCode() != 0
        && !status.getLogPath().isEmpty()) {
      String log = tail(Path.of(status.getLogPath()), LOG_LIMIT + LOG_LINES * LOG_MARGIN);
      said = lastWords(log);
    }
    return said.isEmpty() ? status.getMessage() : said;
  }

  /// The text of log lines as the runtime writes them: `TIME STREAM TAG TEXT`, where a tag `P`
  /// marks a part of a line, which has no end.
  private static String lastWords(String log) {
    List<String> lines = new ArrayList<>();
    boolean goesOn = false;
    for (String line : log.lines().toList()) {
      String[] parts = line.split(" ", 4);
      if (parts.length < 4) {
        continue;
      }
      boolean part = parts[2].startsWith("P");
      String text = part ? parts[3] : parts[3] + "\n";
      lines.add(goesOn ? lines.removeLast() + text : text);
      goesOn = part;
    }
    String said =
        String.join("", lines.subList(Math.max(0, lines.size() - LOG_LINES), lines.size()));
    return said.length() > LOG_LIMIT ? said.substring(said.length() - LOG_LIMIT) : said;
  }

  private static String tail(Path path, int limit) {
    if (!Files.isRegularFile(path, java.nio.file.LinkOption.NOFOLLOW_LINKS)) {
      return "";
    }
    try (var file = new RandomAccessFile(path.toFile(), "r")) {
      long length = file.length();
      file.seek(Math.max(0, length - limit));
      byte[] bytes = new byte[(int) Math.min(length, limit)];
      file.readFully(bytes);
      return new String(bytes, StandardCharsets.UTF_8);
    } catch (IOException gone) {
      return "";
    }
  }

  static String time(long nanos) {
    return Instant.ofEpochSecond(0, nanos).truncatedTo(ChronoUnit.SECONDS).toString();
  }
}
