package dev.navarch.controllers;

import dev.navarch.api.ApiException;
import dev.navarch.client.Cluster;
import dev.navarch.client.Controller;
import dev.navarch.client.EventRecorder;
import dev.navarch.client.Informers;
import dev.navarch.client.Key;
import dev.navarch.client.Lister;
import dev.navarch.client.Objects;
import dev.navarch.client.OwnerReferences;
import dev.navarch.client.Reconciler;
import dev.navarch.client.Result;
import io.fabric8.kubernetes.api.model.Endpoints;
import io.fabric8.kubernetes.api.model.LabelSelectorBuilder;
import io.fabric8.kubernetes.api.model.Service;
import io.fabric8.kubernetes.api.model.discovery.v1.Endpoint;
import io.fabric8.kubernetes.api.model.discovery.v1.EndpointPort;
import io.fabric8.kubernetes.api.model.discovery.v1.EndpointSlice;
import io.fabric8.kubernetes.api.model.discovery.v1.EndpointSliceBuilder;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Stream;

/// Shows endpoints that somebody wrote by hand, for a service without a selector, as slices too:
/// whoever routes to services reads nothing else.
final class EndpointSliceMirroringController implements Reconciler<Endpoints> {
  private static final String SERVICE_NAME = "kubernetes.io/service-name";
  private static final String MANAGED_BY = "endpointslice.kubernetes.io/managed-by";
  private static final String MANAGER = "endpointslicemirroring-controller.k8s.io";
  private static final String SKIPPED = "endpointslice.kubernetes.io/skip-mirror";

  /// Endpoints were locks once, and are none to route to then.
  private static final String LOCK = "control-plane.alpha.kubernetes.io/leader";

  private static final List<String> OWN_NOTES =
      List.of(
          "endpoints.kubernetes.io/last-change-trigger-time",
          "kubectl.kubernetes.io/last-applied-configuration");

  private final Lister<EndpointSlice> slices;
  private final Lister<Service> services;
  private final Cluster cluster;
  private final EventRecorder events;

  private EndpointSliceMirroringController(Informers on, Cluster cluster, EventRecorder events) {
    this.slices = on.lister(EndpointSlice.class);
    this.services = on.lister(Service.class);
    this.cluster = cluster;
    this.events = events.as("endpoint-slice-mirroring-controller");
  }

  static Controller register(Informers on, Cluster cluster, EventRecorder events) {
    var reconciler = new EndpointSliceMirroringController(on, cluster, events);
    return Controller.of(Endpoints.class, reconciler)
        .name("endpoint_slice_mirroring_controller")
        .watches(Service.class, service -> Stream.of(Key.of(service)))
        .watches(EndpointSlice.class, EndpointSliceMirroringController::source)
        .workers(5);
  }

  @Override
  public Result reconcile(Endpoints endpoints) {
    if (Pods.isDeleting(endpoints)) {
      return Result.done();
    }
    if (!isMirrored(endpoints)) {
      return gone(Key.of(endpoints));
    }
    try {
      List<EndpointSlice> present = present(Key.of(endpoints)).toList();
      for (String family : List.of("IPv4", "IPv6")) {
        settle(endpoints, family, present);
      }
    } catch (ApiException e) {
      if (Created.isGoingAway(e)) {
        return Result.done();
      }
      if (!e.isConflict()) {
        events.warning(
            endpoints,
            "FailedToUpdateEndpointSlices",
            "Error updating Endpoint Slices for Endpoints %s: %s"
                .formatted(Key.of(endpoints), e.getMessage()));
      }
      throw e;
    }
    return Result.done();
  }

  @Override
  public Result gone(Key key) {
    present(key).forEach(this::delete);
    return Result.done();
  }

  /// Endpoints of a service with a selector follow from its pods, as its slices do.
  private boolean isMirrored(Endpoints endpoints) {
    return !"true".equals(Pods.labels(endpoints).get(SKIPPED))
        && !Pods.annotations(endpoints).containsKey(LOCK)
        && services
            .find(Key.of(endpoints))
            .filter(service -> !Pods.isDeleting(service))
            .filter(service -> !hasSelector(service))
            .isPresent();
  }

  private static boolean hasSelector(Service service) {
    Map<String, String> selector = service.getSpec().getSelector();
    return selector != null && !selector.isEmpty();
  }

  private Stream<EndpointSlice> present(Key key) {
    return slices
        .matching(
            key.namespace(),
            new LabelSelectorBuilder()
                .addToMatchLabels(SERVICE_NAME, key.name())
                .addToMatchLabels(MANAGED_BY, MANAGER)
                .build())
        .filter(slice -> !Pods.isDeleting(slice));
  }

  private void settle(Endpoints endpoints, String family, List<EndpointSlice> all) {
    List<EndpointSlice> present =
        all.stream().filter(slice -> slice.getAddressType().equals(family)).toList();
    Map<List<EndpointPort>, List<Endpoint>> wanted = MirroredEndpoints.of(endpoints, family);
    if (wanted.isEmpty()) {
      present.forEach(this::delete);
      return;
    }
    for (SlicePlan.Step step : SlicePlan.of(wanted, present).steps()) {
      switch (step) {
        case SlicePlan.Create(var ports, var mirrored) ->
            cluster.create(filled(blank(endpoints, family), endpoints, ports, mirrored));
        case SlicePlan.Keep(var slice, var mirrored) -> {
          EndpointSlice changed =
              filled(Objects.copy(slice), endpoints, slice.getPorts(), mirrored);
          if (!changed.equals(slice)) {
            cluster.update(changed);
          }
        }
        case SlicePlan.Delete(var slice) -> delete(slice);
      }
    }
  }

  private static EndpointSlice blank(Endpoints endpoints, String family) {
    return new EndpointSliceBuilder()
        .withNewMetadata()
        .withNamespace(endpoints.getMetadata().getNamespace())
        .withGenerateName(endpoints.getMetadata().getName() + "-")
        .endMetadata()
        .withAddressType(family)
        .build();
  }

  private static EndpointSlice filled(
      EndpointSlice slice, Endpoints endpoints, List<EndpointPort> ports, List<Endpoint> mirrored) {
    Map<String, String> labels = new TreeMap<>(Pods.labels(endpoints));
    labels.put(SERVICE_NAME, endpoints.getMetadata().getName());
    labels.put(MANAGED_BY, MANAGER);
    Map<String, String> annotations = new TreeMap<>(Pods.annotations(endpoints));
    OWN_NOTES.forEach(annotations::remove);
    slice.getMetadata().setLabels(labels);
    slice.getMetadata().setAnnotations(annotations);
    slice.getMetadata().setOwnerReferences(List.of(OwnerReferences.to(endpoints)));
    slice.setPorts(ports);
    slice.setEndpoints(mirrored);
    return slice;
  }

  private void delete(EndpointSlice slice) {
    PodEnds.unlessGone(() -> cluster.delete(slice));
  }

  private static Stream<Key> source(EndpointSlice slice) {
    Map<String, String> labels = Pods.labels(slice);
    String name = labels.get(SERVICE_NAME);
    return name == null || !MANAGER.equals(labels.get(MANAGED_BY))
        ? Stream.empty()
        : Stream.of(new Key(slice.getMetadata().getNamespace(), name));
  }
}
