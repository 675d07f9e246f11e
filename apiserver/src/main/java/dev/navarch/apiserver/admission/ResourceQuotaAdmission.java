package dev.navarch.apiserver.admission;

import dev.navarch.api.Kind;
import dev.navarch.api.Quantity;
import dev.navarch.client.Lister;
import dev.navarch.client.Objects;
import io.fabric8.kubernetes.api.model.HasMetadata;
import io.fabric8.kubernetes.api.model.ResourceQuota;
import java.time.InstantSource;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.function.Function;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/// Upstream's plugin `ResourceQuota`: refuses what would take a namespace over a quota. What is
/// used is counted afresh from the objects that are there and those on their way, never from a
/// number that may be old.
final class ResourceQuotaAdmission implements AdmissionPlugin {
  private static final Set<String> GROWING = Set.of("services", "persistentvolumeclaims");

  private final Lister<ResourceQuota> quotas;
  private final Function<Kind, ? extends Lister<? extends HasMetadata>> listers;
  private final Reservations<Claim> claims;

  /// An object that is counted before it is stored.
  private record Claim(String resource, String namespace, String name, ObjectNode object) {}

  /// @param listers shows the objects of any kind
  ResourceQuotaAdmission(
      Lister<ResourceQuota> quotas,
      Function<Kind, ? extends Lister<? extends HasMetadata>> listers,
      InstantSource clock) {
    this.quotas = quotas;
    this.listers = listers;
    this.claims = new Reservations<>(clock);
  }

  @Override
  public void validate(Request request) {
    boolean create = request.operation() == Operation.CREATE && request.subresource().isEmpty();
    boolean grows =
        request.operation() == Operation.UPDATE
            && request.subresource().isEmpty()
            && GROWING.contains(request.kind().resource().toString());
    if (request.kind().namespaced() && (create || grows)) {
      List<ResourceQuota> here = quotas.in(request.namespace()).toList();
      if (!here.isEmpty()) {
        check(request, here);
      }
    }
  }

  /// One after another, so that two cannot both take what is left.
  private synchronized void check(Request request, List<ResourceQuota> here) {
    Map<String, Quantity> asked = asked(request);
    List<ObjectNode> concerned =
        here.stream()
            .map(Objects::tree)
            .filter(quota -> concerns(quota, request, asked.keySet()))
            .toList();
    if (concerned.isEmpty()) {
      return;
    }
    List<ObjectNode> there = there(request);
    for (ObjectNode quota : concerned) {
      check(request, quota, asked, there);
    }
    if (!request.dryRun()) {
      Claim claim =
          new Claim(
              request.kind().resource().toString(),
              request.namespace(),
              request.name(),
              request.content().deepCopy());
      claims.reserve(claim, owner(claim));
    }
  }

  /// What the object takes more than before.
  private static Map<String, Quantity> asked(Request request) {
    Map<String, Quantity> asked = QuotaUsage.of(request.kind(), request.content());
    if (request.old() != null) {
      QuotaUsage.of(request.kind(), request.before())
          .forEach(
              (name, amount) -> asked.computeIfPresent(name, (n, now) -> now.subtract(amount)));
      asked.values().removeIf(amount -> amount.signum() <= 0);
    }
    return asked;
  }

  private static boolean concerns(ObjectNode quota, Request request, Set<String> asked) {
    boolean pod = request.concerns("pods");
    boolean limitsIt =
        hard(quota).keySet().stream().anyMatch(asked::contains)
            || (pod
                && !QuotaUsage.unsaid(request.content().path("spec"), hard(quota).keySet())
                    .isEmpty());
    return limitsIt && QuotaScopes.match(quota.path("spec"), pod, request.content());
  }

  private static void check(
      Request request, ObjectNode quota, Map<String, Quantity> asked, List<ObjectNode> there) {
    String name = quota.at("/metadata/name").asString("");
    Map<String, Quantity> hard = hard(quota);
    boolean pod = request.concerns("pods");
    if (pod) {
      List<String> unsaid = QuotaUsage.unsaid(request.content().path("spec"), hard.keySet());
      if (!unsaid.isEmpty()) {
        throw request.forbidden(
            "failed quota: %s: must specify %s".formatted(name, String.join("; ", unsaid)));
      }
    }
    Map<String, Quantity> used = new TreeMap<>();
    there.stream()
        .filter(object -> QuotaScopes.match(quota.path("spec"), pod, object))
        .map(object -> QuotaUsage.of(request.kind(), object))
        .forEach(usage -> usage.forEach((key, amount) -> used.merge(key, amount, Quantity::add)));
    Set<String> over = new HashSet<>();
    asked.forEach(
        (key, amount) -> {
          Quantity limit = hard.get(key);
          Quantity sum = used.getOrDefault(key, Quantity.ZERO).add(amount);
          if (limit != null && sum.compareTo(limit) > 0) {
            over.add(key);
          }
        });
    if (!over.isEmpty()) {
      throw request.forbidden(
          "exceeded quota: %s, requested: %s, used: %s, limited: %s"
              .formatted(name, listed(over, asked), listed(over, used), listed(over, hard)));
    }
  }

  private static String listed(Set<String> names, Map<String, Quantity> amounts) {
    return names.stream()
        .sorted()
        .map(name -> name + "=" + amounts.getOrDefault(name, Quantity.ZERO))
        .collect(Collectors.joining(","));
  }

  private static Map<String, Quantity> hard(ObjectNode quota) {
    return PodResources.quantities(quota.at("/spec/hard"));
  }

  /// The objects of the kind that the namespace holds or will hold in a moment.
  private List<ObjectNode> there(Request request) {
    List<ObjectNode> stored =
        listers.apply(request.kind()).in(request.namespace()).map(Objects::tree).toList();
    Set<String> names =
        stored.stream().map(ResourceQuotaAdmission::name).collect(Collectors.toSet());
    String own = request.namespace() + "/" + request.kind().resource() + "/" + request.name();
    Stream<ObjectNode> coming =
        claims
            .ofOthers(own)
            .filter(claim -> claim.namespace.equals(request.namespace()))
            .filter(claim -> request.concerns(claim.resource))
            .filter(claim -> !names.contains(claim.name))
            .map(Claim::object);
    return Stream.concat(stored.stream(), coming).toList();
  }

  private static String owner(Claim claim) {
    return claim.namespace + "/" + claim.resource + "/" + claim.name;
  }

  private static String name(JsonNode object) {
    return object.at("/metadata/name").asString("");
  }
}
