package dev.navarch.apiserver.kinds;

import static dev.navarch.apiserver.kinds.Columns.orNone;
import static dev.navarch.apiserver.kinds.Columns.text;
import static dev.navarch.apiserver.kinds.Columns.wide;

import dev.navarch.apiserver.kinds.KindRules.Column;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/// What `kubectl get services` shows.
final class ServiceColumns {
  static final List<Column> ALL =
      List.of(
          Column.NAME,
          text("Type", "How the service is reached.", "/spec/type"),
          text("Cluster-IP", "The address inside the cluster.", "/spec/clusterIP"),
          text("External-IP", "Addresses outside the cluster.", ServiceColumns::external),
          text("Port(s)", "Ports, with their node ports.", ServiceColumns::ports),
          Column.AGE,
          wide(
              text(
                  "Selector",
                  "The labels of the pods behind it.",
                  service -> Columns.labels(service.at("/spec/selector")))));

  private ServiceColumns() {}

  private static String external(ObjectNode service) {
    Stream<String> fixed = Columns.texts(service.at("/spec/externalIPs"));
    return switch (service.at("/spec/type").asString("")) {
      case "ClusterIP", "NodePort" -> orNone(fixed.collect(Collectors.joining(",")));
      case "LoadBalancer" -> {
        String all = Stream.concat(balancers(service), fixed).collect(Collectors.joining(","));
        yield all.isEmpty() ? "<pending>" : all;
      }
      case "ExternalName" -> service.at("/spec/externalName").asString("");
      default -> "<unknown>";
    };
  }

  /// Addresses, or else host names, that a load balancer gave an object.
  static Stream<String> balancers(JsonNode object) {
    return object
        .at("/status/loadBalancer/ingress")
        .valueStream()
        .map(point -> Columns.textAt(point, "/ip", Columns.textAt(point, "/hostname", "")))
        .filter(text -> !text.isEmpty())
        .sorted()
        .distinct();
  }

  private static String ports(ObjectNode service) {
    return orNone(
        service
            .at("/spec/ports")
            .valueStream()
            .map(ServiceColumns::port)
            .collect(Collectors.joining(",")));
  }

  private static String port(JsonNode port) {
    long nodePort = port.path("nodePort").asLong(0);
    return port.path("port").asLong(0)
        + (nodePort > 0 ? ":" + nodePort : "")
        + "/"
        + port.path("protocol").asString("");
  }
}
