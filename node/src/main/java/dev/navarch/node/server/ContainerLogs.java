package dev.navarch.node.server;

import dev.navarch.http.Exchange;
import dev.navarch.http.RequestException;
import dev.navarch.node.NodeConfig;
import dev.navarch.node.cri.ContainerRuntime;
import dev.navarch.node.cri.v1.Container;
import dev.navarch.node.cri.v1.ContainerState;
import io.fabric8.kubernetes.api.model.Pod;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.InstantSource;
import java.util.Optional;
import java.util.stream.Stream;

/// What `kubectl logs` shows: a container's log file, from the asked point on, and further while it
/// grows if that is wanted.
record ContainerLogs(NodeConfig config, ContainerRuntime runtime, InstantSource clock) {
  private static final long POLL_MILLIS = 100;

  void write(Exchange exchange, Pod pod, String container) {
    LogOptions options = LogOptions.of(exchange, clock.instant());
    Optional<Container> newest = RuntimeView.newest(runtime, pod, container);
    Path file = file(pod, container, newest, options.previous());
    try (LogFile log = new LogFile(file);
        Exchange.Stream out = exchange.stream(200, "text/plain")) {
      boolean follow = options.follow() && !options.previous();
      if (!follow) {
        log.endHere();
      }
      if (options.tail().isPresent()) {
        log.seekToLast(options.tail().getAsLong());
      }
      copy(log, out, options, follow ? newest.map(Container::getId) : Optional.empty());
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  /// @param followed the container to wait for; empty to end with the file
  private void copy(LogFile log, Exchange.Stream out, LogOptions options, Optional<String> followed)
      throws IOException, InterruptedException {
    long left = options.limit().orElse(Long.MAX_VALUE);
    boolean lineStart = true;
    boolean ended = followed.isEmpty();
    while (out.isOpen() && left > 0) {
      Optional<LogFile.Entry> next = log.next();
      if (next.isEmpty()) {
        out.flush();
        if (options.follow() && log.followRotation()) {
          continue;
        }
        if (ended) {
          return;
        }
        ended = !isRunning(followed.orElseThrow());
        Thread.sleep(POLL_MILLIS);
        continue;
      }
      LogFile.Entry entry = next.get();
      boolean wanted =
          options.since().filter(since -> entry.time().isBefore(since)).isEmpty()
              && (options.stream().isEmpty() || options.stream().equals(entry.stream()));
      if (wanted) {
        byte[] text = options.timestamps() && lineStart ? stamped(entry) : entry.text();
        int count = (int) Math.min(left, text.length);
        out.write(count == text.length ? text : java.util.Arrays.copyOf(text, count));
        left -= count;
        lineStart = entry.text().length > 0 && entry.text()[entry.text().length - 1] == '\n';
      }
    }
    out.flush();
  }

  private static byte[] stamped(LogFile.Entry entry) {
    byte[] stamp = (entry.stamp() + " ").getBytes(StandardCharsets.US_ASCII);
    byte[] text = java.util.Arrays.copyOf(stamp, stamp.length + entry.text().length);
    System.arraycopy(entry.text(), 0, text, stamp.length, entry.text().length);
    return text;
  }

  private boolean isRunning(String id) {
    return runtime
        .containerStatus(id)
        .filter(status -> status.getState() == ContainerState.CONTAINER_RUNNING)
        .isPresent();
  }

  private Path file(Pod pod, String container, Optional<Container> newest, boolean previous) {
    var meta = pod.getMetadata();
    Path dir =
        config.podLogDir(meta.getNamespace(), meta.getName(), meta.getUid()).resolve(container);
    boolean stated =
        Stream.of(pod.getSpec().getContainers(), pod.getSpec().getInitContainers())
                .flatMap(java.util.List::stream)
                .anyMatch(each -> each.getName().equals(container))
            || pod.getSpec().getEphemeralContainers().stream()
                .anyMatch(each -> each.getName().equals(container));
    if (!stated) {
      throw new RequestException(
          400, "container %s is not valid for pod %s".formatted(container, meta.getName()));
    }
    int attempt = newest.map(found -> found.getMetadata().getAttempt()).orElse(-1);
    Path file = dir.resolve((previous ? attempt - 1 : attempt) + ".log");
    if (!Files.isRegularFile(file)) {
      throw new RequestException(
          400,
          previous
              ? "previous terminated container \"%s\" in pod \"%s\" not found"
                  .formatted(container, meta.getName())
              : "container \"%s\" in pod \"%s\" is waiting to start: %s"
                  .formatted(container, meta.getName(), waitingReason(pod, container)));
    }
    return file;
  }

  private static String waitingReason(Pod pod, String container) {
    return pod.getStatus() == null
        ? "ContainerCreating"
        : Stream.of(
                pod.getStatus().getContainerStatuses(), pod.getStatus().getInitContainerStatuses())
            .flatMap(java.util.List::stream)
            .filter(status -> status.getName().equals(container))
            .filter(status -> status.getState().getWaiting() != null)
            .map(status -> status.getState().getWaiting().getReason())
            .findFirst()
            .orElse("ContainerCreating");
  }
}
