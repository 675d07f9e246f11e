package dev.navarch.apiserver.aggregation;

import dev.navarch.apiserver.proxy.Backend;
import dev.navarch.client.Cluster;
import dev.navarch.client.Cluster.ListOptions;
import dev.navarch.client.Resource;
import io.fabric8.kubernetes.api.model.Service;
import io.fabric8.kubernetes.api.model.ServicePort;
import io.fabric8.kubernetes.api.model.ServiceReference;
import io.fabric8.kubernetes.api.model.discovery.v1.EndpointSlice;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.util.List;
import java.util.Optional;
import java.util.random.RandomGenerator;

/// Finds a server behind the Service that an API is registered with: one of its ready endpoints, so
/// that the control plane's machine needs no proxy for cluster addresses.
record ServiceResolver(Cluster cluster, RandomGenerator random) {
  private static final int DEFAULT_PORT = 443;

  /// What became of looking for a server.
  sealed interface Resolution {
    record Found(Backend backend) implements Resolution {}

    /// @param reason as it stands in a condition: `ServiceNotFound`
    record Missing(String reason, String message) implements Resolution {}
  }

  Resolution resolve(Remote remote) {
    ServiceReference wanted = remote.registration().getSpec().getService();
    int number = wanted.getPort() == null ? DEFAULT_PORT : wanted.getPort();
    String called = "service/%s in \"%s\"".formatted(wanted.getName(), wanted.getNamespace());
    Optional<Service> service =
        cluster.find(Service.class, wanted.getNamespace(), wanted.getName());
    if (service.isEmpty()) {
      return new Resolution.Missing("ServiceNotFound", called + " is not present");
    }
    if ("ExternalName".equals(service.get().getSpec().getType())) {
      return external(remote, service.get().getSpec().getExternalName(), number);
    }
    Optional<ServicePort> port =
        service.get().getSpec().getPorts().stream()
            .filter(each -> each.getPort() == number)
            .findFirst();
    if (port.isEmpty()) {
      return new Resolution.Missing(
          "ServicePortError", called + " is not listening on port " + number);
    }
    String name = port.get().getName() == null ? "" : port.get().getName();
    return endpoint(remote, wanted, called, name);
  }

  private static Resolution external(Remote remote, String host, int port) {
    try {
      return new Resolution.Found(remote.at(InetAddress.getByName(host).getHostAddress(), port));
    } catch (UnknownHostException e) {
      return new Resolution.Missing("FailedDiscoveryCheck", "no such host: " + host);
    }
  }

  private Resolution endpoint(
      Remote remote, ServiceReference wanted, String called, String portName) {
    List<EndpointSlice> slices =
        cluster
            .list(
                Resource.of(EndpointSlice.class),
                new ListOptions(
                    wanted.getNamespace(),
                    "kubernetes.io/service-name=" + wanted.getName(),
                    "",
                    "0",
                    0,
                    ""))
            .items();
    if (slices.isEmpty()) {
      return new Resolution.Missing(
          "EndpointsNotFound", "cannot find endpointslices for " + called);
    }
    List<Backend> ready =
        slices.stream().flatMap(slice -> ready(remote, slice, portName).stream()).toList();
    return ready.isEmpty()
        ? new Resolution.Missing(
            "MissingEndpoints",
            "endpointslices for %s have no addresses with port name \"%s\""
                .formatted(called, portName))
        : new Resolution.Found(ready.get(random.nextInt(ready.size())));
  }

  private static List<Backend> ready(Remote remote, EndpointSlice slice, String portName) {
    return slice.getPorts().stream()
        .filter(port -> portName.equals(port.getName() == null ? "" : port.getName()))
        .filter(port -> port.getPort() != null)
        .findFirst()
        .map(
            port ->
                slice.getEndpoints().stream()
                    .filter(
                        endpoint ->
                            endpoint.getConditions() == null
                                || !Boolean.FALSE.equals(endpoint.getConditions().getReady()))
                    .flatMap(endpoint -> endpoint.getAddresses().stream())
                    .map(address -> remote.at(address, port.getPort()))
                    .toList())
        .orElse(List.of());
  }
}
