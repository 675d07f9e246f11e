package dev.navarch.apiserver.metrics;

import dev.navarch.api.Kind;
import dev.navarch.api.Kinds;
import dev.navarch.apiserver.RequestInfo;
import dev.navarch.apiserver.ResourcePath;
import io.micrometer.core.instrument.Tags;
import java.util.Locale;
import java.util.Optional;

/// What requests are counted under: what they do to which resource, in upstream's words. What is
/// not served is counted as one, so that no client can make the metrics grow.
record RequestSeries(
    String verb, String group, String version, String resource, String subresource, String scope) {

  static RequestSeries of(RequestInfo request, Kinds kinds) {
    Optional<ResourcePath> path = request.resource();
    Optional<Kind> kind =
        path.flatMap(at -> kinds.byResource(at.group(), at.version(), at.plural()));
    if (kind.isEmpty()) {
      return new RequestSeries(verb(request, ""), "", "", "", "", "");
    }
    ResourcePath at = path.get();
    String subresource =
        kind.get().subresources().contains(at.subresource()) ? at.subresource() : "";
    return new RequestSeries(
        verb(request, subresource),
        at.group(),
        at.version(),
        at.plural(),
        subresource,
        scope(request, at, kind.get()));
  }

  private static String verb(RequestInfo request, String subresource) {
    return switch (subresource) {
      case "exec", "attach", "portforward", "proxy" -> "CONNECT";
      default ->
          switch (request.verb()) {
            case "create", "post" -> "POST";
            case "update", "put" -> "PUT";
            case "get", "list", "watch", "patch", "delete", "deletecollection" ->
                request.verb().toUpperCase(Locale.ROOT);
            case "head" -> "GET";
            default -> "other";
          };
    };
  }

  private static String scope(RequestInfo request, ResourcePath at, Kind kind) {
    if (!at.name().isEmpty() || request.verb().equals("create")) {
      return "resource";
    }
    return kind.namespaced() && !at.namespace().isEmpty() ? "namespace" : "cluster";
  }

  Tags tags() {
    return Tags.of(
        "component",
        "apiserver",
        "group",
        group,
        "resource",
        resource,
        "scope",
        scope,
        "subresource",
        subresource,
        "verb",
        verb,
        "version",
        version);
  }
}
