package dev.navarch.controllers;

import dev.navarch.api.ApiException;
import dev.navarch.client.Cluster;
import dev.navarch.client.Controller;
import dev.navarch.client.Informers;
import dev.navarch.client.Key;
import dev.navarch.client.Lister;
import dev.navarch.client.Objects;
import dev.navarch.client.Reconciler;
import dev.navarch.client.Result;
import io.fabric8.kubernetes.api.model.Condition;
import io.fabric8.kubernetes.api.model.ConditionBuilder;
import io.fabric8.kubernetes.api.model.Service;
import io.fabric8.kubernetes.api.model.networking.v1.ServiceCIDR;
import io.fabric8.kubernetes.api.model.networking.v1.ServiceCIDRStatus;
import java.time.InstantSource;
import java.time.temporal.ChronoUnit;
import java.util.List;
import java.util.stream.Stream;

/// Says of each ServiceCIDR whether services get addresses of it, and keeps one that is deleted for
/// as long as services have addresses that no other range holds.
final class ServiceRangeController implements Reconciler<ServiceCIDR> {
  private static final String READY = "Ready";
  private static final int LEAST_BITS = 12;
  private static final int MOST_BITS = 30;

  private final Lister<ServiceCIDR> ranges;
  private final Lister<Service> services;
  private final Cluster cluster;
  private final InstantSource clock;
  private final Finalizers protection;

  private ServiceRangeController(Informers on, Cluster cluster, InstantSource clock) {
    this.ranges = on.lister(ServiceCIDR.class);
    this.services = on.lister(Service.class);
    this.cluster = cluster;
    this.clock = clock;
    this.protection = new Finalizers(cluster, "networking.k8s.io/service-cidr-finalizer");
  }

  static Controller register(Informers on, Cluster cluster, InstantSource clock) {
    var controller = new ServiceRangeController(on, cluster, clock);
    return Controller.of(ServiceCIDR.class, controller)
        .name("service-cidr-controller")
        .watches(ServiceCIDR.class, _ -> controller.leaving())
        .watches(Service.class, _ -> controller.leaving());
  }

  private Stream<Key> leaving() {
    return ranges.all().filter(Pods::isDeleting).map(Key::of);
  }

  @Override
  public Result reconcile(ServiceCIDR range) {
    if (!Pods.isDeleting(range)) {
      if (!protection.isOn(range)) {
        protection.add(range);
      }
      String unusable = unusable(range);
      say(
          range,
          unusable.isEmpty(),
          unusable.isEmpty() ? "" : "Unsupported",
          unusable.isEmpty() ? "Kubernetes Service CIDR is ready" : unusable);
    } else if (protection.isOn(range)) {
      if (isNeeded(range)) {
        say(
            range,
            false,
            "Terminating",
            "Services still have addresses of this range: delete them, or create another"
                + " ServiceCIDR that holds their addresses");
      } else {
        protection.remove(range);
      }
    }
    return Result.done();
  }

  private static String unusable(ServiceCIDR range) {
    return range.getSpec().getCidrs().stream()
        .filter(cidr -> !isUsable(cidr))
        .findFirst()
        .map(
            cidr ->
                "services get no addresses of %s: expected IPv4 ranges with a prefix of %d to %d bits"
                    .formatted(cidr, LEAST_BITS, MOST_BITS))
        .orElse("");
  }

  private static boolean isUsable(String cidr) {
    if (cidr.contains(":")) {
      return false;
    }
    int bits = bits(cidr);
    return bits >= LEAST_BITS && bits <= MOST_BITS;
  }

  private static int bits(String cidr) {
    return Integer.parseInt(cidr.substring(cidr.indexOf('/') + 1));
  }

  private boolean isNeeded(ServiceCIDR range) {
    List<ServiceCIDR> others = ranges.all().filter(other -> !Pods.isDeleting(other)).toList();
    return services
        .all()
        .flatMap(service -> service.getSpec().getClusterIPs().stream())
        .filter(address -> holds(range, address))
        .anyMatch(address -> others.stream().noneMatch(other -> holds(other, address)));
  }

  private static boolean holds(ServiceCIDR range, String address) {
    return address.contains(".")
        && range.getSpec().getCidrs().stream()
            .filter(ServiceRangeController::isUsable)
            .anyMatch(
                cidr ->
                    AddressRanges.parse(cidr, bits(cidr)).touchedBy(address + "/32").count() > 0);
  }

  private void say(ServiceCIDR range, boolean ready, String reason, String message) {
    String status = ready ? "True" : "False";
    List<Condition> known =
        range.getStatus() == null ? List.of() : range.getStatus().getConditions();
    boolean said =
        known.stream()
            .anyMatch(
                condition ->
                    condition.getType().equals(READY)
                        && condition.getStatus().equals(status)
                        && reason.equals(condition.getReason()));
    if (said) {
      return;
    }
    ServiceCIDR changed =
        Objects.copy(
            cluster.find(ServiceCIDR.class, "", range.getMetadata().getName()).orElse(range));
    Condition condition =
        new ConditionBuilder()
            .withType(READY)
            .withStatus(status)
            .withReason(reason)
            .withMessage(message)
            .withLastTransitionTime(clock.instant().truncatedTo(ChronoUnit.SECONDS).toString())
            .build();
    ServiceCIDRStatus now = new ServiceCIDRStatus();
    now.setConditions(
        Stream.concat(
                known.stream().filter(other -> !other.getType().equals(READY)),
                Stream.of(condition))
            .toList());
    changed.setStatus(now);
    try {
      cluster.updateStatus(changed);
    } catch (ApiException e) {
      if (!e.isNotFound()) {
        throw e;
      }
    }
  }
}
