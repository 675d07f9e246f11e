package dev.navarch.apiserver.kinds;

import static dev.navarch.apiserver.kinds.Defaults.objects;

import dev.navarch.api.FieldError;
import dev.navarch.api.selectors.NameChecks;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Consumer;
import java.util.function.Function;
import java.util.stream.Collectors;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.JsonNodeFactory;
import tools.jackson.databind.node.ObjectNode;

/// Services: one address for many pods. The address and the node ports are handed out by admission
/// and stay with the service for as long as it needs them.
final class Services implements KindRules {
  private static final long AFFINITY_SECONDS = 10800;
  private static final int KUBELET = 10250;

  @Override
  public void setDefaults(ObjectNode service) {
    ObjectNode spec = Defaults.object(service, "spec");
    Defaults.put(spec, "sessionAffinity", "None");
    if (spec.path("sessionAffinity").asString("").equals("ClientIP")) {
      ObjectNode config = Defaults.object(spec, "sessionAffinityConfig");
      Defaults.put(Defaults.object(config, "clientIP"), "timeoutSeconds", AFFINITY_SECONDS);
    }
    if (spec.path("sessionAffinity").asString("").equals("None")) {
      spec.remove("sessionAffinityConfig");
    }
    Defaults.put(spec, "type", "ClusterIP");
    for (ObjectNode port : objects(spec.path("ports"))) {
      Defaults.put(port, "protocol", "TCP");
      if (port.path("targetPort").asString("0").equals("0")) {
        port.put("targetPort", port.path("port").asInt(0));
      }
    }
    if (isReachableFromOutside(spec)) {
      Defaults.put(spec, "externalTrafficPolicy", "Cluster");
    }
    if (!type(spec).equals("ExternalName")) {
      Defaults.put(spec, "internalTrafficPolicy", "Cluster");
    }
    if (type(spec).equals("LoadBalancer")) {
      Defaults.put(spec, "allocateLoadBalancerNodePorts", true);
    }
  }

  private static String type(JsonNode spec) {
    return spec.path("type").asString("");
  }

  private static boolean isReachableFromOutside(JsonNode spec) {
    return switch (type(spec)) {
      case "NodePort", "LoadBalancer" -> true;
      case "ClusterIP" -> !spec.path("externalIPs").isEmpty();
      default -> false;
    };
  }

  @Override
  public void prepareForCreate(ObjectNode service) {
    service.putObject("status").putObject("loadBalancer");
  }

  @Override
  public void prepareForUpdate(ObjectNode service, ObjectNode old) {
    ObjectNode spec = Defaults.object(service, "spec");
    JsonNode before = old.path("spec");
    if (!type(spec).equals("ExternalName") && !type(before).equals("ExternalName")) {
      for (String field : List.of("clusterIP", "clusterIPs", "ipFamilies", "ipFamilyPolicy")) {
        if (isEmpty(spec.path(field)) && !isEmpty(before.path(field))) {
          spec.set(field, before.path(field).deepCopy());
        }
      }
    }
    if (hasNodePorts(spec) && hasNodePorts(before)) {
      objects(spec.path("ports")).forEach(port -> keepNodePort(port, before.path("ports")));
      Defaults.put(spec, "healthCheckNodePort", before.path("healthCheckNodePort").asLong(0));
    }
    if (spec.path("healthCheckNodePort").asLong(0) == 0 || !type(spec).equals("LoadBalancer")) {
      spec.remove("healthCheckNodePort");
    }
    if (!hasNodePorts(spec) && hasNodePorts(before)) {
      dropKeptNodePorts(spec, before);
    }
    if (!type(spec).equals("LoadBalancer") && type(before).equals("LoadBalancer")) {
      for (String field : List.of("allocateLoadBalancerNodePorts", "loadBalancerClass")) {
        if (spec.path(field).equals(before.path(field))) {
          spec.remove(field);
        }
      }
    }
  }

  /// A client that changes the type back usually sends the old ports along: they are given up.
  private static void dropKeptNodePorts(ObjectNode spec, JsonNode before) {
    Set<Long> old =
        objects(before.path("ports")).stream()
            .map(port -> port.path("nodePort").asLong(0))
            .collect(Collectors.toSet());
    for (ObjectNode port : objects(spec.path("ports"))) {
      if (old.contains(port.path("nodePort").asLong(0))) {
        port.remove("nodePort");
      }
    }
    if (!isReachableFromOutside(spec)) {
      spec.remove(List.of("externalTrafficPolicy", "allocateLoadBalancerNodePorts"));
    }
  }

  private static void keepNodePort(ObjectNode port, JsonNode before) {
    Optional<JsonNode> same =
        before
            .valueStream()
            .filter(p -> p.path("port").equals(port.path("port")))
            .filter(p -> p.path("protocol").equals(port.path("protocol")))
            .findFirst();
    same.map(p -> p.path("nodePort").asLong(0))
        .filter(nodePort -> nodePort != 0)
        .ifPresent(nodePort -> Defaults.putNonZero(port, "nodePort", nodePort));
  }

  private static boolean hasNodePorts(JsonNode spec) {
    return type(spec).equals("NodePort") || type(spec).equals("LoadBalancer");
  }

  private static boolean isEmpty(JsonNode value) {
    return Defaults.isGap(value) || (value.isArray() && value.isEmpty());
  }

  @Override
  public void validate(ObjectNode service, Consumer<FieldError> errors) {
    Place spec = Place.root(service, errors).at("spec");
    String type = type(spec.node());
    String address = spec.at("clusterIP").text();
    boolean headless = address.equals("None");
    if (!type.equals("ExternalName") && !headless) {
      spec.at("ports").present();
    }
    if (hasNodePorts(spec.node()) && headless) {
      spec.at("clusterIPs[0]")
          .invalidText("None", "may not be set to 'None' for %s services".formatted(type));
    }
    if (type.equals("ExternalName")) {
      if (!address.isEmpty()) {
        spec.at("clusterIPs").forbidden("may not be set when type is 'ExternalName'");
      }
      if (spec.at("externalName").present()) {
        spec.at("externalName").dnsSubdomain();
      }
    }
    spec.at("selector").labels();
    spec.at("sessionAffinityConfig", "clientIP", "timeoutSeconds").between(1, 86400);
    spec.at("externalIPs").items().forEach(Addresses::validateReachable);
    validateBalancer(spec, type);
    Place external = spec.at("externalTrafficPolicy");
    if (!external.isEmpty() && !isReachableFromOutside(spec.node())) {
      external.invalid("may only be set for externally-accessible services");
    }
    validatePorts(spec.at("ports"), type);
  }

  /// What only a load balancer has.
  private static void validateBalancer(Place spec, String type) {
    boolean balanced = type.equals("LoadBalancer");
    for (String field :
        List.of("allocateLoadBalancerNodePorts", "loadBalancerSourceRanges", "loadBalancerClass")) {
      if (!balanced && !spec.at(field).isEmpty()) {
        spec.at(field).forbidden("may only be used when `type` is 'LoadBalancer'");
      }
    }
    spec.at("loadBalancerSourceRanges").items().forEach(Addresses::validateRange);
    if (!spec.at("loadBalancerClass").isEmpty()) {
      spec.at("loadBalancerClass")
          .names(NameChecks.qualifiedName(spec.at("loadBalancerClass").text()));
    }
    boolean local = spec.at("externalTrafficPolicy").text().equals("Local");
    Place health = spec.at("healthCheckNodePort");
    if (health.number(0) != 0 && !(balanced && local)) {
      health.invalid(
          "may only be set when `type` is 'LoadBalancer' and `externalTrafficPolicy` is 'Local'");
    }
    if (balanced) {
      for (Place port : spec.at("ports").items()) {
        if (port.at("port").number(0) == KUBELET) {
          port.at("port")
              .invalid(
                  "may not expose port %d externally since it is used by kubelet"
                      .formatted(KUBELET));
        }
      }
    }
    Place addresses = spec.at("clusterIPs");
    String first = addresses.node().path(0).asString("");
    Place address = spec.at("clusterIP");
    if (!address.isEmpty() && !first.isEmpty() && !address.text().equals(first)) {
      addresses.invalid("first value must match `clusterIP`");
    }
    if (addresses.items().size() > 2) {
      addresses.invalid("may only hold up to 2 values");
    }
    if (!address.isEmpty() && !address.text().equals("None")) {
      Addresses.validate(new Place(addresses.path() + "[0]", address.node(), address.errors()));
    }
  }

  @Override
  public void validateStatusUpdate(
      ObjectNode service, ObjectNode old, Consumer<FieldError> errors) {
    Place root = Place.root(service, errors);
    Place points = root.at("status", "loadBalancer", "ingress");
    boolean balanced = type(service.path("spec")).equals("LoadBalancer");
    if (!balanced
        && !points.isEmpty()
        && !points.node().equals(old.at("/status/loadBalancer/ingress"))) {
      points.forbidden("may only be used when `spec.type` is \"LoadBalancer\"");
    }
    for (Place point : points.items()) {
      if (!point.at("ip").isEmpty()) {
        Addresses.validate(point.at("ip"));
      } else if (point.at("ipMode").isSet()) {
        point.at("ipMode").forbidden("may not be specified when `ip` is not set");
      }
      Place host = point.at("hostname");
      if (!host.isEmpty()) {
        host.dnsSubdomain();
        if (Addresses.parse(host.text()).isPresent()) {
          host.invalid("must be a DNS name, not an IP address");
        }
      }
    }
  }

  private static void validatePorts(Place ports, String type) {
    ports.distinct("name");
    Set<String> slots = new HashSet<>();
    Set<String> nodeSlots = new HashSet<>();
    boolean many = ports.items().size() > 1;
    for (Place port : ports.items()) {
      Place name = port.at("name");
      if (many) {
        name.present();
      }
      if (!name.isEmpty()) {
        name.dnsLabel();
      }
      port.at("port").between(1, 65535);
      port.at("targetPort").portOrName();
      if (!port.at("appProtocol").isEmpty()) {
        port.at("appProtocol").names(NameChecks.qualifiedName(port.at("appProtocol").text()));
      }
      Place nodePort = port.at("nodePort");
      boolean wantsNodePort = nodePort.number(0) != 0;
      if (wantsNodePort && !List.of("NodePort", "LoadBalancer").contains(type)) {
        nodePort.forbidden("may not be used when `type` is '%s'".formatted(type));
      }
      String protocol = port.at("protocol").text();
      if (wantsNodePort && !nodeSlots.add(protocol + nodePort.number(0))) {
        nodePort.duplicate();
      }
      if (!slots.add(protocol + port.at("port").number(0))) {
        ObjectNode slot = JsonNodeFactory.instance.objectNode();
        slot.put("protocol", protocol).put("port", port.at("port").number(0));
        new Place(port.path(), slot, port.errors()).duplicate();
      }
    }
  }

  @Override
  public void validateUpdate(ObjectNode service, ObjectNode old, Consumer<FieldError> errors) {
    Place spec = Place.root(service, errors).at("spec");
    JsonNode before = old.path("spec");
    boolean bothHaveAddresses =
        !type(spec.node()).equals("ExternalName") && !type(before).equals("ExternalName");
    String was = before.path("clusterIP").asString("");
    if (bothHaveAddresses && !was.isEmpty() && !was.equals(spec.at("clusterIP").text())) {
      spec.at("clusterIPs[0]").invalidText(spec.at("clusterIP").text(), "may not change once set");
    }
    boolean bothBalanced =
        type(spec.node()).equals("LoadBalancer") && type(before).equals("LoadBalancer");
    Place balancer = spec.at("loadBalancerClass");
    if (bothBalanced && !balancer.text().equals(before.path("loadBalancerClass").asString(""))) {
      balancer.invalid("may not change once set");
    }
  }

  @Override
  public NameRule nameRule() {
    return NameRule.DNS_1035_LABEL;
  }

  @Override
  public boolean hasGeneration() {
    return false;
  }

  @Override
  public Map<String, Function<JsonNode, String>> selectableFields() {
    return Map.of(
        "spec.clusterIP", Fields.text("/spec/clusterIP"), "spec.type", Fields.text("/spec/type"));
  }

  @Override
  public List<Column> columns() {
    return ServiceColumns.ALL;
  }
}
