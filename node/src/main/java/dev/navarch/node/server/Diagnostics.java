package dev.navarch.node.server;

import dev.navarch.api.Json;
import dev.navarch.client.Objects;
import dev.navarch.http.Exchange;
import dev.navarch.http.RequestException;
import dev.navarch.node.NodeConfig;
import dev.navarch.node.NodeFacts;
import dev.navarch.node.cri.ContainerRuntime;
import dev.navarch.node.cri.v1.Container;
import dev.navarch.node.cri.v1.PodSandbox;
import dev.navarch.node.cri.v1.PodSandboxState;
import dev.navarch.node.pods.CriNames;
import dev.navarch.node.probes.ProbeCounts;
import dev.navarch.node.stats.CadvisorMetrics;
import dev.navarch.node.stats.MetricsText;
import dev.navarch.node.stats.PodProcesses;
import dev.navarch.node.stats.ResourceMetrics;
import dev.navarch.node.stats.Summary;
import dev.navarch.node.stats.UsageSampler;
import dev.navarch.node.stats.VolumeMetrics;
import dev.navarch.node.volumes.Volumes;
import io.fabric8.kubernetes.api.model.Pod;
import java.lang.management.ManagementFactory;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Supplier;
import java.util.stream.Collectors;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.JsonNodeFactory;
import tools.jackson.databind.node.ObjectNode;

/// The paths by which a node tells of itself: its pods, its settings, figures for people and for
/// Prometheus.
final class Diagnostics {
  private static final String METRICS = "text/plain; version=0.0.4; charset=utf-8";

  private final NodeConfig config;
  private final ContainerRuntime runtime;
  private final Supplier<List<Pod>> pods;
  private final ProbeCounts probes;
  private final Summary summary;
  private final ResourceMetrics resources;
  private final CadvisorMetrics cadvisor;
  private final VolumeMetrics volumes;

  Diagnostics(
      NodeConfig config,
      ContainerRuntime runtime,
      Supplier<List<Pod>> pods,
      ProbeCounts probes,
      UsageSampler sampler,
      Volumes volumes) {
    this.config = config;
    this.runtime = runtime;
    this.pods = pods;
    this.probes = probes;
    var processes =
        new PodProcesses(Path.of("/sys/fs/cgroup"), config.cgroupRoot(), Path.of("/proc"));
    this.summary = Summary.of(config, runtime, sampler, pods, volumes::usage);
    this.volumes = new VolumeMetrics(pods, volumes::usage);
    this.resources = new ResourceMetrics(runtime, sampler);
    this.cadvisor = new CadvisorMetrics(runtime, sampler, processes, pods);
  }

  /// Returns whether the path is one of these.
  boolean handle(Exchange exchange) {
    switch (exchange.path().replaceFirst("/+$", "")) {
      case "/healthz", "/healthz/ping", "/healthz/log", "/healthz/syncloop" ->
          exchange.respond(200, "text/plain; charset=utf-8", "ok".getBytes(StandardCharsets.UTF_8));
      case "/pods" -> json(exchange, podList(pods.get()));
      case "/runningpods" -> json(exchange, podList(running()));
      case "/configz" -> json(exchange, configz());
      case "/stats", "/stats/summary" -> {
        boolean few = exchange.query("only_cpu_and_memory").filter("true"::equals).isPresent();
        json(exchange, summary.document(few));
      }
      case "/metrics" -> metrics(exchange, own() + volumes.text());
      case "/metrics/resource" -> metrics(exchange, resources.text());
      case "/metrics/cadvisor" -> metrics(exchange, cadvisor.text());
      case "/metrics/probes" -> metrics(exchange, probes.text());
      default -> {
        return false;
      }
    }
    if (!Set.of("GET", "HEAD").contains(exchange.method())) {
      throw new RequestException(405, "Method Not Allowed");
    }
    return true;
  }

  private List<Pod> running() {
    Set<String> ready =
        runtime.sandboxes("").stream()
            .filter(sandbox -> sandbox.getState() == PodSandboxState.SANDBOX_READY)
            .map(PodSandbox::getLabelsMap)
            .map(labels -> labels.getOrDefault(CriNames.POD_UID, ""))
            .collect(Collectors.toSet());
    return pods.get().stream().filter(pod -> ready.contains(pod.getMetadata().getUid())).toList();
  }

  private static ObjectNode podList(List<Pod> pods) {
    ObjectNode list = JsonNodeFactory.instance.objectNode();
    list.put("kind", "PodList").put("apiVersion", "v1").putObject("metadata");
    ArrayNode items = list.putArray("items");
    pods.forEach(pod -> items.add(Objects.tree(pod)));
    return list;
  }

  private ObjectNode configz() {
    ObjectNode document = JsonNodeFactory.instance.objectNode();
    document.set("kubeletconfig", config.settings().document());
    return document;
  }

  private String own() {
    var text =
        new MetricsText()
            .family("kubelet_node_name", "gauge", "The node's name. The count is always 1.")
            .family(
                "kubelet_running_pods", "gauge", "Number of pods that have a running pod sandbox")
            .family("kubelet_running_containers", "gauge", "Number of containers currently running")
            .family(
                "kubelet_desired_pods",
                "gauge",
                "The number of pods the kubelet is being instructed to run.")
            .family("kubernetes_build_info", "gauge", "A metric with a constant '1' value")
            .family(
                "process_start_time_seconds",
                "gauge",
                "Start time of the process since unix epoch in seconds.");
    text.add("kubelet_node_name", Map.of("node", config.nodeName()), 1);
    text.add("kubelet_running_pods", Map.of(), running().size());
    runtime.containers("").stream()
        .collect(Collectors.groupingBy(Container::getState, Collectors.counting()))
        .forEach(
            (state, count) ->
                text.add(
                    "kubelet_running_containers",
                    Map.of(
                        "container_state",
                        state.name().replace("CONTAINER_", "").toLowerCase(java.util.Locale.ROOT)),
                    count));
    text.add("kubelet_desired_pods", Map.of("static", ""), pods.get().size());
    text.add("kubernetes_build_info", Map.of("git_version", NodeFacts.KUBELET_VERSION), 1);
    text.add(
        "process_start_time_seconds",
        Map.of(),
        ManagementFactory.getRuntimeMXBean().getStartTime() / 1e3);
    return text.toString();
  }

  private static void json(Exchange exchange, ObjectNode document) {
    exchange.respond(200, "application/json", Json.bytes(document));
  }

  private static void metrics(Exchange exchange, String text) {
    exchange.respond(200, METRICS, text.getBytes(StandardCharsets.UTF_8));
  }
}
