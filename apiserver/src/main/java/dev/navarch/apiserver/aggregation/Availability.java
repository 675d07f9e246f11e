package dev.navarch.apiserver.aggregation;

import dev.navarch.api.ApiException;
import dev.navarch.api.Json;
import dev.navarch.apiserver.discovery.RemoteOpenApi;
import dev.navarch.apiserver.discovery.RemoteVersion;
import dev.navarch.apiserver.proxy.Backend;
import dev.navarch.apiserver.proxy.ServiceEndpoints;
import dev.navarch.apiserver.proxy.ServiceEndpoints.Resolution;
import dev.navarch.client.Cluster;
import dev.navarch.client.Key;
import dev.navarch.client.Objects;
import dev.navarch.client.Reconciler;
import dev.navarch.client.Result;
import io.fabric8.kubernetes.api.model.APIService;
import io.fabric8.kubernetes.api.model.APIServiceCondition;
import io.fabric8.kubernetes.api.model.APIServiceConditionBuilder;
import io.fabric8.kubernetes.api.model.APIServiceStatus;
import io.fabric8.kubernetes.api.model.ServiceReference;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.time.InstantSource;
import java.time.temporal.ChronoUnit;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Executor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import tools.jackson.databind.node.ObjectNode;

/// Says of each registered API whether it can be used, in its condition Available, and keeps what
/// remote servers say that they serve. They are asked again and again: nobody tells when one dies.
final class Availability implements Reconciler<APIService> {
  private static final Duration PATIENCE = Duration.ofSeconds(5);
  private static final Duration WHEN_GOOD = Duration.ofSeconds(30);
  private static final Duration WHEN_BAD = Duration.ofSeconds(1);
  private static final Verdict LOCAL =
      new Verdict(true, "Local", "Local APIServices are always available");
  private static final Verdict PASSED = new Verdict(true, "Passed", "all checks passed");
  private static final Executor THREADS = task -> Thread.ofVirtual().name("remote-api").start(task);

  private final Cluster cluster;
  private final Remotes remotes;
  private final ServiceEndpoints services;
  private final InstantSource clock;
  private final Map<String, RemoteVersion> described = new ConcurrentHashMap<>();

  private record Verdict(boolean available, String reason, String message) {}

  Availability(Cluster cluster, Remotes remotes, ServiceEndpoints services, InstantSource clock) {
    this.cluster = cluster;
    this.remotes = remotes;
    this.services = services;
    this.clock = clock;
  }

  /// What remote servers serve, as far as they said.
  List<RemoteVersion> described() {
    return List.copyOf(described.values());
  }

  @Override
  public Result reconcile(APIService service) {
    if (service.getSpec().getService() == null) {
      described.remove(service.getMetadata().getName());
      tell(service, LOCAL);
      return Result.done();
    }
    Optional<Remote> remote = remotes.named(service.getMetadata().getName());
    if (remote.isEmpty()) {
      return Result.after(WHEN_BAD);
    }
    Verdict verdict = check(remote.get());
    tell(service, verdict);
    return Result.after(verdict.available() ? WHEN_GOOD : WHEN_BAD);
  }

  @Override
  public Result gone(Key key) {
    described.remove(key.name());
    return Result.done();
  }

  private Verdict check(Remote remote) {
    ServiceReference wanted = remote.registration().getSpec().getService();
    String called = "service/%s in \"%s\"".formatted(wanted.getName(), wanted.getNamespace());
    return switch (remote.resolve(services)) {
      case Resolution.Found(InetSocketAddress address) when address.isUnresolved() ->
          missing(remote, "FailedDiscoveryCheck", "no such host: " + address.getHostString());
      case Resolution.Found(InetSocketAddress address) -> ask(remote, remote.at(address));
      case Resolution.NoService() -> missing(remote, "ServiceNotFound", called + " is not present");
      case Resolution.NoPort() ->
          missing(
              remote, "ServicePortError", called + " is not listening on port " + remote.port());
      case Resolution.NoSlices() ->
          missing(remote, "EndpointsNotFound", "cannot find endpointslices for " + called);
      case Resolution.NoneReady(String portName) ->
          missing(
              remote,
              "MissingEndpoints",
              "endpointslices for %s have no addresses with port name \"%s\""
                  .formatted(called, portName));
    };
  }

  private Verdict missing(Remote remote, String reason, String message) {
    describe(remote, false, Optional.empty(), "", Json.object());
    return new Verdict(false, reason, message);
  }

  private Verdict ask(Remote remote, Backend backend) {
    try {
      ObjectNode resources = within(backend, remote.path());
      String openApi = openApi(remote, backend);
      describe(remote, true, Optional.of(resources), openApi, openApiV2(remote, backend, openApi));
      return PASSED;
    } catch (IOException e) {
      describe(remote, false, Optional.empty(), "", Json.object());
      return new Verdict(
          false,
          "FailedDiscoveryCheck",
          "failing or missing response from https://%s%s: %s"
              .formatted(backend.hostHeader(), remote.path(), e.getMessage()));
    }
  }

  private static String openApi(Remote remote, Backend backend) {
    try {
      return within(backend, "/openapi/v3")
          .path("paths")
          .path(remote.path().substring(1))
          .path("serverRelativeURL")
          .asString("");
    } catch (IOException e) {
      return "";
    }
  }

  /// Asked for again only when version 3 has changed, too.
  private ObjectNode openApiV2(Remote remote, Backend backend, String openApi) {
    RemoteVersion known = described.get(remote.name());
    if (known != null && !openApi.isEmpty() && known.openApi().equals(openApi)) {
      return known.openApiV2();
    }
    try {
      return RemoteOpenApi.part(within(backend, "/openapi/v2"), remote.path());
    } catch (IOException e) {
      return Json.object();
    }
  }

  private static ObjectNode within(Backend backend, String path) throws IOException {
    var asked =
        CompletableFuture.supplyAsync(
            () -> {
              try {
                return Remote.ask(backend, path);
              } catch (IOException | ApiException e) {
                throw new IllegalStateException(e.getMessage(), e);
              }
            },
            THREADS);
    try {
      return asked.get(PATIENCE.toMillis(), TimeUnit.MILLISECONDS);
    } catch (TimeoutException e) {
      throw new IOException("timed out waiting", e);
    } catch (ExecutionException e) {
      throw new IOException(Optional.ofNullable(e.getCause()).orElse(e).getMessage(), e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IOException("interrupted", e);
    }
  }

  /// A server that is away keeps what it said last, marked as stale.
  private void describe(
      Remote remote,
      boolean available,
      Optional<ObjectNode> resources,
      String openApi,
      ObjectNode openApiV2) {
    var spec = remote.registration().getSpec();
    described.compute(
        remote.name(),
        (_, known) ->
            new RemoteVersion(
                spec.getGroup(),
                spec.getVersion(),
                spec.getGroupPriorityMinimum(),
                spec.getVersionPriority(),
                available,
                resources.orElseGet(() -> known == null ? Json.object() : known.resources()),
                openApi.isEmpty() && known != null ? known.openApi() : openApi,
                openApiV2.isEmpty() && known != null ? known.openApiV2() : openApiV2));
  }

  private void tell(APIService service, Verdict verdict) {
    String status = verdict.available() ? "True" : "False";
    Optional<APIServiceCondition> known =
        Optional.ofNullable(service.getStatus()).stream()
            .flatMap(each -> each.getConditions().stream())
            .filter(condition -> condition.getType().equals("Available"))
            .findFirst();
    boolean same =
        known
            .filter(condition -> condition.getStatus().equals(status))
            .filter(condition -> verdict.reason().equals(condition.getReason()))
            .filter(condition -> verdict.message().equals(condition.getMessage()))
            .isPresent();
    if (same) {
      return;
    }
    String since =
        known
            .filter(condition -> condition.getStatus().equals(status))
            .map(APIServiceCondition::getLastTransitionTime)
            .orElseGet(() -> clock.instant().truncatedTo(ChronoUnit.SECONDS).toString());
    APIService changed = Objects.copy(service);
    APIServiceStatus fresh = new APIServiceStatus();
    fresh.setConditions(
        List.of(
            new APIServiceConditionBuilder()
                .withType("Available")
                .withStatus(status)
                .withReason(verdict.reason())
                .withMessage(verdict.message())
                .withLastTransitionTime(since)
                .build()));
    changed.setStatus(fresh);
    cluster.updateStatus(changed);
  }
}
