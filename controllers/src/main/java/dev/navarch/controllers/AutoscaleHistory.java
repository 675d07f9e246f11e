package dev.navarch.controllers;

import io.fabric8.kubernetes.api.model.autoscaling.v2.HPAScalingPolicy;
import io.fabric8.kubernetes.api.model.autoscaling.v2.HPAScalingRules;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/// What was recommended for a workload lately and how it was scaled: by that, sizes neither flutter
/// nor change faster than their rules allow. Not kept over a restart, as upstream.
final class AutoscaleHistory {
  private static final Duration LONGEST = Duration.ofHours(1);
  private static final Rules UP =
      new Rules(Duration.ZERO, "Max", List.of(policy("Percent", 100, 15), policy("Pods", 4, 15)));
  private static final Rules DOWN =
      new Rules(Duration.ofMinutes(5), "Max", List.of(policy("Percent", 100, 15)));

  private final Deque<Entry> recommendations = new ArrayDeque<>();
  private final Deque<Entry> changes = new ArrayDeque<>();

  private record Entry(Instant at, int count) {}

  /// How fast it may go one way.
  private record Rules(Duration window, String select, List<HPAScalingPolicy> policies) {}

  /// A size, and which condition tells why it is not what was asked for.
  record Sized(int replicas, @Nullable String reason) {}

  /// The most careful of the sizes that were recommended within the windows.
  Sized stabilized(
      int current,
      int desired,
      @Nullable HPAScalingRules up,
      @Nullable HPAScalingRules down,
      Instant now) {
    recommendations.add(new Entry(now, desired));
    forget(recommendations, now);
    int least = lately(rules(up, UP).window, now).min().orElse(desired);
    int most = lately(rules(down, DOWN).window, now).max().orElse(desired);
    int size = current;
    size = Math.max(size, Math.min(least, desired));
    size = Math.min(size, Math.max(most, desired));
    if (size == desired) {
      return new Sized(size, null);
    }
    return new Sized(size, size < desired ? "ScaleUpStabilized" : "ScaleDownStabilized");
  }

  /// As far as the policies let it go now.
  Sized limited(
      int current,
      int desired,
      @Nullable HPAScalingRules up,
      @Nullable HPAScalingRules down,
      Instant now) {
    forget(changes, now);
    if (desired > current) {
      int limit = Math.max(current, ceiling(current, rules(up, UP), now));
      return desired > limit ? new Sized(limit, "ScaleUpLimit") : new Sized(desired, null);
    }
    int limit = Math.min(current, floor(current, rules(down, DOWN), now));
    return desired < limit ? new Sized(limit, "ScaleDownLimit") : new Sized(desired, null);
  }

  void scaled(int from, int to, Instant now) {
    changes.add(new Entry(now, to - from));
  }

  private int ceiling(int current, Rules rules, Instant now) {
    IntStream limits =
        rules.policies.stream()
            .mapToInt(
                policy -> {
                  int start = before(current, policy, now);
                  return isPods(policy)
                      ? start + policy.getValue()
                      : (int) Math.ceil(start * (1 + policy.getValue() / 100.0));
                });
    return switch (rules.select) {
      case "Disabled" -> current;
      case "Min" -> limits.min().orElse(current);
      default -> limits.max().orElse(current);
    };
  }

  private int floor(int current, Rules rules, Instant now) {
    IntStream limits =
        rules.policies.stream()
            .mapToInt(
                policy -> {
                  int start = before(current, policy, now);
                  return isPods(policy)
                      ? start - policy.getValue()
                      : (int) (start * (1 - policy.getValue() / 100.0));
                });
    return switch (rules.select) {
      case "Disabled" -> current;
      case "Min" -> limits.max().orElse(current);
      default -> limits.min().orElse(current);
    };
  }

  /// The size at the beginning of a policy's period.
  private int before(int current, HPAScalingPolicy policy, Instant now) {
    Instant since = now.minusSeconds(policy.getPeriodSeconds());
    return current
        - changes.stream().filter(change -> change.at.isAfter(since)).mapToInt(Entry::count).sum();
  }

  private IntStream lately(Duration window, Instant now) {
    return recommendations.stream()
        .filter(one -> one.at.isAfter(now.minus(window)))
        .mapToInt(Entry::count);
  }

  private static void forget(Deque<Entry> entries, Instant now) {
    entries.removeIf(entry -> entry.at.plus(LONGEST).isBefore(now));
  }

  private static boolean isPods(HPAScalingPolicy policy) {
    return "Pods".equals(policy.getType());
  }

  private static Rules rules(@Nullable HPAScalingRules given, Rules otherwise) {
    if (given == null) {
      return otherwise;
    }
    Integer window = given.getStabilizationWindowSeconds();
    return new Rules(
        window == null ? otherwise.window : Duration.ofSeconds(window),
        given.getSelectPolicy() == null ? otherwise.select : given.getSelectPolicy(),
        given.getPolicies() == null || given.getPolicies().isEmpty()
            ? otherwise.policies
            : given.getPolicies());
  }

  private static HPAScalingPolicy policy(String type, int value, int seconds) {
    var policy = new HPAScalingPolicy();
    policy.setType(type);
    policy.setValue(value);
    policy.setPeriodSeconds(seconds);
    return policy;
  }
}
