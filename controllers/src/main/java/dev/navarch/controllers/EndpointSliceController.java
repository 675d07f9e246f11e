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
import dev.navarch.client.Resource;
import dev.navarch.client.Result;
import io.fabric8.kubernetes.api.model.LabelSelectorBuilder;
import io.fabric8.kubernetes.api.model.Node;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.Service;
import io.fabric8.kubernetes.api.model.discovery.v1.Endpoint;
import io.fabric8.kubernetes.api.model.discovery.v1.EndpointPort;
import io.fabric8.kubernetes.api.model.discovery.v1.EndpointSlice;
import io.fabric8.kubernetes.api.model.discovery.v1.EndpointSliceBuilder;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;

/// Keeps the slices of every service: which pods stand behind it, and which of them serve. Writes
/// as little as it can, because every write goes to every node.
final class EndpointSliceController implements Reconciler<Service> {
  private static final String SERVICE_NAME = "kubernetes.io/service-name";
  private static final String MANAGED_BY = "endpointslice.kubernetes.io/managed-by";
  private static final String MANAGER = "endpointslice-controller.k8s.io";

  private final Lister<EndpointSlice> slices;
  private final Lister<Pod> pods;
  private final Lister<Node> nodes;
  private final Lister<Service> services;
  private final Cluster cluster;
  private final EventRecorder events;

  private EndpointSliceController(Informers on, Cluster cluster, EventRecorder events) {
    this.slices = on.lister(EndpointSlice.class);
    this.pods = on.lister(Pod.class);
    this.nodes = on.lister(Node.class);
    this.services = on.lister(Service.class);
    this.cluster = cluster;
    this.events = events.as("endpoint-slice-controller");
  }

  static Controller register(Informers on, Cluster cluster, EventRecorder events) {
    var reconciler = new EndpointSliceController(on, cluster, events);
    return Controller.of(Service.class, reconciler)
        .name("endpoint_slice_controller")
        .watches(Pod.class, pod -> ServicePods.affected(reconciler.services, pod))
        .watches(EndpointSlice.class, EndpointSliceController::service)
        .watchesChanges(Resource.of(Node.class), reconciler::onMovedNode)
        .workers(5);
  }

  @Override
  public Result reconcile(Service service) {
    if (!ServicePods.hasEndpoints(service) || Pods.isDeleting(service)) {
      return Result.done();
    }
    List<EndpointSlice> present =
        slices
            .matching(
                service.getMetadata().getNamespace(),
                new LabelSelectorBuilder()
                    .addToMatchLabels(SERVICE_NAME, service.getMetadata().getName())
                    .addToMatchLabels(MANAGED_BY, MANAGER)
                    .build())
            .filter(slice -> !Pods.isDeleting(slice))
            .toList();
    List<String> families = ServicePods.families(service);
    try {
      present.stream()
          .filter(slice -> !families.contains(slice.getAddressType()))
          .forEach(this::delete);
      families.forEach(family -> settle(service, family, present));
    } catch (ApiException e) {
      if (!e.isConflict() && !Created.isGoingAway(e)) {
        events.warning(
            service,
            "FailedToUpdateEndpointSlices",
            "Error updating Endpoint Slices for Service %s: %s"
                .formatted(Key.of(service), e.getMessage()));
      }
      if (!Created.isGoingAway(e)) {
        throw e;
      }
    }
    return Result.done();
  }

  private void settle(Service service, String family, List<EndpointSlice> all) {
    List<EndpointSlice> present =
        all.stream().filter(slice -> slice.getAddressType().equals(family)).toList();
    Map<List<EndpointPort>, List<Endpoint>> wanted = wanted(service, family);
    SlicePlan plan = SlicePlan.of(wanted, present);
    for (SlicePlan.Step step : plan.steps()) {
      switch (step) {
        case SlicePlan.Create(var ports, var endpoints) ->
            cluster.create(filled(blank(service, family), service, ports, endpoints));
        case SlicePlan.Keep(var slice, var endpoints) -> {
          EndpointSlice changed = filled(Objects.copy(slice), service, slice.getPorts(), endpoints);
          if (!changed.equals(slice)) {
            cluster.update(changed);
          }
        }
        case SlicePlan.Delete(var slice) -> delete(slice);
      }
    }
  }

  private Map<List<EndpointPort>, List<Endpoint>> wanted(Service service, String family) {
    Map<List<EndpointPort>, List<Endpoint>> wanted = new LinkedHashMap<>();
    ServicePods.of(service, pods)
        .filter(pod -> !ServicePods.addresses(pod, family).isEmpty())
        .sorted(Comparator.comparing((Pod pod) -> pod.getMetadata().getName()))
        .forEach(
            pod ->
                wanted
                    .computeIfAbsent(SliceEndpoints.ports(service, pod), _ -> new ArrayList<>())
                    .add(SliceEndpoints.of(service, pod, family, zone(pod))));
    return wanted;
  }

  private Optional<String> zone(Pod pod) {
    return Optional.ofNullable(pod.getSpec().getNodeName())
        .flatMap(name -> nodes.find("", name))
        .map(EndpointSliceController::zone)
        .filter(zone -> !zone.isEmpty());
  }

  private static String zone(Node node) {
    return Pods.labels(node).getOrDefault("topology.kubernetes.io/zone", "");
  }

  private static EndpointSlice blank(Service service, String family) {
    return new EndpointSliceBuilder()
        .withNewMetadata()
        .withNamespace(service.getMetadata().getNamespace())
        .withGenerateName(service.getMetadata().getName() + "-")
        .endMetadata()
        .withAddressType(family)
        .build();
  }

  private static EndpointSlice filled(
      EndpointSlice slice, Service service, List<EndpointPort> ports, List<Endpoint> endpoints) {
    Map<String, String> labels = ServicePods.labels(service);
    labels.put(SERVICE_NAME, service.getMetadata().getName());
    labels.put(MANAGED_BY, MANAGER);
    slice.getMetadata().setLabels(labels);
    slice.getMetadata().setOwnerReferences(List.of(OwnerReferences.to(service)));
    slice.setPorts(ports);
    slice.setEndpoints(endpoints);
    return slice;
  }

  private void delete(EndpointSlice slice) {
    PodEnds.unlessGone(() -> cluster.delete(slice));
  }

  private static Stream<Key> service(EndpointSlice slice) {
    Map<String, String> labels = Pods.labels(slice);
    String name = labels.get(SERVICE_NAME);
    return name == null || !MANAGER.equals(labels.get(MANAGED_BY))
        ? Stream.empty()
        : Stream.of(new Key(slice.getMetadata().getNamespace(), name));
  }

  /// A node that comes to be in another zone takes its pods with it.
  private Stream<Key> onMovedNode(Informers.Change<Node> change) {
    String before = change.before() == null ? "" : zone(change.before());
    String now = change.now() == null ? "" : zone(change.now());
    return before.equals(now)
        ? Stream.empty()
        : pods.onNode(change.either().getMetadata().getName())
            .flatMap(pod -> ServicePods.affected(services, pod));
  }
}
