package dev.navarch.apiserver;

import static java.nio.charset.StandardCharsets.UTF_8;

import dev.navarch.api.ApiError;
import dev.navarch.api.ApiException;
import dev.navarch.api.BuiltInKinds;
import dev.navarch.api.Kind;
import dev.navarch.api.Schema;
import dev.navarch.apiserver.aggregation.Aggregation;
import dev.navarch.apiserver.auth.Caller;
import dev.navarch.apiserver.auth.Reviews;
import dev.navarch.apiserver.auth.TokenIssuer;
import dev.navarch.apiserver.auth.TokenRequests;
import dev.navarch.apiserver.discovery.DiscoveryRoutes;
import dev.navarch.apiserver.proxy.NodeProxy;
import dev.navarch.apiserver.registry.ComponentsHandler;
import dev.navarch.apiserver.registry.UsageHandler;
import dev.navarch.http.Exchange;
import dev.navarch.http.Handler;
import java.util.Optional;

/// Who answers what: the resources that are computed, the ones that lead to nodes, all the others,
/// and the paths that are no resources.
record Routes(
    BuiltInKinds kinds,
    Handler resources,
    Computed computed,
    Connects connects,
    Handler usage,
    Handler components,
    NodeProxy proxy,
    Reviews reviews,
    TokenRequests tokens,
    TokenIssuer issuer,
    DiscoveryRoutes discovery,
    Aggregation aggregation,
    Health health,
    Handler metrics) {
  private static final String AUTHENTICATION = "authentication.k8s.io/v1";
  private static final String TOKEN_REQUEST = "io.k8s.api.authentication.v1.TokenRequest";

  /// Whether another server answers.
  boolean isElsewhere(RequestInfo request) {
    return aggregation.handler(request.path()).isPresent();
  }

  void route(Exchange exchange, RequestInfo request) {
    Optional<Handler> elsewhere = aggregation.handler(request.path());
    if (elsewhere.isPresent()) {
      elsewhere.get().handle(exchange);
    } else if (request.resource().isPresent()) {
      resource(exchange, request.resource().get());
    } else {
      path(exchange, request.path());
    }
  }

  private void resource(Exchange exchange, ResourcePath at) {
    boolean token =
        at.group().isEmpty()
            && at.plural().equals("serviceaccounts")
            && at.subresource().equals("token");
    if (Reviews.serves(at.group(), at.plural())) {
      review(exchange, at);
    } else if (token) {
      requirePost(exchange);
      Schema schema = definition(TOKEN_REQUEST);
      computed.answer(
          exchange,
          AUTHENTICATION,
          "TokenRequest",
          schema,
          request ->
              tokens.issue(
                  at.namespace(),
                  at.name(),
                  connects.admit(
                      at,
                      request.put("apiVersion", AUTHENTICATION).put("kind", "TokenRequest"),
                      TOKEN_REQUEST,
                      false)));
    } else if (at.group().equals(UsageHandler.GROUP)) {
      usage.handle(exchange);
    } else if (at.group().isEmpty() && at.plural().equals(ComponentsHandler.PLURAL)) {
      components.handle(exchange);
    } else if (NodeProxy.serves(at)) {
      proxy.handle(exchange, connects.admit(exchange, at));
    } else {
      resources.handle(exchange);
    }
  }

  private Schema definition(String name) {
    return kinds
        .definition(name)
        .orElseThrow(() -> new IllegalStateException("no definition of " + name));
  }

  private void review(Exchange exchange, ResourcePath at) {
    Kind kind =
        kinds
            .byResource(at.group(), at.version(), at.plural())
            .filter(known -> known.namespaced() == !at.namespace().isEmpty())
            .filter(known -> at.name().isEmpty())
            .orElseThrow(() -> new ApiException(new ApiError.NoSuchPath()));
    requirePost(exchange);
    computed.answer(
        exchange,
        kind.apiVersion(),
        kind.kind(),
        kind.schema(),
        sent -> reviews.answer(at.plural(), at.namespace(), sent, Caller.current()));
  }

  private static void requirePost(Exchange exchange) {
    if (!exchange.method().equals("POST")) {
      throw new ApiException(
          new ApiError.MethodNotAllowed(
              "the server does not allow this method on the requested resource"));
    }
  }

  private void path(Exchange exchange, String path) {
    if (Health.serves(path)) {
      health.handle(exchange);
      return;
    }
    switch (path) {
      case "/metrics" -> metrics.handle(exchange);
      case "/openid/v1/jwks" ->
          exchange.respond(200, "application/jwk-set+json", issuer.keySet().getBytes(UTF_8));
      case "/.well-known/openid-configuration" -> openId(exchange);
      default ->
          discovery
              .handler(path)
              .orElseThrow(() -> new ApiException(new ApiError.NoSuchPath()))
              .handle(exchange);
    }
  }

  private void openId(Exchange exchange) {
    String document =
        """
        {"issuer":"%s","jwks_uri":"%s/openid/v1/jwks","response_types_supported":["id_token"],\
        "subject_types_supported":["public"],"id_token_signing_alg_values_supported":["ES256"]}
        """
            .formatted(issuer.issuer(), issuer.issuer());
    exchange.respond(200, "application/json", document.getBytes(UTF_8));
  }
}
