package dev.navarch.apiserver.proxy;

import dev.navarch.client.Cluster;
import dev.navarch.client.Cluster.ListOptions;
import dev.navarch.client.Resource;
import io.fabric8.kubernetes.api.model.Service;
import io.fabric8.kubernetes.api.model.ServicePort;
import io.fabric8.kubernetes.api.model.discovery.v1.EndpointSlice;
import java.net.InetSocketAddress;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.function.Supplier;
import java.util.random.RandomGenerator;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/// Finds a server behind a Service: one of its ready endpoints. The API server stands outside of
/// the network in which cluster addresses mean something, so it goes where they would lead.
public record ServiceEndpoints(Supplier<? extends Cluster> cluster, RandomGenerator random) {

  /// What became of looking for a server.
  public sealed interface Resolution {
    /// @param address unresolved when the Service stands for a name that nobody knows
    record Found(InetSocketAddress address) implements Resolution {}

    record NoService() implements Resolution {}

    record NoPort() implements Resolution {}

    record NoSlices() implements Resolution {}

    record NoneReady(String portName) implements Resolution {}
  }

  /// @param number of the Service's port
  public Resolution resolve(String namespace, String name, int number) {
    Optional<Service> found = cluster.get().find(Service.class, namespace, name);
    if (found.isEmpty()) {
      return new Resolution.NoService();
    }
    Service service = found.get();
    if ("ExternalName".equals(service.getSpec().getType())) {
      return new Resolution.Found(
          new InetSocketAddress(service.getSpec().getExternalName(), number));
    }
    Optional<ServicePort> port =
        service.getSpec().getPorts().stream()
            .filter(each -> Objects.equals(each.getPort(), number))
            .findFirst();
    return port.isEmpty()
        ? new Resolution.NoPort()
        : endpoint(namespace, name, named(port.get().getName()));
  }

  private Resolution endpoint(String namespace, String name, String portName) {
    List<EndpointSlice> slices =
        cluster
            .get()
            .list(
                Resource.of(EndpointSlice.class),
                new ListOptions(namespace, "kubernetes.io/service-name=" + name, "", "0", 0, ""))
            .items();
    if (slices.isEmpty()) {
      return new Resolution.NoSlices();
    }
    List<InetSocketAddress> ready =
        slices.stream().flatMap(slice -> ready(slice, portName)).toList();
    return ready.isEmpty()
        ? new Resolution.NoneReady(portName)
        : new Resolution.Found(ready.get(random.nextInt(ready.size())));
  }

  private static Stream<InetSocketAddress> ready(EndpointSlice slice, String portName) {
    return slice.getPorts().stream()
        .filter(port -> portName.equals(named(port.getName())))
        .filter(port -> port.getPort() != null)
        .limit(1)
        .flatMap(
            port ->
                slice.getEndpoints().stream()
                    .filter(
                        endpoint ->
                            endpoint.getConditions() == null
                                || !Boolean.FALSE.equals(endpoint.getConditions().getReady()))
                    .flatMap(endpoint -> endpoint.getAddresses().stream())
                    .map(address -> new InetSocketAddress(address, port.getPort())));
  }

  private static String named(@Nullable String name) {
    return name == null ? "" : name;
  }
}
