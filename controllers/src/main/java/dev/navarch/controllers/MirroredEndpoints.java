package dev.navarch.controllers;

import io.fabric8.kubernetes.api.model.EndpointAddress;
import io.fabric8.kubernetes.api.model.EndpointSubset;
import io.fabric8.kubernetes.api.model.Endpoints;
import io.fabric8.kubernetes.api.model.discovery.v1.Endpoint;
import io.fabric8.kubernetes.api.model.discovery.v1.EndpointBuilder;
import io.fabric8.kubernetes.api.model.discovery.v1.EndpointPort;
import io.fabric8.kubernetes.api.model.discovery.v1.EndpointPortBuilder;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/// The older form of endpoints in terms of the newer: addresses of one family, by their ports.
final class MirroredEndpoints {
  /// Of one subset, as upstream's: what is more is left out.
  private static final int MOST = 1000;

  private MirroredEndpoints() {}

  static Map<List<EndpointPort>, List<Endpoint>> of(Endpoints endpoints, String family) {
    Map<List<EndpointPort>, Map<String, Endpoint>> found = new LinkedHashMap<>();
    for (EndpointSubset subset : endpoints.getSubsets()) {
      Map<String, Endpoint> here = new LinkedHashMap<>();
      subset.getAddresses().forEach(address -> add(address, true, family, here));
      subset.getNotReadyAddresses().forEach(address -> add(address, false, family, here));
      if (!here.isEmpty()) {
        found.computeIfAbsent(ports(subset), _ -> new LinkedHashMap<>()).putAll(here);
      }
    }
    Map<List<EndpointPort>, List<Endpoint>> mirrored = new LinkedHashMap<>();
    found.forEach((ports, each) -> mirrored.put(ports, new ArrayList<>(each.values())));
    return mirrored;
  }

  private static void add(
      EndpointAddress address, boolean ready, String family, Map<String, Endpoint> to) {
    boolean fits = address.getIp().contains(":") == family.equals("IPv6");
    if (fits && to.size() < MOST) {
      to.put(
          address.getIp(),
          new EndpointBuilder()
              .withAddresses(address.getIp())
              .withNewConditions()
              .withReady(ready)
              .endConditions()
              .withHostname(address.getHostname())
              .withNodeName(address.getNodeName())
              .withTargetRef(address.getTargetRef())
              .build());
    }
  }

  private static List<EndpointPort> ports(EndpointSubset subset) {
    return subset.getPorts().stream()
        .map(
            port ->
                new EndpointPortBuilder()
                    .withName(Optional.ofNullable(port.getName()).orElse(""))
                    .withPort(port.getPort())
                    .withProtocol(port.getProtocol())
                    .withAppProtocol(port.getAppProtocol())
                    .build())
        .toList();
  }
}
