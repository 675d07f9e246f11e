package dev.navarch.node.pods;

import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.PodStatus;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// What the API is told of one pod: its newest status, written without waiting. One thread uses it.
final class PodReport {
  private final PodTools tools;
  private final Map<String, Waiting> waiting;
  private final Resizes resizes;
  private final StartTimes times;
  private volatile @Nullable PodStatus reported;

  /// @param waiting why containers do not run, by their names; it changes while this lives
  PodReport(PodTools tools, Map<String, Waiting> waiting, Resizes resizes, StartTimes times) {
    this.times = times;
    this.tools = tools;
    this.waiting = waiting;
    this.resizes = resizes;
  }

  /// What was reported last; null when nothing was. Any thread may ask.
  @Nullable PodStatus latest() {
    return reported;
  }

  boolean isFirst() {
    return reported == null;
  }

  /// What was reported last, with the conditions of others as the API shows them.
  PodStatus before(Pod pod) {
    PodStatus shown = tools.mirrors().status(pod);
    PodStatus last = reported;
    return last == null ? shown : Conditions.withOthers(last, shown);
  }

  /// Whether the pod has come to its end, for the API, too.
  boolean isOver(Pod pod) {
    String phase = before(pod).getPhase();
    return "Succeeded".equals(phase) || "Failed".equals(phase);
  }

  /// @param failure why the node ended the pod; null when it did not
  void write(Pod pod, Observation seen, @Nullable Failure failure) {
    publish(
        pod,
        tools
            .statuses()
            .of(pod, seen, waiting, resizes, failure, before(pod), tools.clock().instant()));
  }

  /// All containers have ended: the phase is final, whatever the restart policy says.
  void writeLast(Pod pod, Observation seen, @Nullable Failure failure) {
    waiting.clear();
    publish(
        pod,
        tools.statuses().last(pod, seen, resizes, failure, before(pod), tools.clock().instant()));
  }

  private void publish(Pod pod, PodStatus status) {
    reported = status;
    boolean runs = "Running".equals(status.getPhase());
    if (runs) {
      times.runs();
    }
    Runnable written = runs ? () -> times.written(pod) : () -> {};
    tools
        .mirrors()
        .apiUid(pod)
        .ifPresent(
            uid -> tools.writer().set(pod, uid, tools.mirrors().status(pod), status, written));
  }
}
