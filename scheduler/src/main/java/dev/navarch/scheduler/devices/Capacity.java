package dev.navarch.scheduler.devices;

import dev.navarch.api.Quantity;
import io.fabric8.kubernetes.api.model.resource.v1.CapacityRequestPolicy;
import io.fabric8.kubernetes.api.model.resource.v1.CapacityRequestPolicyRange;
import io.fabric8.kubernetes.api.model.resource.v1.Device;
import io.fabric8.kubernetes.api.model.resource.v1.DeviceCapacity;
import java.math.BigDecimal;
import java.math.RoundingMode;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/// How much of a device a request takes. A device that is not shared is taken whole, if it has as
/// much as is asked for; of a shared one as much as its policies make of the request.
final class Capacity {
  private Capacity() {}

  static Quantity of(io.fabric8.kubernetes.api.model.Quantity quantity) {
    return Quantity.parse(quantity.toString());
  }

  static io.fabric8.kubernetes.api.model.Quantity model(Quantity quantity) {
    return io.fabric8.kubernetes.api.model.Quantity.parse(quantity.toString());
  }

  /// Whether a device that is taken whole has what is asked for.
  static boolean suffices(Device device, Map<String, Quantity> asked) {
    Map<String, DeviceCapacity> has = Lists.of(device.getCapacity());
    return asked.entrySet().stream()
        .allMatch(
            want -> {
              DeviceCapacity capacity = has.get(want.getKey());
              return capacity != null && of(capacity.getValue()).compareTo(want.getValue()) >= 0;
            });
  }

  /// What a share of a device takes of each of its capacities; empty when it cannot be had, however
  /// much is free.
  static Optional<Map<String, Quantity>> share(Device device, Map<String, Quantity> asked) {
    Map<String, DeviceCapacity> has = Lists.of(device.getCapacity());
    if (!has.keySet().containsAll(asked.keySet())) {
      return Optional.empty();
    }
    Map<String, Quantity> share = new HashMap<>();
    for (Map.Entry<String, DeviceCapacity> entry : has.entrySet()) {
      Optional<Quantity> part =
          part(entry.getValue(), Optional.ofNullable(asked.get(entry.getKey())));
      if (part.isEmpty()) {
        return Optional.empty();
      }
      share.put(entry.getKey(), part.get());
    }
    return Optional.of(share);
  }

  /// Whether a share fits beside what others have of the device.
  static boolean hasRoom(Device device, Map<String, Quantity> taken, Map<String, Quantity> share) {
    Map<String, DeviceCapacity> has = Lists.of(device.getCapacity());
    return share.entrySet().stream()
        .allMatch(
            part -> {
              DeviceCapacity whole = has.get(part.getKey());
              Quantity used = taken.getOrDefault(part.getKey(), Quantity.ZERO);
              return whole != null
                  && used.add(part.getValue()).compareTo(of(whole.getValue())) <= 0;
            });
  }

  private static Optional<Quantity> part(DeviceCapacity capacity, Optional<Quantity> asked) {
    Quantity whole = of(capacity.getValue());
    CapacityRequestPolicy policy = capacity.getRequestPolicy();
    if (policy == null) {
      return asked.or(() -> Optional.of(whole)).filter(want -> want.compareTo(whole) <= 0);
    }
    Quantity want =
        asked.orElseGet(() -> policy.getDefault() == null ? whole : of(policy.getDefault()));
    List<Quantity> valid = Lists.of(policy.getValidValues()).stream().map(Capacity::of).toList();
    Optional<Quantity> rounded =
        !valid.isEmpty()
            ? valid.stream().filter(value -> value.compareTo(want) >= 0).min(Quantity::compareTo)
            : policy.getValidRange() == null
                ? Optional.of(want)
                : inRange(policy.getValidRange(), want);
    return rounded.filter(value -> value.compareTo(whole) <= 0);
  }

  private static Optional<Quantity> inRange(CapacityRequestPolicyRange range, Quantity want) {
    Quantity least = of(range.getMin());
    Quantity value = want.compareTo(least) < 0 ? least : want;
    if (range.getStep() != null) {
      value = onStep(least, of(range.getStep()), value);
    }
    Quantity rounded = value;
    return range.getMax() != null && rounded.compareTo(of(range.getMax())) > 0
        ? Optional.empty()
        : Optional.of(rounded);
  }

  /// The next value that is whole steps above the least.
  private static Quantity onStep(Quantity least, Quantity step, Quantity value) {
    BigDecimal above = new BigDecimal(value.subtract(least).milliValue());
    long steps =
        above
            .divide(new BigDecimal(Math.max(1, step.milliValue())), 0, RoundingMode.UP)
            .longValueExact();
    Quantity rounded = least;
    if (steps > 0) {
      rounded = least.add(Quantity.ofMilli(Math.multiplyExact(steps, step.milliValue())));
    }
    return rounded;
  }
}
