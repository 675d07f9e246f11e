package dev.navarch.apiserver.proxy;

import dev.navarch.api.ApiError;
import dev.navarch.api.ApiException;
import dev.navarch.apiserver.ResourcePath;
import dev.navarch.client.AnyServer;
import dev.navarch.client.Cluster;
import dev.navarch.http.Exchange;
import dev.navarch.http.WebSocket;
import io.fabric8.kubernetes.api.model.EndpointAddress;
import io.fabric8.kubernetes.api.model.EndpointPort;
import io.fabric8.kubernetes.api.model.EndpointSubset;
import io.fabric8.kubernetes.api.model.Endpoints;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.Service;
import io.fabric8.kubernetes.api.model.ServicePort;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.random.RandomGenerator;

/// Serves the subresources that lead into nodes, pods and services: `pods/log`, `exec`, `attach`,
/// `portforward`, and `proxy` of all three.
public final class NodeProxy {
  private static final Set<String> POD_STREAMS =
      Set.of("log", "exec", "attach", "portforward", "proxy");
  private static final ApiError.Resource SERVICES = new ApiError.Resource("", "services");
  private final Cluster cluster;
  private final Kubelets kubelets;
  private final RandomGenerator random;

  public NodeProxy(Cluster cluster, Kubelets kubelets, RandomGenerator random) {
    this.cluster = cluster;
    this.kubelets = kubelets;
    this.random = random;
  }

  public static boolean serves(ResourcePath path) {
    return path.group().isEmpty()
        && switch (path.plural()) {
          case "pods" -> POD_STREAMS.contains(path.subresource());
          case "nodes", "services" -> path.subresource().equals("proxy");
          default -> false;
        };
  }

  public void handle(Exchange exchange, Connection to) {
    switch (to.at().plural()) {
      case "nodes" -> node(exchange, to.at());
      case "services" -> service(exchange, to.at());
      default -> pod(exchange, to);
    }
  }

  private void pod(Exchange exchange, Connection to) {
    ResourcePath path = to.at();
    if (path.subresource().equals("proxy")) {
      podProxy(exchange, path);
      return;
    }
    PodStreams streams = new PodStreams(pod(path.namespace(), path.name()), to.query());
    switch (path.subresource()) {
      case "log" -> {
        String target = streams.log();
        var forward = new Forward(exchange, kubelets.at(streams.node()), target);
        if (WebSocket.isAsked(exchange)) {
          forward.passAsMessages();
        } else {
          forward.passOrFail();
        }
      }
      case "exec" -> stream(exchange, streams, streams.exec());
      case "attach" -> stream(exchange, streams, streams.attach());
      default -> stream(exchange, streams, streams.portForward());
    }
  }

  private void stream(Exchange exchange, PodStreams streams, String target) {
    if (!Forward.isUpgrade(exchange)) {
      throw ApiException.badRequest("Upgrade request required");
    }
    new Forward(exchange, kubelets.at(streams.node()), target).pass();
  }

  private Pod pod(String namespace, String name) {
    return cluster
        .find(Pod.class, namespace, name)
        .orElseThrow(
            () -> new ApiException(new ApiError.NotFound(new ApiError.Resource("", "pods"), name)));
  }

  private void node(Exchange exchange, ResourcePath path) {
    Named named = Named.parse(path.name());
    Backend kubelet = kubelets.at(named.name());
    Backend backend =
        named.port().isEmpty()
            ? kubelet
            : Backend.of(kubelet.host(), number(named.port()), Optional.empty(), "");
    new Forward(exchange, backend, Forward.target(exchange, path.rest())).pass();
  }

  private void podProxy(Exchange exchange, ResourcePath path) {
    Named named = Named.parse(path.name());
    Pod pod = pod(path.namespace(), named.name());
    String address = pod.getStatus() == null ? null : pod.getStatus().getPodIP();
    if (address == null || address.isEmpty()) {
      throw ApiException.badRequest("address not allowed: the pod has none yet");
    }
    int port =
        named.port().isEmpty()
            ? pod.getSpec().getContainers().stream()
                .flatMap(container -> container.getPorts().stream())
                .findFirst()
                .map(each -> each.getContainerPort())
                .orElse(80)
            : number(named.port());
    new Forward(exchange, named.backend(address, port), Forward.target(exchange, path.rest()))
        .pass();
  }

  private void service(Exchange exchange, ResourcePath path) {
    Named named = Named.parse(path.name());
    Service service =
        cluster
            .find(Service.class, path.namespace(), named.name())
            .orElseThrow(() -> new ApiException(new ApiError.NotFound(SERVICES, named.name())));
    String portName = portName(service, named);
    List<Backend> backends =
        cluster.find(Endpoints.class, path.namespace(), named.name()).stream()
            .flatMap(endpoints -> endpoints.getSubsets().stream())
            .flatMap(subset -> backends(subset, named, portName).stream())
            .toList();
    if (backends.isEmpty()) {
      throw new ApiException(
          new ApiError.Unavailable(
              "no endpoints available for service \"%s\"".formatted(named.name())));
    }
    Backend chosen = backends.get(random.nextInt(backends.size()));
    new Forward(exchange, chosen, Forward.target(exchange, path.rest())).pass();
  }

  /// The name of the service's port that the request means, by name, number, or being the only one.
  private static String portName(Service service, Named named) {
    List<ServicePort> ports = service.getSpec().getPorts();
    return ports.stream()
        .filter(
            port ->
                named.port().isEmpty()
                    ? ports.size() == 1
                    : named.port().equals(port.getName())
                        || named.port().equals(String.valueOf(port.getPort())))
        .findFirst()
        .map(port -> port.getName() == null ? "" : port.getName())
        .orElseThrow(
            () ->
                new ApiException(
                    new ApiError.Unavailable(
                        "no service port \"%s\" found for service \"%s\""
                            .formatted(named.port(), named.name()))));
  }

  private static List<Backend> backends(EndpointSubset subset, Named named, String portName) {
    Optional<EndpointPort> port =
        subset.getPorts().stream()
            .filter(each -> portName.equals(each.getName() == null ? "" : each.getName()))
            .findFirst();
    return port.stream()
        .flatMap(
            each ->
                subset.getAddresses().stream()
                    .map(EndpointAddress::getIp)
                    .map(ip -> named.backend(ip, each.getPort())))
        .toList();
  }

  private static int number(String port) {
    try {
      int number = Integer.parseInt(port);
      if (number > 0 && number < 65536) {
        return number;
      }
    } catch (NumberFormatException e) {
      // Answered below, like a number that is out of range.
    }
    throw ApiException.badRequest("expected a port number, found \"%s\"".formatted(port));
  }

  /// `https:web:8443`: scheme and port are optional.
  record Named(String scheme, String name, String port) {
    static Named parse(String text) {
      String[] parts = text.split(":", -1);
      return switch (parts.length) {
        case 1 -> new Named("http", parts[0], "");
        case 2 -> new Named("http", parts[0], parts[1]);
        case 3 -> new Named(parts[0].isEmpty() ? "http" : parts[0], parts[1], parts[2]);
        default ->
            throw ApiException.badRequest("invalid service or pod request \"%s\"".formatted(text));
      };
    }

    Backend backend(String address, int port) {
      return switch (scheme) {
        case "http" -> Backend.of(address, port, Optional.empty(), "");
        case "https" -> Backend.of(address, port, Optional.of(AnyServer.context()), "");
        default ->
            throw ApiException.badRequest(
                "expected scheme http or https, found \"%s\"".formatted(scheme));
      };
    }
  }
}
