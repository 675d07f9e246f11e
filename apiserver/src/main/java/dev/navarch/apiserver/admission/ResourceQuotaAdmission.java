package dev.navarch.apiserver.admission;

import dev.navarch.api.Kind;
import dev.navarch.api.Quantity;
import dev.navarch.apiserver.kinds.PodResources;
import dev.navarch.client.Lister;
import dev.navarch.client.Objects;
import io.fabric8.kubernetes.api.model.HasMetadata;
import io.fabric8.kubernetes.api.model.ResourceQuota;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Function;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/// Upstream's plugin `ResourceQuota`: refuses what would take a namespace over a quota. What is
/// used is counted afresh from the objects that are there and those on their way through any
/// server, never from a number that may be old.
final class ResourceQuotaAdmission implements AdmissionPlugin {
  private static final Set<String> GROWING = Set.of("services", "persistentvolumeclaims");

  private static final int LOCKS = 64;

  private final Lister<ResourceQuota> quotas;
  private final Function<Kind, ? extends Lister<? extends HasMetadata>> listers;
  private final Claims claims;

  /// Whoever asks this server waits here, not at the store.
  private final List<ReentrantLock> locks =
      Stream.generate(ReentrantLock::new).limit(LOCKS).toList();

  /// @param listers shows the objects of any kind
  /// @param claims what is promised to objects on their way
  ResourceQuotaAdmission(
      Lister<ResourceQuota> quotas,
      Function<Kind, ? extends Lister<? extends HasMetadata>> listers,
      Claims claims) {
    this.quotas = quotas;
    this.listers = listers;
    this.claims = claims;
  }

  @Override
  public void validate(Request request) {
    boolean create = request.operation() == Operation.CREATE && request.subresource().isEmpty();
    boolean grows =
        request.isResize()
            || (request.operation() == Operation.UPDATE
                && request.subresource().isEmpty()
                && GROWING.contains(request.kind().resource().toString()));
    if (request.kind().namespaced() && (create || grows)) {
      List<ResourceQuota> here = quotas.in(request.namespace()).toList();
      if (!here.isEmpty()) {
        check(request, here);
      }
    }
  }

  private void check(Request request, List<ResourceQuota> here) {
    Map<String, Quantity> asked = asked(request);
    List<ObjectNode> concerned =
        here.stream()
            .map(Objects::tree)
            .filter(quota -> concerns(quota, request, asked.keySet()))
            .toList();
    if (concerned.isEmpty()) {
      return;
    }
    ReentrantLock lock = locks.get(Math.floorMod(request.namespace().hashCode(), LOCKS));
    lock.lock();
    try {
      claims.change(
          "quotas", request.namespace(), lines -> claimed(request, concerned, asked, lines));
    } finally {
      lock.unlock();
    }
  }

  /// Checks a request beside what is there and what is promised, and adds what it takes.
  private List<String> claimed(
      Request request,
      List<ObjectNode> concerned,
      Map<String, Quantity> asked,
      List<String> lines) {
    String resource = request.kind().resource().toString();
    List<ObjectNode> there =
        listers.apply(request.kind()).in(request.namespace()).map(Objects::tree).toList();
    Map<String, String> stored =
        there.stream()
            .collect(
                Collectors.toMap(
                    ResourceQuotaAdmission::name,
                    object -> object.at("/metadata/resourceVersion").asString("")));
    List<QuotaClaim> coming =
        lines.stream()
            .map(QuotaClaim::read)
            .filter(claim -> !claim.resource().equals(resource) || claim.isOnItsWay(stored))
            .filter(
                claim -> !claim.resource().equals(resource) || !claim.name().equals(request.name()))
            .toList();
    List<QuotaClaim> same =
        coming.stream().filter(claim -> claim.resource().equals(resource)).toList();
    for (ObjectNode quota : concerned) {
      check(request, quota, asked, there, same);
    }
    if (request.dryRun()) {
      return lines;
    }
    String before =
        request.old() == null ? "" : request.before().at("/metadata/resourceVersion").asString("");
    Set<String> names =
        concerned.stream().map(ResourceQuotaAdmission::name).collect(Collectors.toSet());
    var own = new QuotaClaim(resource, request.name(), before, names, asked);
    return Stream.concat(coming.stream(), Stream.of(own)).map(QuotaClaim::line).toList();
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
      Request request,
      ObjectNode quota,
      Map<String, Quantity> asked,
      List<ObjectNode> there,
      List<QuotaClaim> coming) {
    String name = name(quota);
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
    coming.stream()
        .filter(claim -> claim.quotas().contains(name))
        .forEach(
            claim ->
                claim.amounts().forEach((key, amount) -> used.merge(key, amount, Quantity::add)));
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

  private static String name(JsonNode object) {
    return object.at("/metadata/name").asString("");
  }
}
