package dev.navarch.node.stats;

import dev.navarch.node.cri.ContainerRuntime;
import dev.navarch.node.cri.v1.Container;
import dev.navarch.node.cri.v1.ContainerStats;
import io.fabric8.kubernetes.api.model.Pod;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Supplier;

/// `/metrics/cadvisor`: what dashboards draw of containers, under the names that they know.
public record CadvisorMetrics(
    ContainerRuntime runtime,
    UsageSampler sampler,
    PodProcesses processes,
    Supplier<List<Pod>> pods) {

  public String text() {
    Usage usage = sampler.latest();
    var text = families();
    text.add("machine_cpu_cores", Map.of(), Runtime.getRuntime().availableProcessors());
    text.add("machine_memory_bytes", Map.of(), usage.machine().memory("MemTotal"));
    Map<String, String> root = Map.of("id", "/", "cpu", "total");
    text.add("container_cpu_usage_seconds_total", root, usage.machine().cpuNanos() / 1e9);
    text.add("container_memory_working_set_bytes", Map.of("id", "/"), usage.machine().workingSet());
    text.add("container_memory_usage_bytes", Map.of("id", "/"), usage.machine().memoryUsed());
    for (String what : List.of("cpu", "memory", "io")) {
      Pressure.read(processes.proc().resolve("pressure").resolve(what))
          .ifPresent(pressure -> stalls(text, what, pressure));
    }
    Map<String, Container> known = new HashMap<>();
    runtime.containers("").forEach(container -> known.put(container.getId(), container));
    for (ContainerStats stats : usage.containers()) {
      container(text, stats, known, usage);
    }
    pods.get().forEach(pod -> network(text, pod));
    return text.toString();
  }

  private static void stalls(MetricsText text, String what, Pressure pressure) {
    String name = "container_pressure_%s_".formatted(what);
    Map<String, String> root = Map.of("id", "/");
    text.add(name + "waiting_seconds_total", root, pressure.some().micros() / 1e6);
    pressure
        .full()
        .ifPresent(full -> text.add(name + "stalled_seconds_total", root, full.micros() / 1e6));
  }

  private static MetricsText families() {
    var text = new MetricsText();
    for (String what : List.of("cpu", "memory", "io")) {
      text.family(
              "container_pressure_%s_waiting_seconds_total".formatted(what),
              "counter",
              "Total time duration tasks have waited for %s".formatted(what))
          .family(
              "container_pressure_%s_stalled_seconds_total".formatted(what),
              "counter",
              "Total time duration no tasks could make progress for want of %s".formatted(what));
    }
    return text.family("machine_cpu_cores", "gauge", "Number of logical CPU cores.")
        .family("machine_memory_bytes", "gauge", "Amount of memory installed on the machine.")
        .family(
            "container_cpu_usage_seconds_total",
            "counter",
            "Cumulative cpu time consumed in seconds.")
        .family("container_memory_working_set_bytes", "gauge", "Current working set in bytes.")
        .family(
            "container_memory_usage_bytes",
            "gauge",
            "Current memory usage in bytes, including all memory regardless of when it was accessed")
        .family("container_memory_rss", "gauge", "Size of RSS in bytes.")
        .family(
            "container_fs_usage_bytes",
            "gauge",
            "Number of bytes that are consumed by the container on this filesystem.")
        .family(
            "container_start_time_seconds",
            "gauge",
            "Start time of the container since unix epoch in seconds.")
        .family("container_last_seen", "gauge", "Last time a container was seen by the exporter")
        .family(
            "container_network_receive_bytes_total",
            "counter",
            "Cumulative count of bytes received")
        .family(
            "container_network_transmit_bytes_total",
            "counter",
            "Cumulative count of bytes transmitted");
  }

  private static void container(
      MetricsText text, ContainerStats stats, Map<String, Container> known, Usage usage) {
    Map<String, String> labels = ResourceMetrics.container(ResourceMetrics.pod(stats), stats);
    String id = stats.getAttributes().getId();
    labels.put("id", id);
    labels.put("name", id);
    Container container = known.get(id);
    if (container != null) {
      labels.put("image", container.getImage().getImage());
      text.add("container_start_time_seconds", labels, container.getCreatedAt() / 1e9);
    }
    text.add("container_last_seen", labels, usage.at().getEpochSecond());
    text.add("container_memory_working_set_bytes", labels, Usage.workingSet(stats));
    text.add("container_memory_usage_bytes", labels, stats.getMemory().getUsageBytes().getValue());
    text.add("container_memory_rss", labels, stats.getMemory().getRssBytes().getValue());
    text.add(
        "container_fs_usage_bytes", labels, stats.getWritableLayer().getUsedBytes().getValue());
    labels.put("cpu", "total");
    text.add("container_cpu_usage_seconds_total", labels, Usage.cpuNanos(stats) / 1e9);
  }

  private void network(MetricsText text, Pod pod) {
    if (Boolean.TRUE.equals(pod.getSpec().getHostNetwork())) {
      return;
    }
    for (Machine.Interface each : processes.network(processes.of(pod.getMetadata().getUid()))) {
      Map<String, String> labels =
          Map.of(
              "namespace", pod.getMetadata().getNamespace(),
              "pod", pod.getMetadata().getName(),
              "interface", each.name());
      text.add("container_network_receive_bytes_total", labels, each.rxBytes());
      text.add("container_network_transmit_bytes_total", labels, each.txBytes());
    }
  }
}
