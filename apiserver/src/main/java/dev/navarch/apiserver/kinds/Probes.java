package dev.navarch.apiserver.kinds;

import java.util.List;
import java.util.Optional;
import tools.jackson.databind.node.ObjectNode;

/// Probes and lifecycle hooks of a container: how often, how long, and by which one handler.
final class Probes {
  private static final List<String> PROBES =
      List.of("livenessProbe", "readinessProbe", "startupProbe");
  private static final List<String> HOOKS = List.of("postStart", "preStop");
  private static final List<String> PROBE_HANDLERS =
      List.of("exec", "httpGet", "tcpSocket", "grpc");
  private static final List<String> HOOK_HANDLERS =
      List.of("exec", "httpGet", "tcpSocket", "sleep");

  private Probes() {}

  static void setDefaults(ObjectNode container) {
    for (String name : PROBES) {
      Defaults.ifObject(container, name).ifPresent(Probes::setProbeDefaults);
    }
    Optional<ObjectNode> lifecycle = Defaults.ifObject(container, "lifecycle");
    for (String hook : HOOKS) {
      lifecycle.flatMap(hooks -> Defaults.ifObject(hooks, hook)).ifPresent(Probes::setHttpDefaults);
    }
  }

  private static void setProbeDefaults(ObjectNode probe) {
    Defaults.putNonZero(probe, "timeoutSeconds", 1);
    Defaults.putNonZero(probe, "periodSeconds", 10);
    Defaults.putNonZero(probe, "successThreshold", 1);
    Defaults.putNonZero(probe, "failureThreshold", 3);
    setHttpDefaults(probe);
    Defaults.ifObject(probe, "grpc").ifPresent(grpc -> Defaults.put(grpc, "service", ""));
  }

  private static void setHttpDefaults(ObjectNode handler) {
    Defaults.ifObject(handler, "httpGet")
        .ifPresent(
            get -> {
              Defaults.put(get, "path", "/");
              Defaults.put(get, "scheme", "HTTP");
            });
  }

  static void validate(Place container) {
    for (String name : PROBES) {
      container.ifSet(name).ifPresent(probe -> validateProbe(probe, name.equals("readinessProbe")));
    }
    for (String hook : HOOKS) {
      container
          .at("lifecycle")
          .ifSet(hook)
          .ifPresent(place -> validateHandler(place, HOOK_HANDLERS));
    }
  }

  private static void validateProbe(Place probe, boolean readiness) {
    validateHandler(probe, PROBE_HANDLERS);
    for (String field :
        List.of(
            "initialDelaySeconds",
            "timeoutSeconds",
            "periodSeconds",
            "successThreshold",
            "failureThreshold")) {
      probe.at(field).atLeast(0);
    }
    if (readiness) {
      if (probe.at("terminationGracePeriodSeconds").isSet()) {
        probe.at("terminationGracePeriodSeconds").invalid("must not be set for readinessProbes");
      }
    } else {
      if (probe.at("successThreshold").number(1) > 1) {
        probe.at("successThreshold").invalid("must be 1");
      }
      probe.at("terminationGracePeriodSeconds").atLeast(1);
    }
  }

  private static void validateHandler(Place handler, List<String> kinds) {
    List<Place> set = handler.anyOf(kinds);
    if (set.isEmpty()) {
      handler.required("must specify a handler type");
    }
    set.stream()
        .skip(1)
        .forEach(extra -> extra.forbidden("may not specify more than 1 handler type"));
    handler.ifSet("exec").ifPresent(exec -> exec.at("command").present());
    handler.ifSet("httpGet").ifPresent(Probes::validateHttp);
    handler.ifSet("tcpSocket").ifPresent(tcp -> requirePort(tcp.at("port")));
    handler.ifSet("grpc").ifPresent(grpc -> requirePort(grpc.at("port")));
    handler.ifSet("sleep").ifPresent(sleep -> sleep.at("seconds").atLeast(0));
  }

  private static void validateHttp(Place get) {
    get.at("path").present();
    requirePort(get.at("port"));
    for (Place header : get.at("httpHeaders").items()) {
      header.at("name").present();
    }
  }

  private static void requirePort(Place port) {
    if (port.isSet()) {
      port.portOrName();
    } else {
      port.required("");
    }
  }
}
