package dev.navarch.apiserver.admission;

import dev.navarch.api.ApiError;
import dev.navarch.api.ApiException;
import dev.navarch.api.FieldError;
import dev.navarch.apiserver.kinds.KindRulesList;
import dev.navarch.client.Lister;
import io.fabric8.kubernetes.api.model.Service;
import io.fabric8.kubernetes.api.model.ServicePort;
import java.util.HashSet;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import java.util.random.RandomGenerator;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/// Gives services their addresses and node ports. Taken is what the services themselves say, and
/// what is claimed for requests that are not stored yet, here or by another server.
final class ServiceAddresses implements AdmissionPlugin {
  private final Lister<Service> services;
  private final ServiceRanges ranges;
  private final PortRange ports;
  private final RandomGenerator random;
  private final Claims claims;

  ServiceAddresses(
      Lister<Service> services,
      ServiceRanges ranges,
      PortRange ports,
      RandomGenerator random,
      Claims claims) {
    this.services = services;
    this.ranges = ranges;
    this.ports = ports;
    this.random = random;
    this.claims = claims;
  }

  @Override
  public void admit(Request request) {
    if (request.is(Operation.DELETE, "services")) {
      release(request);
      return;
    }
    boolean create = request.is(Operation.CREATE, "services");
    if (!create && !request.is(Operation.UPDATE, "services")) {
      return;
    }
    ObjectNode service = request.content();
    if (!create) {
      KindRulesList.rulesFor("", "Service").prepareForUpdate(service, request.before());
    }
    if (service.path("spec") instanceof ObjectNode spec) {
      assign(request, spec);
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
      address = freeAddress(request);
    } else if (!address.equals("None") && !address.equals(had(request))) {
      check(request, address);
    }
    spec.put("clusterIP", address);
    if (spec.path("clusterIPs").isEmpty()) {
      spec.putArray("clusterIPs").add(address);
    }
  }

  private String freeAddress(Request request) {
    Set<String> taken = takenAddresses(request);
    while (true) {
      String address =
          ranges
              .pick(taken, random)
              .orElseThrow(
                  () ->
                      new ApiException(
                          new ApiError.Internal("failed to allocate a serviceIP: range is full")));
      if (claim(request, "addresses", address)) {
        return address;
      }
      taken.add(address);
    }
  }

  private boolean claim(Request request, String kind, String thing) {
    return request.dryRun() || claims.take(kind, thing, owner(request));
  }

  private static String owner(Request request) {
    return request.namespace() + "/" + request.name();
  }

  /// Whoever comes next may have what a deleted service had.
  private void release(Request request) {
    if (request.dryRun() || request.old() == null) {
      return;
    }
    JsonNode spec = request.before().path("spec");
    String owner = owner(request);
    claims.release("addresses", spec.path("clusterIP").asString("none"), owner);
    Stream.concat(
            spec.path("ports").valueStream().map(port -> port.path("nodePort").asInt(0)),
            Stream.of(spec.path("healthCheckNodePort").asInt(0)))
        .filter(port -> port != 0)
        .forEach(port -> claims.release("nodeports", Integer.toString(port), owner));
  }

  private void check(Request request, String address) {
    String why = null;
    if (!ranges.contains(address)) {
      why =
          "the provided IP (%s) is not in the valid range. The range of valid IPs is %s"
              .formatted(address, ranges);
    } else if (!claim(request, "addresses", address) || takenAddresses(request).contains(address)) {
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
    return others(request)
        .flatMap(service -> service.getSpec().getClusterIPs().stream())
        .collect(Collectors.toCollection(HashSet::new));
  }

  private Stream<Service> others(Request request) {
    return services.all().filter(service -> !isSame(service, request));
  }

  private static boolean isSame(Service service, Request request) {
    return service.getMetadata().getName().equals(request.name())
        && service.getMetadata().getNamespace().equals(request.namespace());
  }

  private void assignNodePorts(Request request, ObjectNode spec, boolean wanted) {
    Set<Integer> own = new HashSet<>();
    int at = 0;
    for (JsonNode each : spec.path("ports")) {
      int asked = each.path("nodePort").asInt(0);
      String field = "spec.ports[" + at++ + "].nodePort";
      if (asked != 0) {
        check(request, field, asked, Set.of());
        own.add(asked);
      }
    }
    Set<Integer> taken = takenPorts(request);
    taken.addAll(own);
    for (JsonNode each : spec.path("ports")) {
      if (wanted && each.path("nodePort").asInt(0) == 0 && each instanceof ObjectNode port) {
        int free = free(request, taken);
        port.put("nodePort", free);
        taken.add(free);
      }
    }
  }

  private void assignHealthPort(Request request, ObjectNode spec) {
    Set<Integer> own = new HashSet<>();
    spec.path("ports").forEach(port -> own.add(port.path("nodePort").asInt(0)));
    int asked = spec.path("healthCheckNodePort").asInt(0);
    if (asked == 0) {
      own.addAll(takenPorts(request));
      asked = free(request, own);
      spec.put("healthCheckNodePort", asked);
    } else {
      check(request, "spec.healthCheckNodePort", asked, own);
    }
  }

  private int free(Request request, Set<Integer> taken) {
    while (true) {
      int port =
          ports
              .pick(taken, random)
              .orElseThrow(
                  () ->
                      invalid(
                          request,
                          "spec.ports",
                          "0",
                          "failed to allocate a nodePort: range %s is full".formatted(ports)));
      if (claim(request, "nodeports", Integer.toString(port))) {
        return port;
      }
      taken.add(port);
    }
  }

  private static boolean had(Request request, int port) {
    if (request.old() == null) {
      return false;
    }
    JsonNode spec = request.before().path("spec");
    return spec.path("healthCheckNodePort").asInt(0) == port
        || spec.path("ports").valueStream().anyMatch(p -> p.path("nodePort").asInt(0) == port);
  }

  /// Looks at what is there after it was promised: a request may have been waiting for its promise
  /// until that of another one, now stored, had ended.
  private void check(Request request, String field, int port, Set<Integer> own) {
    if (!ports.contains(port)) {
      throw invalid(
          request,
          field,
          Integer.toString(port),
          "provided port is not in the valid range. The range of valid ports is " + ports);
    }
    boolean free =
        had(request, port)
            || (!own.contains(port)
                && claim(request, "nodeports", Integer.toString(port))
                && !takenPorts(request).contains(port));
    if (!free) {
      throw invalid(request, field, Integer.toString(port), "provided port is already allocated");
    }
  }

  private Set<Integer> takenPorts(Request request) {
    return others(request)
        .flatMap(
            service ->
                Stream.concat(
                    service.getSpec().getPorts().stream().map(ServicePort::getNodePort),
                    Stream.ofNullable(service.getSpec().getHealthCheckNodePort())))
        .filter(Objects::nonNull)
        .collect(Collectors.toCollection(HashSet::new));
  }

  private static ApiException invalid(Request request, String field, String value, String detail) {
    return new ApiException(
        new ApiError.Invalid(
            "", "Service", request.name(), List.of(FieldError.invalid(field, value, detail))));
  }
}
