package dev.navarch.apiserver;

import dev.navarch.api.Json;
import dev.navarch.api.Kind;
import dev.navarch.api.Kinds;
import dev.navarch.apiserver.admission.AdmissionChain;
import dev.navarch.apiserver.admission.AdmissionPlugin.Operation;
import dev.navarch.apiserver.admission.AdmissionPlugin.Request;
import dev.navarch.apiserver.admission.RequestForm;
import dev.navarch.apiserver.auth.Caller;
import dev.navarch.apiserver.proxy.Connection;
import dev.navarch.http.Exchange;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Stream;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/// Asks admission about what is done to objects without being stored. Before a stream into a pod,
/// or a proxy to a node, pod or service, is opened, it judges the options with which that is done,
/// PodExecOptions and its kin, and may change them.
record Connects(Kinds kinds, AdmissionChain admission) {
  private static final List<String> FLAGS = List.of("stdin", "stdout", "stderr", "tty");

  /// What is wanted of a stream unless the client says otherwise.
  private static final Set<String> SHOWN = Set.of("stdout", "stderr");

  /// What is to be opened, with the options that admission leaves.
  Connection admit(Exchange exchange, ResourcePath at) {
    Connection wanted = new Connection(at, exchange.query());
    Optional<Kind> kind = kinds.byResource(at.group(), at.version(), at.plural());
    if (kind.isEmpty() || at.subresource().equals("log")) {
      return wanted;
    }
    ObjectNode options = options(exchange, at, kind.get().kind());
    String type = "io.k8s.api.core.v1." + options.path("kind").asString("");
    ObjectNode asked = options.deepCopy();
    admit(request(Operation.CONNECT, at, kind.get(), options, type, false));
    return options.equals(asked) ? wanted : changed(wanted, options);
  }

  private static Connection changed(Connection wanted, ObjectNode options) {
    if (wanted.at().subresource().equals("proxy")) {
      return new Connection(wanted.at().leadingTo(options.path("path").asString("")), Map.of());
    }
    Map<String, List<String>> query = new HashMap<>(wanted.query());
    FLAGS.forEach(
        flag -> query.put(flag, List.of(String.valueOf(options.path(flag).asBoolean(false)))));
    query.put("container", List.of(options.path("container").asString("")));
    query.put("command", words(options.path("command")));
    query.put("ports", words(options.path("ports")));
    return new Connection(wanted.at(), Map.copyOf(query));
  }

  private static List<String> words(JsonNode list) {
    return list.valueStream().map(JsonNode::asString).toList();
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
        exchange.query().getOrDefault("ports", List.of()).stream()
            .flatMap(ports -> Stream.of(ports.split(",", -1)))
            .filter(port -> port.matches("[0-9]{1,5}"))
            .forEach(port -> options.withArray("ports").add(Long.parseLong(port)));
      }
      default -> {
        String name = at.subresource();
        options.put(
            "kind",
            "Pod" + name.substring(0, 1).toUpperCase(Locale.ROOT) + name.substring(1) + "Options");
        for (String flag : FLAGS) {
          String value = exchange.query(flag).orElse(SHOWN.contains(flag) ? "true" : "");
          if (value.equals("true") || value.equals("1")) {
            options.put(flag, true);
          }
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
