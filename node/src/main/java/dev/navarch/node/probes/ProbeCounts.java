package dev.navarch.node.probes;

import dev.navarch.node.probes.ProbeBoard.Question;
import dev.navarch.node.probes.Probes.Subject;
import dev.navarch.node.stats.MetricsText;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.LongAdder;

/// How often probes succeeded and failed, for `/metrics/probes`; forgotten with their container.
public final class ProbeCounts {
  private final Map<Series, LongAdder> counts = new ConcurrentHashMap<>();

  private record Series(String containerId, Map<String, String> labels) {}

  void add(Subject subject, Question question, Outcome outcome) {
    var meta = subject.pod().getMetadata();
    Map<String, String> labels =
        Map.of(
            "container", subject.container().getName(),
            "namespace", meta.getNamespace(),
            "pod", meta.getName(),
            "pod_uid", meta.getUid(),
            "probe_type", question.title(),
            "result",
                switch (outcome) {
                  case Outcome.Success _, Outcome.Warning _ -> "successful";
                  case Outcome.Failure _ -> "failed";
                  case Outcome.Unknown _ -> "unknown";
                });
    counts
        .computeIfAbsent(new Series(subject.containerId(), labels), key -> new LongAdder())
        .increment();
  }

  void forget(String containerId) {
    counts.keySet().removeIf(series -> series.containerId().equals(containerId));
  }

  public String text() {
    var text =
        new MetricsText()
            .family(
                "prober_probe_total",
                "counter",
                "Cumulative number of a liveness, readiness or startup probe for a container by result.");
    counts.forEach((series, count) -> text.add("prober_probe_total", series.labels(), count.sum()));
    return text.toString();
  }
}
