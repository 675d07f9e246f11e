package dev.navarch.apiserver;

import dev.navarch.api.ApiError;
import dev.navarch.api.ApiException;
import dev.navarch.api.Json;
import dev.navarch.api.Kind;
import dev.navarch.api.Kinds;
import dev.navarch.apiserver.admission.AdmissionChain;
import dev.navarch.apiserver.admission.AdmissionPlugin.Operation;
import dev.navarch.apiserver.admission.AdmissionPlugin.Request;
import dev.navarch.apiserver.admission.RequestForm;
import dev.navarch.apiserver.auth.Caller;
import dev.navarch.http.Exchange;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import tools.jackson.databind.node.ObjectNode;

/// Asks admission about what is done to objects without being stored. Before a stream into a pod,
/// or a proxy to a node, pod or service, is opened, it judges the options with which that is done:
/// PodExecOptions and its kin.
record Connects(Kinds kinds, AdmissionChain admission) {
  private static final List<String> FLAGS = List.of("stdin", "stdout", "stderr", "tty");

  void admit(Exchange exchange, ResourcePath at) {
    Optional<Kind> kind = kinds.byResource(at.group(), at.version(), at.plural());
    if (kind.isEmpty() || at.subresource().equals("log")) {
      return;
    }
    ObjectNode options = options(exchange, at, kind.get().kind());
    String type = "io.k8s.api.core.v1." + options.path("kind").asString("");
    ObjectNode asked = options.deepCopy();
    admit(request(Operation.CONNECT, at, kind.get(), options, type, false));
    if (!options.equals(asked)) {
      throw new ApiException(
          new ApiError.Forbidden(
              kind.get().resource(),
              at.name(),
              "admission changed the options of %s, which is not supported"
                  .formatted(at.subresource())));
    }
  }

  /// What admission makes of a document that is posted below an object, as a TokenRequest.
  ///
  /// @param type the name of the document's type
  ObjectNode admit(ResourcePath at, ObjectNode document, String type, boolean dryRun) {
    Kind kind = kinds.byResource(at.group(), at.version(), at.plural()).orElseThrow();
    admit(request(Operation.CREATE, at, kind, document, type, dryRun));
    return document;
  }

  private void admit(Request request) {
    admission.admit(request);
    admission.validate(request);
  }

  private static Request request(
      Operation operation,
      ResourcePath at,
      Kind kind,
      ObjectNode document,
      String type,
      boolean dryRun) {
    return new Request(
        operation,
        kind,
        at.subresource(),
        at.namespace(),
        at.name(),
        document,
        null,
        Caller.current(),
        dryRun,
        RequestForm.asSent(kind, type));
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
