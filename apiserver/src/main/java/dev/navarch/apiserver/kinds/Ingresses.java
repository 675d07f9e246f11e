package dev.navarch.apiserver.kinds;

import dev.navarch.api.FieldError;
import dev.navarch.api.selectors.NameChecks;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;
import java.util.stream.Collectors;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/// Ingresses: hosts and paths, and the services that answer for them.
final class Ingresses implements KindRules {
  private static final String CLASS = "kubernetes.io/ingress.class";

  @Override
  public void validate(ObjectNode ingress, Consumer<FieldError> errors) {
    Place spec = Place.root(ingress, errors).at("spec");
    if (spec.at("rules").isEmpty() && !spec.at("defaultBackend").isSet()) {
      spec.invalid("either `defaultBackend` or `rules` must be specified");
    }
    spec.ifSet("defaultBackend").ifPresent(Ingresses::validateBackend);
    for (Place rule : spec.at("rules").items()) {
      validateHost(rule.at("host"));
      rule.ifSet("http").ifPresent(http -> validatePaths(http.at("paths")));
    }
    for (Place tls : spec.at("tls").items()) {
      for (Place host : tls.at("hosts").items()) {
        host.names(
            host.text().contains("*")
                ? NameChecks.wildcardSubdomain(host.text())
                : NameChecks.dnsSubdomain(host.text()));
      }
      if (!tls.at("secretName").isEmpty()) {
        tls.at("secretName").dnsSubdomain();
      }
    }
    if (!spec.at("ingressClassName").isEmpty()) {
      spec.at("ingressClassName").dnsSubdomain();
      boolean isNew = ingress.at("/metadata/resourceVersion").isMissingNode();
      Place annotation = Place.root(ingress, errors).at("metadata", "annotations").child(CLASS);
      if (isNew && annotation.isSet()) {
        annotation.invalid("can not be set when the class field is also set");
      }
    }
  }

  private static void validatePaths(Place paths) {
    if (paths.isEmpty()) {
      paths.required("");
    }
    for (Place path : paths.items()) {
      Place type = path.at("pathType");
      if (type.isEmpty()) {
        type.required("pathType must be specified");
      }
      type.oneOf("Exact", "ImplementationSpecific", "Prefix");
      validatePath(path.at("path"), type.text());
      validateBackend(path.at("backend"));
    }
  }

  private static void validatePath(Place path, String type) {
    boolean literal = type.equals("Exact") || type.equals("Prefix");
    if (literal || !path.isEmpty()) {
      if (!path.text().startsWith("/")) {
        path.invalid("must be an absolute path");
      }
    }
    if (literal) {
      for (String part : List.of("//", "/./", "/../", "%2f", "%2F")) {
        if (path.text().contains(part)) {
          path.invalid("must not contain '%s'".formatted(part));
        }
      }
      for (String end : List.of("/..", "/.")) {
        if (path.text().endsWith(end)) {
          path.invalid("cannot end with '%s'".formatted(end));
        }
      }
    }
  }

  private static void validateHost(Place host) {
    if (Addresses.parse(host.text()).isPresent()) {
      host.invalid("must be a DNS name, not an IP address");
    } else if (host.text().contains("*")) {
      host.names(NameChecks.wildcardSubdomain(host.text()));
    } else if (!host.isEmpty()) {
      host.dnsSubdomain();
    }
  }

  private static void validateBackend(Place backend) {
    Place service = backend.at("service");
    boolean resource = backend.at("resource").isSet();
    if (service.isSet() && resource) {
      backend.invalid("cannot set both resource and service backends");
    } else if (!service.isSet() && !resource) {
      backend.required("resource or service backend is required");
    } else if (service.isSet()) {
      if (service.at("name").present()) {
        service.at("name").names(NameChecks.dns1035Label(service.at("name").text()));
      }
      Place port = service.at("port");
      boolean named = !port.at("name").isEmpty();
      boolean numbered = port.at("number").number(0) != 0;
      if (named && numbered) {
        port.invalid("cannot set both port name & port number");
      } else if (!named && !numbered) {
        port.required("port name or number is required");
      } else if (numbered) {
        port.at("number").port();
      } else {
        port.at("name").names(Names.portName(port.at("name").text()));
      }
    }
  }

  @Override
  public List<Column> columns() {
    return List.of(
        Column.NAME,
        Columns.text("Class", "Which controller serves it.", "/spec/ingressClassName"),
        Columns.text("Hosts", "Names that it answers to.", Ingresses::hosts),
        Columns.text(
            "Address",
            "Where it is reached.",
            ingress -> ServiceColumns.balancers(ingress).collect(Collectors.joining(","))),
        Columns.text(
            "Ports",
            "Ports that are open.",
            ingress -> ingress.at("/spec/tls").isEmpty() ? "80" : "80, 443"),
        Column.AGE);
  }

  private static String hosts(ObjectNode ingress) {
    List<String> hosts = new ArrayList<>();
    for (JsonNode rule : ingress.at("/spec/rules")) {
      if (!rule.path("host").asString("").isEmpty()) {
        hosts.add(rule.path("host").asString(""));
      }
    }
    return Endpoints.shortened(hosts, "*");
  }
}
