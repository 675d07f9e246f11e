package dev.navarch.node.stats;

import static java.util.stream.Collectors.groupingBy;
import static java.util.stream.Collectors.toMap;

import dev.navarch.node.cri.ContainerRuntime;
import dev.navarch.node.cri.v1.Container;
import dev.navarch.node.cri.v1.ContainerStats;
import dev.navarch.node.pods.CriNames;
import java.util.List;
import java.util.Map;

/// `/metrics/resource`: the few figures that autoscaling and `kubectl top` live on, under the names
/// that upstream keeps stable.
public record ResourceMetrics(ContainerRuntime runtime, UsageSampler sampler) {

  public String text() {
    Usage usage = sampler.latest();
    var text = new MetricsText();
    text.family(
        "container_cpu_usage_seconds_total",
        "counter",
        "[STABLE] Cumulative cpu time consumed by the container in core-seconds");
    text.family(
        "container_memory_working_set_bytes",
        "gauge",
        "[STABLE] Current working set of the container in bytes");
    text.family(
        "container_start_time_seconds",
        "gauge",
        "[STABLE] Start time of the container since unix epoch in seconds");
    text.family(
        "node_cpu_usage_seconds_total",
        "counter",
        "[STABLE] Cumulative cpu time consumed by the node in core-seconds");
    text.family(
        "node_memory_working_set_bytes",
        "gauge",
        "[STABLE] Current working set of the node in bytes");
    text.family(
        "pod_cpu_usage_seconds_total",
        "counter",
        "[STABLE] Cumulative cpu time consumed by the pod in core-seconds");
    text.family(
        "pod_memory_working_set_bytes",
        "gauge",
        "[STABLE] Current working set of the pod in bytes");
    text.family(
        "resource_scrape_error",
        "gauge",
        "[STABLE] 1 if there was an error while getting container metrics, 0 otherwise");
    Map<String, Long> created =
        runtime.containers("").stream().collect(toMap(Container::getId, Container::getCreatedAt));
    long millis = usage.at().toEpochMilli();
    Map<Map<String, String>, List<ContainerStats>> pods =
        usage.containers().stream().collect(groupingBy(ResourceMetrics::pod));
    pods.forEach(
        (pod, containers) -> {
          for (ContainerStats stats : containers) {
            Map<String, String> labels = container(pod, stats);
            long at = stats.getCpu().getTimestamp() / 1_000_000;
            text.add("container_cpu_usage_seconds_total", labels, Usage.cpuNanos(stats) / 1e9, at);
            text.add("container_memory_working_set_bytes", labels, Usage.workingSet(stats), at);
            Long since = created.get(stats.getAttributes().getId());
            if (since != null) {
              text.add("container_start_time_seconds", labels, since / 1e9);
            }
          }
          text.add(
              "pod_cpu_usage_seconds_total",
              pod,
              containers.stream().mapToLong(Usage::cpuNanos).sum() / 1e9,
              millis);
          text.add(
              "pod_memory_working_set_bytes",
              pod,
              containers.stream().mapToLong(Usage::workingSet).sum(),
              millis);
        });
    text.add("node_cpu_usage_seconds_total", Map.of(), usage.machine().cpuNanos() / 1e9, millis);
    text.add("node_memory_working_set_bytes", Map.of(), usage.machine().workingSet(), millis);
    text.add("resource_scrape_error", Map.of(), 0);
    return text.toString();
  }

  static Map<String, String> pod(ContainerStats stats) {
    Map<String, String> labels = stats.getAttributes().getLabelsMap();
    return Map.of(
        "namespace", labels.getOrDefault(CriNames.POD_NAMESPACE, ""),
        "pod", labels.getOrDefault(CriNames.POD_NAME, ""));
  }

  static Map<String, String> container(Map<String, String> pod, ContainerStats stats) {
    Map<String, String> labels = new java.util.HashMap<>(pod);
    labels.put("container", stats.getAttributes().getMetadata().getName());
    return labels;
  }
}
