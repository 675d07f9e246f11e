package dev.navarch.node.probes;

import dev.navarch.node.cri.ContainerRuntime;
import dev.navarch.node.cri.CriException;
import io.fabric8.kubernetes.api.model.Container;
import io.fabric8.kubernetes.api.model.HTTPGetAction;
import io.fabric8.kubernetes.api.model.IntOrString;
import io.fabric8.kubernetes.api.model.Probe;
import io.grpc.Status;
import java.net.URI;
import java.net.URISyntaxException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.Objects;

/// The four ways to ask a container how it is. They go out from the node to the pod's own address.
public record Checks(ContainerRuntime runtime) {
  private static final int MAX_OUTPUT = 10 << 10;

  /// @param podIp where the container listens
  Outcome probe(Probe probe, Container container, String containerId, String podIp) {
    Duration timeout = Duration.ofSeconds(Objects.requireNonNullElse(probe.getTimeoutSeconds(), 1));
    try {
      if (probe.getExec() != null) {
        return exec(containerId, probe.getExec().getCommand(), timeout);
      }
      if (probe.getHttpGet() != null) {
        return http(probe.getHttpGet(), container, podIp, timeout);
      }
      if (probe.getTcpSocket() != null) {
        var tcp = probe.getTcpSocket();
        String host = isEmpty(tcp.getHost()) ? podIp : tcp.getHost();
        return Dial.tcp(host, port(tcp.getPort(), container), timeout);
      }
      if (probe.getGrpc() != null) {
        String service = Objects.requireNonNullElse(probe.getGrpc().getService(), "");
        return GrpcCheck.ask(podIp, probe.getGrpc().getPort(), service, timeout);
      }
      return new Outcome.Failure("missing probe handler for container " + container.getName());
    } catch (IllegalArgumentException misconfigured) {
      return new Outcome.Failure(String.valueOf(misconfigured.getMessage()));
    }
  }

  /// Runs a command in the container and waits for its end.
  public Outcome exec(String containerId, List<String> command, Duration timeout) {
    try {
      var result = runtime.execSync(containerId, command, timeout);
      if (result.exitCode() == 0) {
        return Outcome.SUCCESS;
      }
      String output = text(result.stdout()) + text(result.stderr());
      return new Outcome.Failure(
          output.length() > MAX_OUTPUT ? output.substring(0, MAX_OUTPUT) : output);
    } catch (CriException e) {
      return e.code() == Status.Code.DEADLINE_EXCEEDED
          ? new Outcome.Failure(
              "command timed out: \"%s\" timed out after %ds"
                  .formatted(String.join(" ", command), timeout.toSeconds()))
          : new Outcome.Unknown(String.valueOf(e.getMessage()));
    }
  }

  /// A GET whose host and scheme default to the pod's address and HTTP.
  public Outcome http(HTTPGetAction action, Container container, String podIp, Duration timeout) {
    String host = isEmpty(action.getHost()) ? podIp : action.getHost();
    String scheme = "HTTPS".equalsIgnoreCase(action.getScheme()) ? "https" : "http";
    String path = Objects.requireNonNullElse(action.getPath(), "/");
    List<HttpCheck.Header> headers =
        action.getHttpHeaders().stream()
            .map(header -> new HttpCheck.Header(header.getName(), header.getValue()))
            .toList();
    String slash = path.startsWith("/") ? "" : "/";
    String address = host.contains(":") ? "[" + host + "]" : host;
    try {
      URI uri =
          new URI(
              "%s://%s:%d%s%s"
                  .formatted(scheme, address, port(action.getPort(), container), slash, path));
      return HttpCheck.get(uri, headers, timeout);
    } catch (URISyntaxException e) {
      return new Outcome.Failure(String.valueOf(e.getMessage()));
    }
  }

  /// A number, or the name of one of the container's ports.
  private static int port(IntOrString port, Container container) {
    if (port.getIntVal() != null) {
      return port.getIntVal();
    }
    String name = port.getStrVal();
    return container.getPorts().stream()
        .filter(candidate -> name.equals(candidate.getName()))
        .findFirst()
        .map(io.fabric8.kubernetes.api.model.ContainerPort::getContainerPort)
        .orElseGet(() -> parse(name));
  }

  private static int parse(String name) {
    if (!name.matches("\\d{1,5}")) {
      throw new IllegalArgumentException("couldn't find port: \"%s\"".formatted(name));
    }
    return Integer.parseInt(name);
  }

  private static boolean isEmpty(@org.jspecify.annotations.Nullable String text) {
    return text == null || text.isEmpty();
  }

  private static String text(byte[] bytes) {
    return new String(bytes, StandardCharsets.UTF_8);
  }
}
