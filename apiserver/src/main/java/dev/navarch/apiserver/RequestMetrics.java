package dev.navarch.apiserver;

import static java.nio.charset.StandardCharsets.UTF_8;

import dev.navarch.api.Kind;
import dev.navarch.api.Kinds;
import dev.navarch.http.Exchange;
import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.Tags;
import io.micrometer.core.instrument.Timer;
import io.micrometer.prometheusmetrics.PrometheusMeterRegistry;
import java.time.Duration;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;

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
  private final Map<Answered, Counter> counters = new ConcurrentHashMap<>();
  private final Map<Series, Timer> timers = new ConcurrentHashMap<>();

  public RequestMetrics(PrometheusMeterRegistry registry, Kinds kinds) {
    this.registry = registry;
    this.kinds = kinds;
  }

  /// What is counted apart from everything else.
  private record Series(
      String verb,
      String group,
      String version,
      String resource,
      String subresource,
      String scope) {
    Tags tags() {
      return Tags.of(
          "verb",
          verb,
          "group",
          group,
          "version",
          version,
          "resource",
          resource,
          "subresource",
          subresource,
          "scope",
          scope);
    }
  }

  private record Answered(Series series, int code) {}

  public void record(RequestInfo request, int code, Duration took) {
    Series series = series(request);
    counters.computeIfAbsent(new Answered(series, code), this::counter).increment();
    if (!request.isLong()) {
      timers.computeIfAbsent(series, this::timer).record(took);
    }
  }

  private Counter counter(Answered answered) {
    return Counter.builder("apiserver_request_total")
        .tags(answered.series().tags().and("code", Integer.toString(answered.code())))
        .register(registry);
  }

  private Timer timer(Series series) {
    return Timer.builder("apiserver_request_duration_seconds")
        .tags(series.tags())
        .serviceLevelObjectives(BUCKETS)
        .register(registry);
  }

  private Series series(RequestInfo request) {
    String verb = VERBS.contains(request.verb()) ? upper(request.verb()) : "other";
    ResourcePath at = request.resource().orElse(null);
    Kind kind =
        at == null ? null : kinds.byResource(at.group(), at.version(), at.plural()).orElse(null);
    if (at == null || kind == null) {
      return new Series(verb, "", "", "", "", "");
    }
    return new Series(
        verb,
        kind.group(),
        kind.version(),
        kind.plural(),
        kind.subresources().contains(at.subresource()) ? at.subresource() : "",
        at.namespace().isEmpty() ? "cluster" : at.name().isEmpty() ? "namespace" : "resource");
  }

  private static String upper(String verb) {
    return verb.toUpperCase(java.util.Locale.ROOT);
  }

  public void handle(Exchange exchange) {
    exchange.respond(
        200, "text/plain; version=0.0.4; charset=utf-8", registry.scrape().getBytes(UTF_8));
  }
}
