package dev.navarch.node.server;

import dev.navarch.api.ApiException;
import dev.navarch.client.Cluster;
import dev.navarch.http.Exchange;
import dev.navarch.http.HttpServer;
import dev.navarch.http.RequestException;
import dev.navarch.http.Tls;
import dev.navarch.node.NodeConfig;
import dev.navarch.node.cri.ContainerRuntime;
import dev.navarch.node.cri.CriException;
import dev.navarch.node.pods.PodWorkers;
import dev.navarch.node.stats.UsageSampler;
import io.fabric8.kubernetes.api.model.Pod;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.time.InstantSource;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.function.Supplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// The kubelet's HTTPS API. The API server comes here for logs, exec, attach and port-forward,
/// others for figures; who may do what is for {@link KubeletAccess} to say, before anything else.
public final class KubeletServer implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(KubeletServer.class);
  private static final String TEXT = "text/plain; charset=utf-8";
  private static final Set<String> DEBUGGING =
      Set.of("containerLogs", "exec", "run", "attach", "portForward", "logs");

  private final ContainerRuntime runtime;
  private final Supplier<List<Pod>> pods;
  private final ContainerLogs logs;
  private final Streams streams;
  private final KubeletAccess access;
  private final Diagnostics diagnostics;
  private final SystemLogs systemLogs;
  private final boolean debugging;
  private final Tls tls;
  private Optional<HttpServer> server = Optional.empty();

  private KubeletServer(
      NodeConfig config,
      ContainerRuntime runtime,
      Cluster cluster,
      PodWorkers workers,
      UsageSampler sampler,
      InstantSource clock) {
    this.runtime = runtime;
    this.tls = new Tls(config.servingCert(), config.servingKey(), Optional.of(config.clientCa()));
    this.pods = workers::pods;
    this.logs = new ContainerLogs(config, runtime, clock);
    this.streams = new Streams(runtime);
    this.systemLogs = new SystemLogs(config.settings(), Path.of("/var/log"));
    this.debugging = config.settings().flag("enableDebuggingHandlers");
    this.access = new KubeletAccess(cluster, config.nodeName(), config.settings(), clock);
    this.diagnostics =
        new Diagnostics(config, runtime, pods, workers.probeCounts(), sampler, workers.volumes());
  }

  /// @param cluster is asked who callers are and what they may
  public static KubeletServer start(
      NodeConfig config,
      ContainerRuntime runtime,
      Cluster cluster,
      PodWorkers workers,
      UsageSampler sampler,
      InstantSource clock) {
    var kubelet = new KubeletServer(config, runtime, cluster, workers, sampler, clock);
    var settings =
        HttpServer.Settings.of(
            config.settings().ifStated("address").orElse(config.nodeIp().getHostAddress()),
            config.settings().port(),
            kubelet.tls);
    kubelet.server =
        Optional.of(HttpServer.start(settings, kubelet::handle, KubeletServer::answer));
    return kubelet;
  }

  /// Takes in a renewed certificate.
  public void reloadCertificate() {
    tls.reloadIfChanged();
  }

  public int port() {
    return server.orElseThrow().port();
  }

  @Override
  public void close() {
    server.ifPresent(HttpServer::close);
  }

  private void handle(Exchange exchange) {
    access.require(exchange);
    if (diagnostics.handle(exchange)) {
      return;
    }
    List<String> path = List.of(exchange.path().replaceFirst("^/+", "").split("/"));
    if (!debugging && DEBUGGING.contains(path.getFirst())) {
      throw new RequestException(405, "Debug endpoints are disabled.");
    }
    switch (path.getFirst()) {
      case "logs" -> systemLogs.handle(exchange);
      case "containerLogs" -> {
        Target target = target(path, true);
        logs.write(exchange, target.pod(), target.container());
      }
      case "exec" -> {
        Target target = target(path, true);
        streams.exec(exchange, running(target));
      }
      case "run" -> {
        Target target = target(path, true);
        run(exchange, running(target));
      }
      case "attach" -> {
        Target target = target(path, true);
        streams.attach(exchange, running(target), isTty(target));
      }
      case "portForward" -> streams.portForward(exchange, sandbox(target(path, false).pod()));
      default -> throw new RequestException(404, "404 page not found");
    }
  }

  private record Target(Pod pod, String container) {}

  /// `/exec/<namespace>/<pod>[/<uid>]/<container>`.
  private Target target(List<String> path, boolean withContainer) {
    int least = withContainer ? 4 : 3;
    if (path.size() < least || path.size() > least + 1) {
      throw new RequestException(404, "404 page not found");
    }
    String namespace = path.get(1);
    String name = path.get(2);
    Optional<String> uid = path.size() == least + 1 ? Optional.of(path.get(3)) : Optional.empty();
    Pod pod =
        pods.get().stream()
            .filter(each -> each.getMetadata().getNamespace().equals(namespace))
            .filter(each -> each.getMetadata().getName().equals(name))
            .filter(each -> uid.isEmpty() || uid.get().equals(each.getMetadata().getUid()))
            .findFirst()
            .orElseThrow(() -> new RequestException(404, "pod \"%s\" not found".formatted(name)));
    return new Target(pod, withContainer ? path.getLast() : "");
  }

  private String running(Target target) {
    return RuntimeView.running(runtime, target.pod(), target.container())
        .orElseThrow(
            () ->
                new RequestException(
                    404, "container not found (\"%s\")".formatted(target.container())));
  }

  private String sandbox(Pod pod) {
    return RuntimeView.readySandbox(runtime, pod)
        .orElseThrow(
            () ->
                new RequestException(
                    404, "pod not found (\"%s\")".formatted(pod.getMetadata().getName())));
  }

  /// A command without streams: words in `cmd`, output in the answer.
  private void run(Exchange exchange, String container) {
    if (!exchange.method().equals("POST")) {
      throw new RequestException(405, "Method Not Allowed");
    }
    List<String> command = List.of(exchange.query("cmd").orElse("").strip().split("\\s+"));
    ContainerRuntime.ExecResult result = runtime.execSync(container, command, Duration.ZERO);
    var output = new ByteArrayOutputStream();
    output.writeBytes(result.stdout());
    output.writeBytes(result.stderr());
    exchange.respond(result.exitCode() == 0 ? 200 : 500, TEXT, output.toByteArray());
  }

  private static boolean isTty(Target target) {
    return target.pod().getSpec().getContainers().stream()
        .anyMatch(
            container ->
                container.getName().equals(target.container())
                    && Boolean.TRUE.equals(container.getTty()));
  }

  private static void answer(Exchange exchange, RuntimeException error) {
    int status =
        switch (error) {
          case RequestException refused -> refused.status();
          case CriException e when e.isNotFound() -> 404;
          default -> 500;
        };
    boolean known =
        error instanceof RequestException
            || error instanceof CriException
            || error instanceof ApiException;
    if (!known) {
      LOG.atError().addKeyValue("path", exchange.path()).setCause(error).log("request failed");
    }
    String message = known ? String.valueOf(error.getMessage()) : "internal error";
    exchange.respond(status, TEXT, (message + "\n").getBytes(StandardCharsets.UTF_8));
  }

  /// Work that fails only when the peer or a file is gone.
  @FunctionalInterface
  interface Work {
    void run() throws IOException;
  }

  static void unchecked(Work work) {
    try {
      work.run();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
