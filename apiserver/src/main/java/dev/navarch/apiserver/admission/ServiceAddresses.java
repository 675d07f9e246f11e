package dev.navarch.apiserver.admission;

import dev.navarch.api.ApiError;
import dev.navarch.api.ApiException;
import dev.navarch.api.FieldError;
import dev.navarch.apiserver.kinds.KindRulesList;
import dev.navarch.client.Lister;
import io.fabric8.kubernetes.api.model.Service;
import io.fabric8.kubernetes.api.model.ServicePort;
import java.time.InstantSource;
import java.util.HashSet;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import java.util.random.RandomGenerator;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/// Gives services their addresses and node ports. Nothing is written down apart: taken is what the
/// services themselves say, and what was promised to requests that are not stored yet.
final class ServiceAddresses implements AdmissionPlugin {
  private final Lister<Service> services;
  private final AddressRange range;
  private final PortRange ports;
  private final RandomGenerator random;
  private final Reservations<String> addresses;
  private final Reservations<Integer> nodePorts;

  ServiceAddresses(
      Lister<Service> services,
      AddressRange range,
      PortRange ports,
      RandomGenerator random,
      InstantSource clock) {
    this.services = services;
    this.range = range;
    this.ports = ports;
    this.random = random;
    this.addresses = new Reservations<>(clock);
    this.nodePorts = new Reservations<>(clock);
  }

  @Override
  public void admit(Request request) {
    boolean create = request.is(Operation.CREATE, "services");
    if (!create && !request.is(Operation.UPDATE, "services")) {
      return;
    }
    ObjectNode service = request.content();
    if (!create) {
      KindRulesList.rulesFor("", "Service").prepareForUpdate(service, request.before());
    }
    if (service.path("spec") instanceof ObjectNode spec) {
      synchronized (this) {
        assign(request, spec);
      }
    }
  }

  private void assign(Request request, ObjectNode spec) {
    String type = spec.path("type").asString("");
    if (type.equals("ExternalName")) {
      giveUp(request, spec);
      return;
    }
    assignFamily(request, spec);
    assignAddress(request, spec);
    boolean balanced = type.equals("LoadBalancer");
    boolean wanted =
        type.equals("NodePort")
            || (balanced && spec.path("allocateLoadBalancerNodePorts").asBoolean(true));
    assignNodePorts(request, spec, wanted);
    if (balanced && spec.path("externalTrafficPolicy").asString("").equals("Local")) {
      assignHealthPort(request, spec);
    }
  }

  /// A service that becomes a mere name keeps no address that it did not ask for.
  private static void giveUp(Request request, ObjectNode spec) {
    JsonNode before = request.old() == null ? spec : request.before().path("spec");
    if (request.old() != null && spec.path("clusterIP").equals(before.path("clusterIP"))) {
      spec.remove(List.of("clusterIP", "clusterIPs", "ipFamilies", "ipFamilyPolicy"));
      spec.remove("internalTrafficPolicy");
    }
  }

  private void assignFamily(Request request, ObjectNode spec) {
    String policy = spec.path("ipFamilyPolicy").asString("");
    if (policy.equals("RequireDualStack")) {
      throw invalid(
          request,
          "spec.ipFamilyPolicy",
          "\"RequireDualStack\"",
          "this cluster is not configured for dual-stack services");
    }
    for (JsonNode family : spec.path("ipFamilies")) {
      if (!family.asString("").equals("IPv4")) {
        throw invalid(
            request, "spec.ipFamilies[0]", family.toString(), "not configured on this cluster");
      }
    }
    if (policy.isEmpty()) {
      spec.put("ipFamilyPolicy", "SingleStack");
    }
    if (spec.path("ipFamilies").isEmpty()) {
      spec.putArray("ipFamilies").add("IPv4");
    }
  }

  private void assignAddress(Request request, ObjectNode spec) {
    String given = spec.path("clusterIP").asString("");
    String address = given.isEmpty() ? spec.path("clusterIPs").path(0).asString("") : given;
    if (address.isEmpty()) {
      address =
          range
              .pick(takenAddresses(request), random)
              .orElseThrow(
                  () ->
                      new ApiException(
                          new ApiError.Internal("failed to allocate a serviceIP: range is full")));
    } else if (!address.equals("None") && !address.equals(had(request))) {
      check(request, address);
    }
    if (!address.equals("None") && !request.dryRun()) {
      addresses.reserve(address, owner(request));
    }
    spec.put("clusterIP", address);
    if (spec.path("clusterIPs").isEmpty()) {
      spec.putArray("clusterIPs").add(address);
    }
  }

  private void check(Request request, String address) {
    String why = null;
    if (!range.contains(address)) {
      why =
          "the provided IP (%s) is not in the valid range. The range of valid IPs is %s"
              .formatted(address, range);
    } else if (takenAddresses(request).contains(address)) {
      why = "provided IP is already allocated";
    }
    if (why != null) {
      throw invalid(
          request,
          "spec.clusterIPs",
          "[\"" + address + "\"]",
          "failed to allocate IP %s: %s".formatted(address, why));
    }
  }

  private static String had(Request request) {
    return request.old() == null ? "" : request.before().at("/spec/clusterIP").asString("");
  }

  private Set<String> takenAddresses(Request request) {
    return Stream.concat(
            others(request).flatMap(service -> service.getSpec().getClusterIPs().stream()),
            addresses.ofOthers(owner(request)))
        .collect(Collectors.toSet());
  }

  private Stream<Service> others(Request request) {
    return services.all().filter(service -> !isSame(service, request));
  }

  private static boolean isSame(Service service, Request request) {
    return service.getMetadata().getName().equals(request.name())
        && service.getMetadata().getNamespace().equals(request.namespace());
  }

  private void assignNodePorts(Request request, ObjectNode spec, boolean wanted) {
    Set<Integer> taken = takenPorts(request);
    Set<Integer> own = new HashSet<>();
    int at = 0;
    for (JsonNode each : spec.path("ports")) {
      int asked = each.path("nodePort").asInt(0);
      String field = "spec.ports[" + at++ + "].nodePort";
      if (asked != 0) {
        check(request, field, asked, taken);
        own.add(asked);
      }
    }
    taken.addAll(own);
    for (JsonNode each : spec.path("ports")) {
      if (wanted && each.path("nodePort").asInt(0) == 0 && each instanceof ObjectNode port) {
        int free = free(request, taken);
        port.put("nodePort", free);
        taken.add(free);
        own.add(free);
      }
    }
    reserve(request, own);
  }

  private void assignHealthPort(Request request, ObjectNode spec) {
    Set<Integer> taken = takenPorts(request);
    spec.path("ports").forEach(port -> taken.add(port.path("nodePort").asInt(0)));
    int asked = spec.path("healthCheckNodePort").asInt(0);
    if (asked == 0) {
      asked = free(request, taken);
      spec.put("healthCheckNodePort", asked);
    } else {
      check(request, "spec.healthCheckNodePort", asked, taken);
    }
    reserve(request, Set.of(asked));
  }

  private void reserve(Request request, Set<Integer> own) {
    if (!request.dryRun()) {
      own.forEach(port -> nodePorts.reserve(port, owner(request)));
    }
  }

  private int free(Request request, Set<Integer> taken) {
    return ports
        .pick(taken, random)
        .orElseThrow(
            () ->
                invalid(
                    request,
                    "spec.ports",
                    "0",
                    "failed to allocate a nodePort: range %s is full".formatted(ports)));
  }

  private void check(Request request, String field, int port, Set<Integer> taken) {
    if (!ports.contains(port)) {
      throw invalid(
          request,
          field,
          Integer.toString(port),
          "provided port is not in the valid range. The range of valid ports is " + ports);
    }
    if (taken.contains(port)) {
      throw invalid(request, field, Integer.toString(port), "provided port is already allocated");
    }
  }

  private Set<Integer> takenPorts(Request request) {
    Stream<Integer> stored =
        others(request)
            .flatMap(
                service ->
                    Stream.concat(
                        service.getSpec().getPorts().stream().map(ServicePort::getNodePort),
                        Stream.ofNullable(service.getSpec().getHealthCheckNodePort())))
            .filter(Objects::nonNull);
    return Stream.concat(stored, nodePorts.ofOthers(owner(request)))
        .collect(Collectors.toCollection(HashSet::new));
  }

  private static String owner(Request request) {
    return request.namespace() + "/" + request.name();
  }

  private static ApiException invalid(Request request, String field, String value, String detail) {
    return new ApiException(
        new ApiError.Invalid(
            "", "Service", request.name(), List.of(FieldError.invalid(field, value, detail))));
  }
}
