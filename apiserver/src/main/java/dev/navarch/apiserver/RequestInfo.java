package dev.navarch.apiserver;

import dev.navarch.apiserver.auth.Authorizer;
import dev.navarch.apiserver.auth.User;
import dev.navarch.apiserver.registry.ReadOptions;
import dev.navarch.http.Exchange;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;

/// What a request wants, in the terms in which rights are given: a verb on a resource, or a method
/// on a path.
///
/// @param resource empty for paths that name none
public record RequestInfo(String verb, Optional<ResourcePath> resource, String path) {
  private static final Set<String> STREAMS = Set.of("exec", "attach", "portforward");

  public static RequestInfo of(Exchange exchange) {
    String path = exchange.path();
    Optional<ResourcePath> resource = ResourcePath.parse(path);
    String verb =
        resource
            .map(at -> verb(exchange, at))
            .orElseGet(() -> exchange.method().toLowerCase(Locale.ROOT));
    return new RequestInfo(verb, resource, path);
  }

  private static String verb(Exchange exchange, ResourcePath at) {
    if (opensStream(exchange, at)) {
      return "create";
    }
    return switch (exchange.method()) {
      case "GET", "HEAD" -> read(exchange, at);
      case "POST" -> "create";
      case "PUT" -> "update";
      case "PATCH" -> "patch";
      case "DELETE" -> at.name().isEmpty() ? "deletecollection" : "delete";
      default -> exchange.method().toLowerCase(Locale.ROOT);
    };
  }

  /// A WebSocket begins with a GET, yet what it does in a pod is no reading.
  private static boolean opensStream(Exchange exchange, ResourcePath at) {
    boolean upgrade = exchange.header("Upgrade").isPresent();
    return upgrade
        && ((at.plural().equals("pods") && STREAMS.contains(at.subresource()))
            || (at.plural().equals("nodes") && at.subresource().equals("proxy")));
  }

  private static String read(Exchange exchange, ResourcePath at) {
    if (ReadOptions.isSet(exchange, "watch")) {
      return "watch";
    }
    return at.name().isEmpty() ? "list" : "get";
  }

  /// The same request, if its verb were another one.
  RequestInfo as(String other) {
    return new RequestInfo(other, resource, path);
  }

  /// Whether the answer may go on for as long as the client likes.
  public boolean isLong() {
    return verb.equals("watch")
        || resource
            .map(ResourcePath::subresource)
            .filter(sub -> STREAMS.contains(sub) || sub.equals("proxy") || sub.equals("log"))
            .isPresent();
  }

  /// @param onlyName the one name that a field selector leaves, for lists and watches; else empty
  public Authorizer.Attributes attributes(User user, String onlyName) {
    return resource
        .map(
            at ->
                new Authorizer.Attributes(
                    user,
                    verb,
                    at.group(),
                    at.version(),
                    at.plural(),
                    at.subresource(),
                    at.namespace(),
                    at.name().isEmpty() ? onlyName : at.name(),
                    ""))
        .orElseGet(() -> new Authorizer.Attributes(user, verb, "", "", "", "", "", "", path));
  }
}
