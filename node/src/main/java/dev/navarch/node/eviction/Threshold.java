package dev.navarch.node.eviction;

import dev.navarch.api.GoDuration;
import dev.navarch.node.settings.KubeletSettings;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/// When less than this is left, pods go: at once, or after the grace period of a soft threshold.
///
/// @param reclaim what an eviction has to free beyond the limit
/// @param grace zero for a hard threshold
public record Threshold(
    Signal signal, Limit limit, Optional<Limit> reclaim, Duration grace, boolean hard) {
  private static final Map<String, String> DEFAULTS =
      Map.of(
          "memory.available", "100Mi",
          "nodefs.available", "10%",
          "nodefs.inodesFree", "5%",
          "imagefs.available", "15%",
          "imagefs.inodesFree", "5%");

  public static List<Threshold> of(KubeletSettings settings) {
    Map<String, String> reclaims = settings.map("evictionMinimumReclaim");
    Map<String, String> graces = settings.map("evictionSoftGracePeriod");
    List<Threshold> all = new ArrayList<>();
    hard(settings).forEach((name, text) -> add(all, name, text, reclaims, Duration.ZERO, true));
    settings
        .map("evictionSoft")
        .forEach(
            (name, text) ->
                add(
                    all,
                    name,
                    text,
                    reclaims,
                    GoDuration.parse(graces.getOrDefault(name, "0s")),
                    false));
    if (settings.enforced().contains("pods")) {
      all.stream()
          .filter(each -> each.hard && each.signal == Signal.MEMORY)
          .findFirst()
          .ifPresent(
              each ->
                  all.add(
                      new Threshold(
                          Signal.ALLOCATABLE_MEMORY,
                          each.limit,
                          each.reclaim,
                          Duration.ZERO,
                          true)));
    }
    return List.copyOf(all);
  }

  /// What is kept free of a resource by hard thresholds, so that pods are not offered it.
  public static long kept(KubeletSettings settings, Signal signal, long capacity) {
    return of(settings).stream()
        .filter(each -> each.hard && each.signal == signal)
        .mapToLong(each -> each.limit.of(capacity))
        .sum();
  }

  private static Map<String, String> hard(KubeletSettings settings) {
    Map<String, String> stated = settings.map("evictionHard");
    if (stated.isEmpty()) {
      return DEFAULTS;
    }
    Map<String, String> all = new LinkedHashMap<>();
    if (settings.flag("mergeDefaultEvictionSettings")) {
      all.putAll(DEFAULTS);
    }
    all.putAll(stated);
    return all;
  }

  private static void add(
      List<Threshold> into,
      String name,
      String text,
      Map<String, String> reclaims,
      Duration grace,
      boolean hard) {
    Limit limit = Limit.parse(text);
    if (!limit.isOff()) {
      Signal signal = Signal.named(name).orElseThrow();
      Optional<Limit> reclaim = Optional.ofNullable(reclaims.get(name)).map(Limit::parse);
      into.add(new Threshold(signal, limit, reclaim, grace, hard));
    }
  }

  /// Whether less is left than there should be.
  ///
  /// @param withReclaim also until what an eviction has to free is free
  boolean isMet(Level level, boolean withReclaim) {
    long least = limit.of(level.capacity());
    long more = withReclaim ? reclaim.map(each -> each.of(level.capacity())).orElse(0L) : 0;
    return level.available() < least + more;
  }
}
