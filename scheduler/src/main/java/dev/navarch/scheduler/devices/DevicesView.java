package dev.navarch.scheduler.devices;

import dev.navarch.client.Key;
import dev.navarch.client.ResourceClaims;
import dev.navarch.scheduler.NodeView;
import io.fabric8.kubernetes.api.model.HasMetadata;
import io.fabric8.kubernetes.api.model.resource.v1.DeviceClass;
import io.fabric8.kubernetes.api.model.resource.v1.ResourceClaim;
import io.fabric8.kubernetes.api.model.resource.v1.ResourceSlice;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/// Claims of devices, classes, and what drivers offer. What was decided for a claim holds until the
/// cache shows that it was written, or it is taken back.
public final class DevicesView {
  private static final int SELECTORS = 10_000;

  private final DeviceSelectors compiler;
  private final Map<Key, ResourceClaim> claims = new HashMap<>();
  private final Map<Key, Assumed> assumed = new HashMap<>();
  private final Map<String, DeviceClass> classes = new HashMap<>();
  private final Map<String, ResourceSlice> slices = new HashMap<>();
  private final Map<String, DeviceSelectors.Selector> selectors = new LinkedHashMap<>();
  private @Nullable Offers offers;
  private @Nullable Taken taken;

  /// @param written the revision of the write; 0 until it is made
  private record Assumed(ResourceClaim claim, long written) {}

  /// Pools, and who can reach their devices.
  private record Offers(
      Map<String, Map<String, Pool>> pools,
      Map<String, List<Pool.Offer>> onNode,
      List<Pool.Offer> onSeveral) {}

  public DevicesView(DeviceSelectors compiler) {
    this.compiler = compiler;
  }

  public Optional<ResourceClaim> claim(Key key) {
    Assumed decided = assumed.get(key);
    return Optional.ofNullable(decided == null ? claims.get(key) : decided.claim());
  }

  /// Whether it was given devices that are not written to it yet.
  public boolean isBeingAllocated(ResourceClaim claim) {
    Key key = Key.of(claim);
    Assumed decided = assumed.get(key);
    ResourceClaim shown = claims.get(key);
    return decided != null
        && decided.written() == 0
        && (shown == null || !ResourceClaims.isAllocated(shown));
  }

  Optional<DeviceClass> deviceClass(String name) {
    return Optional.ofNullable(classes.get(name));
  }

  /// @throws CannotAllocate when the text is no expression
  DeviceSelectors.Selector selector(String expression) {
    if (selectors.size() > SELECTORS) {
      selectors.clear();
    }
    return selectors.computeIfAbsent(expression, compiler::compile);
  }

  /// What can be reached from a node, pools that are being changed included.
  Stream<Pool.Offer> offers(NodeView node) {
    Offers all = offers();
    return Stream.concat(
        all.onNode().getOrDefault(node.name(), List.of()).stream(),
        all.onSeveral().stream().filter(offer -> offer.isOn(node)));
  }

  Pool pool(DeviceId id) {
    Pool pool = offers().pools().getOrDefault(id.driver(), Map.of()).get(id.pool());
    if (pool == null) {
      throw new IllegalArgumentException("not from here: " + id);
    }
    return pool;
  }

  Taken taken() {
    Taken known = taken;
    if (known == null) {
      List<ResourceClaim> all = new ArrayList<>();
      claims.forEach(
          (key, claim) -> {
            if (!assumed.containsKey(key)) {
              all.add(claim);
            }
          });
      assumed.values().forEach(decided -> all.add(decided.claim()));
      known = Taken.by(all);
      taken = known;
    }
    return known;
  }

  private Offers offers() {
    Offers known = offers;
    if (known == null) {
      known = new Offers(new HashMap<>(), new HashMap<>(), new ArrayList<>());
      for (Pool pool : Pool.of(slices.values())) {
        known
            .pools()
            .computeIfAbsent(pool.driver(), driver -> new HashMap<>())
            .put(pool.name(), pool);
        for (Pool.Offer offer : pool.offers()) {
          String node = offer.node();
          if (node == null) {
            known.onSeveral().add(offer);
          } else {
            known.onNode().computeIfAbsent(node, name -> new ArrayList<>()).add(offer);
          }
        }
      }
      offers = known;
    }
    return known;
  }

  /// Counts a claim as changed before it is written.
  public void assume(ResourceClaim changed) {
    assumed.put(Key.of(changed), new Assumed(changed, 0));
    taken = null;
  }

  /// The claim was written: as soon as the cache shows that, what it shows holds.
  public void written(ResourceClaim claim) {
    Key key = Key.of(claim);
    if (assumed.containsKey(key)) {
      assumed.put(key, new Assumed(claim, revision(claim)));
      settle(key);
    }
  }

  /// What was decided for a claim will not be.
  public void forget(Key claim) {
    assumed.remove(claim);
    taken = null;
  }

  private void settle(Key key) {
    Assumed decided = assumed.get(key);
    ResourceClaim shown = claims.get(key);
    if (decided != null
        && decided.written() > 0
        && (shown == null || revision(shown) >= decided.written())) {
      assumed.remove(key);
    }
    taken = null;
  }

  private static long revision(ResourceClaim claim) {
    return Long.parseLong(claim.getMetadata().getResourceVersion());
  }

  public void put(HasMetadata object) {
    switch (object) {
      case ResourceClaim claim -> {
        claims.put(Key.of(claim), claim);
        settle(Key.of(claim));
      }
      case DeviceClass one -> classes.put(one.getMetadata().getName(), one);
      case ResourceSlice slice -> {
        slices.put(slice.getMetadata().getName(), slice);
        offers = null;
      }
      default -> throw new IllegalArgumentException("not about devices: " + object.getKind());
    }
  }

  public void remove(HasMetadata object) {
    switch (object) {
      case ResourceClaim claim -> {
        claims.remove(Key.of(claim));
        forget(Key.of(claim));
      }
      case DeviceClass one -> classes.remove(one.getMetadata().getName());
      case ResourceSlice slice -> {
        slices.remove(slice.getMetadata().getName());
        offers = null;
      }
      default -> throw new IllegalArgumentException("not about devices: " + object.getKind());
    }
  }
}
