package dev.navarch.apiserver.webhooks;

import dev.navarch.api.ApiError;
import dev.navarch.api.ApiException;
import dev.navarch.client.Cluster;
import io.fabric8.kubernetes.api.model.EndpointPort;
import io.fabric8.kubernetes.api.model.EndpointSubset;
import io.fabric8.kubernetes.api.model.Endpoints;
import io.fabric8.kubernetes.api.model.Service;
import io.fabric8.kubernetes.api.model.ServicePort;
import java.net.InetSocketAddress;
import java.util.List;
import java.util.Objects;
import java.util.function.Supplier;
import java.util.random.RandomGenerator;
import java.util.stream.Stream;

/// Finds a ready endpoint of a Service: the API server stands outside of the network in which
/// cluster addresses mean something, so it goes where they would lead.
public record ServiceEndpoints(Supplier<? extends Cluster> cluster, RandomGenerator random)
    implements WebhookClient.ServiceResolver {

  @Override
  public InetSocketAddress resolve(String namespace, String name, int port) {
    Service service =
        cluster
            .get()
            .find(Service.class, namespace, name)
            .orElseThrow(() -> unavailable("service \"%s\" not found".formatted(name)));
    if ("ExternalName".equals(service.getSpec().getType())) {
      return new InetSocketAddress(service.getSpec().getExternalName(), port);
    }
    String portName =
        service.getSpec().getPorts().stream()
            .filter(each -> Objects.equals(each.getPort(), port))
            .findFirst()
            .map(ServiceEndpoints::nameOf)
            .orElseThrow(
                () ->
                    unavailable(
                        "no service port %d found for service \"%s\"".formatted(port, name)));
    List<InetSocketAddress> addresses =
        cluster.get().find(Endpoints.class, namespace, name).stream()
            .flatMap(endpoints -> endpoints.getSubsets().stream())
            .flatMap(subset -> addresses(subset, portName))
            .toList();
    if (addresses.isEmpty()) {
      throw unavailable("no endpoints available for service \"%s\"".formatted(name));
    }
    return addresses.get(random.nextInt(addresses.size()));
  }

  private static String nameOf(ServicePort port) {
    return port.getName() == null ? "" : port.getName();
  }

  private static Stream<InetSocketAddress> addresses(EndpointSubset subset, String portName) {
    return subset.getPorts().stream()
        .filter(port -> portName.equals(port.getName() == null ? "" : port.getName()))
        .map(EndpointPort::getPort)
        .flatMap(
            port ->
                subset.getAddresses().stream()
                    .map(address -> new InetSocketAddress(address.getIp(), port)));
  }

  private static ApiException unavailable(String message) {
    return new ApiException(new ApiError.Unavailable(message));
  }
}
