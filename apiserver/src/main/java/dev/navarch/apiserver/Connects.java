package dev.navarch.apiserver;

import dev.navarch.api.Json;
import dev.navarch.api.Kind;
import dev.navarch.api.Kinds;
import dev.navarch.apiserver.admission.AdmissionChain;
import dev.navarch.apiserver.admission.AdmissionPlugin.Operation;
import dev.navarch.apiserver.admission.AdmissionPlugin.Request;
import dev.navarch.apiserver.auth.Caller;
import dev.navarch.http.Exchange;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import tools.jackson.databind.node.ObjectNode;

/// Asks admission before a stream into a pod, or a proxy to a node, pod or service, is opened. What
/// is judged is the options with which it is opened: PodExecOptions and its kin.
record Connects(Kinds kinds, AdmissionChain admission) {
  private static final List<String> FLAGS = List.of("stdin", "stdout", "stderr", "tty");

  void admit(Exchange exchange, ResourcePath at) {
    Optional<Kind> kind = kinds.byResource(at.group(), at.version(), at.plural());
    if (kind.isEmpty() || at.subresource().equals("log")) {
      return;
    }
    Request request =
        new Request(
            Operation.CONNECT,
            kind.get(),
            at.subresource(),
            at.namespace(),
            at.name(),
            options(exchange, at, kind.get().kind()),
            null,
            Caller.current(),
            false);
    admission.admit(request);
    admission.validate(request);
  }

  private static ObjectNode options(Exchange exchange, ResourcePath at, String kind) {
    ObjectNode options = Json.object().put("apiVersion", "v1");
    switch (at.subresource()) {
      case "proxy" -> options.put("kind", kind + "ProxyOptions").put("path", at.rest());
      case "portforward" -> {
        options.put("kind", "PodPortForwardOptions");
        exchange
            .query("ports")
            .filter(port -> port.matches("[0-9]{1,5}"))
            .ifPresent(port -> options.putArray("ports").add(Long.parseLong(port)));
      }
      default -> {
        String name = at.subresource();
        options.put(
            "kind",
            "Pod" + name.substring(0, 1).toUpperCase(Locale.ROOT) + name.substring(1) + "Options");
        for (String flag : FLAGS) {
          exchange
              .query(flag)
              .filter(value -> value.equals("true") || value.equals("1"))
              .ifPresent(yes -> options.put(flag, true));
        }
        exchange.query("container").ifPresent(container -> options.put("container", container));
        exchange
            .query()
            .getOrDefault("command", List.of())
            .forEach(word -> options.withArray("command").add(word));
      }
    }
    return options;
  }
}
