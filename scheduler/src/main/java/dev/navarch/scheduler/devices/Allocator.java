package dev.navarch.scheduler.devices;

import dev.navarch.api.Quantity;
import dev.navarch.scheduler.NodeView;
import io.fabric8.kubernetes.api.model.resource.v1.AllocationResult;
import io.fabric8.kubernetes.api.model.resource.v1.DeviceClaim;
import io.fabric8.kubernetes.api.model.resource.v1.ResourceClaim;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;

/// Finds devices for all claims of a pod together on one node: the first that satisfy everything,
/// requests in the claims' order, devices in their drivers', those last that somebody has to make
/// ready first.
public final class Allocator {
  /// How many devices one claim may have.
  static final int MOST_DEVICES = 32;

  /// A search that tries this often is given up.
  private static final int MOST_STEPS = 100_000;

  private final DevicesView devices;
  private final List<Ask> asks;

  /// A claim that has no devices yet.
  private record Ask(ResourceClaim claim, List<Request> requests, List<Constraint> constraints) {}

  /// @param share what is taken of a shared device; empty for one that is taken whole
  record Pick(
      int claim, Request.Option option, Pool.Offer offer, Optional<Map<String, Quantity>> share) {}

  /// @throws CannotAllocate when a class is not there, or a selector cannot be read
  public Allocator(DevicesView devices, List<ResourceClaim> claims) {
    this.devices = devices;
    this.asks = claims.stream().map(claim -> ask(claim, devices)).toList();
  }

  /// @throws CannotAllocate as the constructor does
  public static void check(DevicesView devices, List<ResourceClaim> claims) {
    claims.forEach(claim -> ask(claim, devices));
  }

  private static Ask ask(ResourceClaim claim, DevicesView devices) {
    DeviceClaim asked = claim.getSpec().getDevices();
    return asked == null
        ? new Ask(claim, List.of(), List.of())
        : new Ask(
            claim,
            Lists.of(asked.getRequests()).stream().map(one -> Request.of(one, devices)).toList(),
            Lists.of(asked.getConstraints()).stream().flatMap(Constraint::of).toList());
  }

  /// What each claim gets, in their order; empty when the node cannot give it.
  ///
  /// @throws CannotAllocate when a selector fails on a device, or the search takes too long
  public Optional<List<AllocationResult>> allocate(NodeView node) {
    var search = new Search(node);
    if (!search.from(0, 0)) {
      return Optional.empty();
    }
    List<AllocationResult> results = new ArrayList<>();
    for (int i = 0; i < asks.size(); i++) {
      int claim = i;
      List<Pick> own = search.picks.stream().filter(pick -> pick.claim() == claim).toList();
      results.add(Allocations.of(asks.get(i).claim(), own, node));
    }
    return Optional.of(results);
  }

  private final class Search {
    private final List<Pool.Offer> offers;
    private final Taken taken = devices.taken();
    private final List<Pick> picks = new ArrayList<>();
    private final IdentityHashMap<Request.Option, List<Pool.Offer>> matching =
        new IdentityHashMap<>();
    private int steps;

    Search(NodeView node) {
      this.offers =
          devices.offers(node).sorted(Comparator.comparing(Pool.Offer::isToBeMadeReady)).toList();
    }

    /// Places all requests from this one on.
    boolean from(int claim, int request) {
      if (claim == asks.size()) {
        return true;
      }
      if (request == asks.get(claim).requests().size()) {
        return from(claim + 1, 0);
      }
      for (Request.Option option : asks.get(claim).requests().get(request).options()) {
        if (option.all()
            ? all(claim, request, option)
            : some(claim, request, option, option.count(), 0)) {
          return true;
        }
      }
      return false;
    }

    private boolean all(int claim, int request, Request.Option option) {
      List<Pool.Offer> wanted = matching(option);
      int before = picks.size();
      boolean placed =
          !wanted.isEmpty()
              && wanted.stream().allMatch(offer -> isWhole(offer) && take(claim, option, offer))
              && from(claim, request + 1);
      while (!placed && picks.size() > before) {
        picks.removeLast();
      }
      return placed;
    }

    private boolean some(int claim, int request, Request.Option option, int missing, int start) {
      if (missing == 0) {
        return from(claim, request + 1);
      }
      List<Pool.Offer> candidates = matching(option);
      for (int i = start; i < candidates.size(); i++) {
        Pool.Offer offer = candidates.get(i);
        if (isWhole(offer) && take(claim, option, offer)) {
          if (some(claim, request, option, missing - 1, offer.isShared() ? i : i + 1)) {
            return true;
          }
          picks.removeLast();
        }
      }
      return false;
    }

    private List<Pool.Offer> matching(Request.Option option) {
      return matching.computeIfAbsent(
          option, wanted -> offers.stream().filter(wanted::matches).toList());
    }

    /// Whether the pool is not just being changed.
    private boolean isWhole(Pool.Offer offer) {
      return devices.pool(offer.id()).complete();
    }

    private boolean take(int claim, Request.Option option, Pool.Offer offer) {
      if (++steps > MOST_STEPS) {
        throw new CannotAllocate(
            "no devices found after %d attempts, the claims leave too many combinations"
                .formatted(MOST_STEPS));
      }
      if (picks.stream().filter(pick -> pick.claim() == claim).count() >= MOST_DEVICES
          || !option.tolerates(offer.device())
          || !constraintsAdmit(claim, option, offer)) {
        return false;
      }
      Optional<Map<String, Quantity>> share = Optional.empty();
      if (offer.isShared()) {
        share = Capacity.share(offer.device(), option.capacity());
        if (share.isEmpty()) {
          return false;
        }
      } else if (!Capacity.suffices(offer.device(), option.capacity())) {
        return false;
      }
      if (!option.admin() && !(isFree(offer, share) && countersSuffice(offer))) {
        return false;
      }
      picks.add(new Pick(claim, option, offer, share));
      return true;
    }

    private boolean constraintsAdmit(int claim, Request.Option option, Pool.Offer offer) {
      return asks.get(claim).constraints().stream()
          .filter(constraint -> constraint.concerns(option.name()))
          .allMatch(
              constraint ->
                  constraint.admits(
                      offer,
                      picks.stream()
                          .filter(pick -> pick.claim() == claim)
                          .filter(pick -> constraint.concerns(pick.option().name()))
                          .map(Pick::offer)));
    }

    private Stream<Pick> counting() {
      return picks.stream().filter(pick -> !pick.option().admin());
    }

    private boolean isFree(Pool.Offer offer, Optional<Map<String, Quantity>> share) {
      DeviceId id = offer.id();
      if (share.isEmpty()) {
        return !taken.uses(id) && counting().noneMatch(pick -> pick.offer().id().equals(id));
      }
      if (taken.whole().contains(id)) {
        return false;
      }
      Map<String, Quantity> used = new HashMap<>(taken.shares().getOrDefault(id, Map.of()));
      counting()
          .filter(pick -> pick.offer().id().equals(id))
          .flatMap(pick -> pick.share().stream())
          .forEach(part -> part.forEach((name, much) -> used.merge(name, much, Quantity::add)));
      return Capacity.hasRoom(offer.device(), used, share.get());
    }

    /// Whether what the device takes of its pool's counters is left. A shared device takes it once.
    private boolean countersSuffice(Pool.Offer offer) {
      var needs = Lists.of(offer.device().getConsumesCounters());
      if (needs.isEmpty() || isUsed(offer)) {
        return true;
      }
      Pool pool = devices.pool(offer.id());
      List<Pool.Offer> used =
          pool.offers().stream()
              .filter(other -> !Lists.of(other.device().getConsumesCounters()).isEmpty())
              .filter(this::isUsed)
              .toList();
      return needs.stream()
          .allMatch(
              need ->
                  Lists.of(need.getCounters()).entrySet().stream()
                      .allMatch(
                          one -> {
                            String set = need.getCounterSet();
                            Quantity there =
                                pool.counters()
                                    .getOrDefault(set, Map.of())
                                    .getOrDefault(one.getKey(), Quantity.ZERO);
                            Quantity sum = Capacity.of(one.getValue().getValue());
                            for (Pool.Offer other : used) {
                              sum = sum.add(consumed(other, set, one.getKey()));
                            }
                            return sum.compareTo(there) <= 0;
                          }));
    }

    private boolean isUsed(Pool.Offer offer) {
      return taken.uses(offer.id())
          || counting().anyMatch(pick -> pick.offer().id().equals(offer.id()));
    }
  }

  private static Quantity consumed(Pool.Offer offer, String set, String counter) {
    return Lists.of(offer.device().getConsumesCounters()).stream()
        .filter(one -> one.getCounterSet().equals(set))
        .flatMap(one -> Stream.ofNullable(Lists.of(one.getCounters()).get(counter)))
        .map(one -> Capacity.of(one.getValue()))
        .reduce(Quantity.ZERO, Quantity::add);
  }
}
