package dev.navarch.apiserver;

import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentSkipListMap;
import java.util.function.BooleanSupplier;

/// What a control plane is made of beside its API server, and whether each part works. Whoever
/// starts a part says how to see that.
public final class Components {
  public static final String CONTROLLERS = "controller-manager";
  public static final String SCHEDULER = "scheduler";
  public static final String STORE = "etcd-0";

  private final Map<String, BooleanSupplier> known =
      new ConcurrentSkipListMap<>(
          Map.of(CONTROLLERS, () -> false, SCHEDULER, () -> false, STORE, () -> false));

  /// What was seen of a part.
  public record Seen(String name, boolean works) {}

  /// @param works asked each time that somebody wants to know
  public void show(String name, BooleanSupplier works) {
    known.put(name, works);
  }

  /// Every part, by name.
  public List<Seen> look() {
    return known.entrySet().stream()
        .map(part -> new Seen(part.getKey(), part.getValue().getAsBoolean()))
        .toList();
  }
}
