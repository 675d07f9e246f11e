package dev.navarch.controllers;

import io.fabric8.kubernetes.api.model.discovery.v1.Endpoint;
import io.fabric8.kubernetes.api.model.discovery.v1.EndpointPort;
import io.fabric8.kubernetes.api.model.discovery.v1.EndpointSlice;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;

/// How endpoints are spread over slices so that few slices change: an endpoint stays in the slice
/// that has it, new ones fill up slices that change anyway, then the fullest that has room for all
/// of them, and only then new slices.
record SlicePlan(List<Step> steps) {
  static final int CAPACITY = 100;

  /// What is to be done with one slice.
  sealed interface Step {}

  record Create(List<EndpointPort> ports, List<Endpoint> endpoints) implements Step {}

  /// The slice with these endpoints, perhaps the same as before.
  record Keep(EndpointSlice slice, List<Endpoint> endpoints) implements Step {}

  record Delete(EndpointSlice slice) implements Step {}

  /// @param wanted endpoints by their ports
  /// @param present the slices that there are
  static SlicePlan of(Map<List<EndpointPort>, List<Endpoint>> wanted, List<EndpointSlice> present) {
    List<Step> steps = new ArrayList<>();
    Map<Set<EndpointPort>, List<EndpointSlice>> byPorts =
        present.stream().collect(Collectors.groupingBy(SlicePlan::ports));
    wanted.forEach(
        (ports, endpoints) -> {
          List<EndpointSlice> slices = byPorts.remove(Set.copyOf(ports));
          spread(ports, endpoints, slices == null ? List.of() : slices, steps);
        });
    List<EndpointSlice> useless =
        new ArrayList<>(byPorts.values().stream().flatMap(List::stream).toList());
    if (wanted.isEmpty()) {
      keepPlaceholder(useless, steps);
    }
    useless.forEach(slice -> steps.add(new Delete(slice)));
    return new SlicePlan(steps);
  }

  /// A service without endpoints has one empty slice, which says that there are none.
  private static void keepPlaceholder(List<EndpointSlice> slices, List<Step> steps) {
    slices.stream()
        .filter(slice -> slice.getPorts().isEmpty())
        .findFirst()
        .ifPresentOrElse(
            slice -> {
              slices.remove(slice);
              steps.add(new Keep(slice, List.of()));
            },
            () -> steps.add(new Create(List.of(), List.of())));
  }

  private static void spread(
      List<EndpointPort> ports,
      List<Endpoint> endpoints,
      List<EndpointSlice> slices,
      List<Step> steps) {
    Map<String, Endpoint> left = new LinkedHashMap<>();
    endpoints.forEach(endpoint -> left.put(identity(endpoint), endpoint));
    List<EndpointSlice> untouched = new ArrayList<>();
    Map<EndpointSlice, List<Endpoint>> changed = new LinkedHashMap<>();
    for (EndpointSlice slice : slices) {
      List<Endpoint> staying = new ArrayList<>();
      for (Endpoint endpoint : slice.getEndpoints()) {
        Endpoint now = left.remove(identity(endpoint));
        if (now != null) {
          staying.add(now);
        }
      }
      if (staying.equals(slice.getEndpoints()) && !staying.isEmpty()) {
        untouched.add(slice);
      } else if (staying.isEmpty() && left.isEmpty()) {
        steps.add(new Delete(slice));
      } else {
        changed.put(slice, staying);
      }
    }
    List<Endpoint> fresh = new ArrayList<>(left.values());
    changed.values().forEach(staying -> fill(staying, fresh));
    while (!fresh.isEmpty()) {
      int rest = fresh.size() % CAPACITY;
      untouched.stream()
          .filter(slice -> rest > 0 && slice.getEndpoints().size() + rest <= CAPACITY)
          .max(Comparator.comparingInt(slice -> slice.getEndpoints().size()))
          .ifPresent(
              slice -> {
                untouched.remove(slice);
                List<Endpoint> together = new ArrayList<>(slice.getEndpoints());
                List<Endpoint> taken = fresh.subList(fresh.size() - rest, fresh.size());
                together.addAll(taken);
                taken.clear();
                changed.put(slice, together);
              });
      if (!fresh.isEmpty()) {
        List<Endpoint> full = new ArrayList<>();
        fill(full, fresh);
        steps.add(new Create(ports, full));
      }
    }
    changed.forEach(
        (slice, now) -> steps.add(now.isEmpty() ? new Delete(slice) : new Keep(slice, now)));
    untouched.forEach(slice -> steps.add(new Keep(slice, slice.getEndpoints())));
  }

  private static void fill(List<Endpoint> slice, List<Endpoint> from) {
    List<Endpoint> taken = from.subList(0, Math.min(from.size(), CAPACITY - slice.size()));
    slice.addAll(taken);
    taken.clear();
  }

  private static Set<EndpointPort> ports(EndpointSlice slice) {
    return Set.copyOf(slice.getPorts());
  }

  private static String identity(Endpoint endpoint) {
    return endpoint.getTargetRef() == null
        ? String.join(",", endpoint.getAddresses())
        : endpoint.getTargetRef().getUid() + " " + endpoint.getAddresses();
  }
}
