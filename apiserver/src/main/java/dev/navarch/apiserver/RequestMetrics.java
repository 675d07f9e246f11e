package dev.navarch.apiserver;

import static java.nio.charset.StandardCharsets.UTF_8;

import dev.navarch.api.Kinds;
import dev.navarch.http.Exchange;
import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.Tags;
import io.micrometer.core.instrument.Timer;
import io.micrometer.prometheusmetrics.PrometheusMeterRegistry;
import java.time.Duration;
import java.util.Set;

/// Counts and times requests under upstream's names. What is not served is counted as one, so that
/// no client can make the metrics grow.
public final class RequestMetrics {
  private static final Set<String> VERBS =
      Set.of("get", "list", "watch", "create", "update", "patch", "delete", "deletecollection");
  private static final Duration[] BUCKETS = {
    Duration.ofMillis(5),
    Duration.ofMillis(25),
    Duration.ofMillis(50),
    Duration.ofMillis(100),
    Duration.ofMillis(200),
    Duration.ofMillis(400),
    Duration.ofMillis(600),
    Duration.ofMillis(800),
    Duration.ofSeconds(1),
    Duration.ofSeconds(2),
    Duration.ofSeconds(4),
    Duration.ofSeconds(10),
    Duration.ofSeconds(30),
    Duration.ofSeconds(60)
  };
  private final PrometheusMeterRegistry registry;
  private final Kinds kinds;

  public RequestMetrics(PrometheusMeterRegistry registry, Kinds kinds) {
    this.registry = registry;
    this.kinds = kinds;
  }

  public void record(RequestInfo request, int code, Duration took) {
    Tags tags = tags(request);
    Counter.builder("apiserver_request_total")
        .tags(tags.and("code", Integer.toString(code)))
        .register(registry)
        .increment();
    if (!request.isLong()) {
      Timer.builder("apiserver_request_duration_seconds")
          .tags(tags)
          .serviceLevelObjectives(BUCKETS)
          .register(registry)
          .record(took);
    }
  }

  private Tags tags(RequestInfo request) {
    String verb = VERBS.contains(request.verb()) ? upper(request.verb()) : "other";
    return request
        .resource()
        .flatMap(
            at ->
                kinds
                    .byResource(at.group(), at.version(), at.plural())
                    .map(
                        kind ->
                            Tags.of(
                                "verb",
                                verb,
                                "group",
                                kind.group(),
                                "version",
                                kind.version(),
                                "resource",
                                kind.plural(),
                                "subresource",
                                kind.subresources().contains(at.subresource())
                                    ? at.subresource()
                                    : "",
                                "scope",
                                at.namespace().isEmpty()
                                    ? "cluster"
                                    : at.name().isEmpty() ? "namespace" : "resource")))
        .orElseGet(
            () ->
                Tags.of(
                    "verb",
                    verb,
                    "group",
                    "",
                    "version",
                    "",
                    "resource",
                    "",
                    "subresource",
                    "",
                    "scope",
                    ""));
  }

  private static String upper(String verb) {
    return verb.toUpperCase(java.util.Locale.ROOT);
  }

  public void handle(Exchange exchange) {
    exchange.respond(
        200, "text/plain; version=0.0.4; charset=utf-8", registry.scrape().getBytes(UTF_8));
  }
}
