package dev.navarch.controllers;

import dev.navarch.api.ApiException;
import dev.navarch.client.Cluster;
import dev.navarch.client.Controller;
import dev.navarch.client.EventRecorder;
import dev.navarch.client.Informers;
import dev.navarch.client.Key;
import dev.navarch.client.Lister;
import dev.navarch.client.Objects;
import dev.navarch.client.Reconciler;
import dev.navarch.client.Resource;
import dev.navarch.client.Result;
import io.fabric8.kubernetes.api.model.EndpointSubset;
import io.fabric8.kubernetes.api.model.Endpoints;
import io.fabric8.kubernetes.api.model.EndpointsBuilder;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.Service;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.stream.Stream;

/// Keeps the older form of endpoints, one object for each service, for clients that read no slices.
/// It holds at most a thousand addresses, and says so when there are more.
final class EndpointsController implements Reconciler<Service> {
  private static final String MANAGED_BY = "endpoints.kubernetes.io/managed-by";
  private static final String MANAGER = "endpoint-controller";
  private static final String OVER_CAPACITY = "endpoints.kubernetes.io/over-capacity";

  private final Lister<Endpoints> endpoints;
  private final Lister<Pod> pods;
  private final Cluster cluster;
  private final EventRecorder events;

  private EndpointsController(Informers on, Cluster cluster, EventRecorder events) {
    this.endpoints = on.lister(Endpoints.class);
    this.pods = on.lister(Pod.class);
    this.cluster = cluster;
    this.events = events.as("endpoint-controller");
  }

  static Controller register(Informers on, Cluster cluster, EventRecorder events) {
    Lister<Service> services = on.lister(Service.class);
    return Controller.of(Service.class, new EndpointsController(on, cluster, events))
        .name("endpoint")
        .watches(Pod.class, pod -> ServicePods.affected(services, pod))
        .watchesChanges(Resource.of(Endpoints.class), EndpointsController::ours)
        .workers(5);
  }

  @Override
  public Result reconcile(Service service) {
    if (!ServicePods.hasEndpoints(service) || Pods.isDeleting(service)) {
      return Result.done();
    }
    List<EndpointSubset> subsets = EndpointSubsets.of(service, ServicePods.of(service, pods));
    Optional<Endpoints> found = endpoints.find(Key.of(service));
    Endpoints wanted = filled(found.map(Objects::copy).orElseGet(() -> blank(service)), service);
    boolean isTruncated = EndpointSubsets.isTooMuch(subsets);
    wanted.setSubsets(isTruncated ? EndpointSubsets.truncated(subsets) : subsets);
    Map<String, String> annotations = new TreeMap<>(Pods.annotations(wanted));
    annotations.remove(OVER_CAPACITY);
    if (isTruncated) {
      annotations.put(OVER_CAPACITY, "truncated");
    }
    wanted.getMetadata().setAnnotations(annotations);
    if (found.isEmpty()) {
      write(service, "Create", "create", () -> cluster.create(wanted));
    } else if (!wanted.equals(found.get())) {
      write(service, "Update", "update", () -> cluster.update(wanted));
    }
    return Result.done();
  }

  @Override
  public Result gone(Key key) {
    endpoints.find(key).ifPresent(one -> PodEnds.unlessGone(() -> cluster.delete(one)));
    return Result.done();
  }

  private void write(Service service, String reason, String verb, Runnable write) {
    try {
      write.run();
    } catch (ApiException e) {
      if (Created.isGoingAway(e)) {
        return;
      }
      if (!e.isConflict() && !e.isAlreadyExists()) {
        events.warning(
            service,
            "FailedTo" + reason + "Endpoint",
            "Failed to %s endpoint for service %s: %s"
                .formatted(verb, Key.of(service), e.getMessage()));
      }
      throw e;
    }
  }

  private static Endpoints blank(Service service) {
    return new EndpointsBuilder()
        .withNewMetadata()
        .withNamespace(service.getMetadata().getNamespace())
        .withName(service.getMetadata().getName())
        .endMetadata()
        .build();
  }

  private static Endpoints filled(Endpoints endpoints, Service service) {
    Map<String, String> labels = ServicePods.labels(service);
    labels.put(MANAGED_BY, MANAGER);
    endpoints.getMetadata().setLabels(labels);
    return endpoints;
  }

  /// Endpoints that nobody of ours made may be there without a service; once it goes, so do they.
  private static Stream<Key> ours(Informers.Change<Endpoints> change) {
    boolean ours = MANAGER.equals(Pods.labels(change.either()).get(MANAGED_BY));
    return ours || change.now() == null ? Stream.of(Key.of(change.either())) : Stream.empty();
  }
}
