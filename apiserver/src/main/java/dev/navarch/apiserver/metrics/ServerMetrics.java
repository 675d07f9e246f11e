package dev.navarch.apiserver.metrics;

import static java.nio.charset.StandardCharsets.UTF_8;

import dev.navarch.api.ApiError;
import dev.navarch.api.Kinds;
import dev.navarch.apiserver.InFlight;
import dev.navarch.apiserver.admission.AdmissionPlugin;
import dev.navarch.apiserver.cache.Caches;
import dev.navarch.apiserver.flows.FlowMetrics;
import dev.navarch.http.Exchange;
import dev.navarch.store.Store;
import dev.navarch.store.StoreMetrics;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MultiGauge;
import io.micrometer.core.instrument.MultiGauge.Row;
import io.micrometer.core.instrument.Tags;
import io.micrometer.prometheusmetrics.PrometheusConfig;
import io.micrometer.prometheusmetrics.PrometheusMeterRegistry;
import java.util.Map;
import java.util.function.LongSupplier;

/// Everything that `/metrics` shows of one server. What can be read off is read only when somebody
/// scrapes.
public final class ServerMetrics {
  private final PrometheusMeterRegistry registry =
      new PrometheusMeterRegistry(PrometheusConfig.DEFAULT);
  private final RequestMetrics requests;
  private final StoreMetrics store = new StoreMeters(registry);
  private final MultiGauge stored =
      MultiGauge.builder("apiserver_storage_objects").register(registry);
  private final MultiGauge objects =
      MultiGauge.builder("apiserver_resource_objects").register(registry);

  public ServerMetrics(Kinds kinds) {
    this.requests = new RequestMetrics(registry, kinds);
    ProcessMetrics.register(registry);
  }

  public RequestMetrics requests() {
    return requests;
  }

  /// What the store reports to.
  public StoreMetrics store() {
    return store;
  }

  /// The plugin, with its time taken.
  public AdmissionPlugin timed(AdmissionPlugin plugin) {
    return new TimedAdmission(plugin, registry);
  }

  /// Shows how many requests are worked on.
  public void show(InFlight inFlight) {
    Gauge.builder("apiserver_current_inflight_requests", inFlight, InFlight::reads)
        .tag("request_kind", "readOnly")
        .register(registry);
    Gauge.builder("apiserver_current_inflight_requests", inFlight, InFlight::writes)
        .tag("request_kind", "mutating")
        .register(registry);
  }

  /// Shows who has seats and who waits for them.
  public FlowMetrics flows() {
    return new FlowMeters(registry);
  }

  /// Shows how many bytes the store takes on disk.
  public void showSize(LongSupplier bytes) {
    Gauge.builder("apiserver_storage_size_bytes", () -> (double) bytes.getAsLong())
        .tag("storage_cluster_id", "store")
        .strongReference(true)
        .register(registry);
  }

  /// Shows how far the store is, and how far the watch cache is behind it.
  public void showProgress(Store of, Caches caches) {
    gauge("navarch_store_revision", of::revision);
    gauge("navarch_store_compacted_revision", of::compactedRevision);
    gauge(
        "navarch_watch_cache_lag_revisions", () -> Math.max(0, of.revision() - caches.revision()));
  }

  /// Shows nothing while the store does not answer.
  private void gauge(String name, LongSupplier value) {
    Gauge.builder(
            name,
            () -> {
              try {
                return (double) value.getAsLong();
              } catch (Store.UnavailableException e) {
                return Double.NaN;
              }
            })
        .strongReference(true)
        .register(registry);
  }

  public void answer(Exchange exchange, Caches caches) {
    Map<ApiError.Resource, Integer> sizes = caches.sizes();
    stored.register(
        sizes.entrySet().stream()
            .map(each -> Row.of(Tags.of("resource", each.getKey().toString()), each.getValue()))
            .toList(),
        true);
    objects.register(
        sizes.entrySet().stream()
            .map(
                each ->
                    Row.of(
                        Tags.of("group", each.getKey().group(), "resource", each.getKey().plural()),
                        each.getValue()))
            .toList(),
        true);
    exchange.respond(
        200, "text/plain; version=0.0.4; charset=utf-8", registry.scrape().getBytes(UTF_8));
  }
}
