package dev.navarch.apiserver.kinds;

import java.time.Duration;
import java.time.Instant;
import java.util.HashSet;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;

/// A pod in a few words: the first init container that holds it up, else the container whose state
/// says most, else its phase.
final class PodSummary {
  private final JsonNode pod;
  private final Set<String> sidecars = new HashSet<>();
  private String reason;
  private int ready;
  private int total;
  private long restarts;
  private @Nullable Instant lastRestart;

  private PodSummary(JsonNode pod) {
    this.pod = pod;
    this.reason = Columns.textAt(pod, "/status/reason", pod.at("/status/phase").asString(""));
    this.total = pod.at("/spec/containers").size();
  }

  static PodSummary of(JsonNode pod) {
    PodSummary summary = new PodSummary(pod);
    summary.read();
    return summary;
  }

  String ready() {
    return ready + "/" + total;
  }

  String reason() {
    return reason;
  }

  String restarts(Instant now) {
    return restarts == 0 || lastRestart == null
        ? Long.toString(restarts)
        : "%d (%s ago)".formatted(restarts, Ages.of(Duration.between(lastRestart, now)));
  }

  private void read() {
    boolean gated =
        Conditions.find(pod, "PodScheduled")
            .filter(c -> c.path("reason").asString("").equals("SchedulingGated"))
            .isPresent();
    if (gated) {
      reason = "SchedulingGated";
    }
    for (JsonNode container : pod.at("/spec/initContainers")) {
      if (container.path("restartPolicy").asString("").equals("Always")) {
        sidecars.add(container.path("name").asString(""));
      }
    }
    total += sidecars.size();
    boolean initializing = readInitContainers();
    if (!initializing || Conditions.isTrue(pod, "Initialized")) {
      readContainers();
    }
    readDeletion();
  }

  private boolean readInitContainers() {
    int at = 0;
    for (JsonNode status : pod.at("/status/initContainerStatuses")) {
      count(status);
      String holdUp = holdUp(status, at++);
      if (!holdUp.isEmpty()) {
        reason = holdUp;
        return true;
      }
    }
    return false;
  }

  /// Why an init container keeps the pod from starting; empty when it does not.
  private String holdUp(JsonNode status, int at) {
    JsonNode terminated = status.at("/state/terminated");
    if (terminated.isObject() && terminated.path("exitCode").asInt(0) == 0) {
      return "";
    }
    if (sidecars.contains(status.path("name").asString(""))
        && status.path("started").asBoolean(false)) {
      ready += status.path("ready").asBoolean(false) ? 1 : 0;
      return "";
    }
    if (terminated.isObject()) {
      return "Init:" + ending(terminated);
    }
    String waiting = status.at("/state/waiting/reason").asString("");
    return waiting.isEmpty() || waiting.equals("PodInitializing")
        ? "Init:%d/%d".formatted(at, pod.at("/spec/initContainers").size())
        : "Init:" + waiting;
  }

  private void readContainers() {
    restarts = 0;
    lastRestart = null;
    for (JsonNode status : pod.at("/status/initContainerStatuses")) {
      if (sidecars.contains(status.path("name").asString(""))) {
        count(status);
      }
    }
    boolean running = false;
    JsonNode statuses = pod.at("/status/containerStatuses");
    for (int i = statuses.size() - 1; i >= 0; i--) {
      JsonNode status = statuses.path(i);
      count(status);
      String waiting = status.at("/state/waiting/reason").asString("");
      JsonNode terminated = status.at("/state/terminated");
      if (!waiting.isEmpty()) {
        reason = waiting;
      } else if (terminated.isObject()) {
        reason = ending(terminated);
      } else if (status.path("ready").asBoolean(false) && status.at("/state/running").isObject()) {
        running = true;
        ready++;
      }
    }
    if (reason.equals("Completed") && running) {
      reason = Conditions.isTrue(pod, "Ready") ? "Running" : "NotReady";
    }
  }

  private void readDeletion() {
    if (pod.at("/metadata/deletionTimestamp").asString("").isEmpty()) {
      return;
    }
    String phase = pod.at("/status/phase").asString("");
    if (pod.at("/status/reason").asString("").equals("NodeLost")) {
      reason = "Unknown";
    } else if (!phase.equals("Succeeded") && !phase.equals("Failed")) {
      reason = "Terminating";
    }
  }

  private void count(JsonNode status) {
    restarts += status.path("restartCount").asLong(0);
    String text = status.at("/lastState/terminated/finishedAt").asString("");
    if (!text.isEmpty()) {
      Instant finished = Instant.parse(text);
      lastRestart = lastRestart == null || finished.isAfter(lastRestart) ? finished : lastRestart;
    }
  }

  private static String ending(JsonNode terminated) {
    String why = terminated.path("reason").asString("");
    int signal = terminated.path("signal").asInt(0);
    if (!why.isEmpty()) {
      return why;
    }
    return signal != 0 ? "Signal:" + signal : "ExitCode:" + terminated.path("exitCode").asInt(0);
  }
}
