package dev.navarch.apiserver.aggregation;

import dev.navarch.api.ApiException;
import dev.navarch.api.Kinds;
import dev.navarch.apiserver.registry.UsageHandler;
import dev.navarch.client.Cluster;
import dev.navarch.client.Informers;
import dev.navarch.client.Key;
import dev.navarch.client.Lister;
import dev.navarch.client.Result;
import io.fabric8.kubernetes.api.model.APIService;
import io.fabric8.kubernetes.api.model.APIServiceBuilder;
import java.time.Duration;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;

/// Registers what this server itself serves, a version at a time, as kinds come and go: `kubectl
/// get apiservices` shows all there is, whoever serves it. Only the name of the built-in metrics is
/// left free: installers of a metrics server expect to make it.
final class Registrations {
  private static final String MANAGED = "kube-aggregator.kubernetes.io/automanaged";
  private static final Duration LOOK_AGAIN = Duration.ofSeconds(10);
  private static final int HIGHEST_PRIORITY = 18_000;
  private static final int CUSTOM_PRIORITY = 1_000;

  private final Kinds kinds;
  private final Set<GroupVersion> builtIn;
  private final Cluster cluster;
  private final Lister<APIService> known;
  private Set<GroupVersion> registered = Set.of();

  private record GroupVersion(String group, String version) {
    String name() {
      return version + "." + group;
    }
  }

  Registrations(Kinds kinds, Cluster cluster, Informers informers) {
    this.kinds = kinds;
    this.builtIn = served();
    this.cluster = cluster;
    this.known = informers.lister(APIService.class);
  }

  private Set<GroupVersion> served() {
    return kinds.all().stream()
        .filter(kind -> !kind.group().equals(UsageHandler.GROUP))
        .map(kind -> new GroupVersion(kind.group(), kind.version()))
        .collect(Collectors.toSet());
  }

  Result reconcile(Key key) {
    Set<GroupVersion> served = served();
    if (!served.equals(registered)) {
      served.forEach(this::ensure);
      known
          .all()
          .filter(service -> service.getMetadata().getLabels() != null)
          .filter(service -> service.getMetadata().getLabels().containsKey(MANAGED))
          .filter(
              service ->
                  !served.contains(
                      new GroupVersion(
                          service.getSpec().getGroup() == null ? "" : service.getSpec().getGroup(),
                          service.getSpec().getVersion())))
          .toList()
          .forEach(cluster::delete);
      registered = served;
    }
    return Result.after(LOOK_AGAIN);
  }

  private void ensure(GroupVersion version) {
    if (known.find("", version.name()).isPresent()) {
      return;
    }
    boolean custom = !builtIn.contains(version);
    try {
      cluster.create(
          new APIServiceBuilder()
              .withNewMetadata()
              .withName(version.name())
              .withLabels(Map.of(MANAGED, custom ? "true" : "onstart"))
              .endMetadata()
              .withNewSpec()
              .withGroup(version.group())
              .withVersion(version.version())
              .withGroupPriorityMinimum(custom ? CUSTOM_PRIORITY : priority(version))
              .withVersionPriority(custom ? 100 : 15)
              .endSpec()
              .build());
    } catch (ApiException e) {
      if (!e.isAlreadyExists()) {
        throw e;
      }
    }
  }

  /// Built-in groups come first, the core group before all.
  private static int priority(GroupVersion version) {
    return version.group().isEmpty() ? HIGHEST_PRIORITY : HIGHEST_PRIORITY - 500;
  }
}
