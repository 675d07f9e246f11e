package dev.navarch.node.shutdown;

import dev.navarch.node.settings.KubeletSettings;
import io.fabric8.kubernetes.api.model.Pod;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import tools.jackson.databind.JsonNode;

/// The order in which pods end when the machine goes down, the least important first, and how long
/// each kind of them gets.
///
/// @param all from the lowest priority to the highest
public record Tiers(List<Tier> all) {
  private static final int CRITICAL = 2_000_000_000;

  public Tiers {
    all = all.stream().sorted(Comparator.comparingInt(Tier::priority)).toList();
  }

  /// Pods of this priority and above, up to the next tier.
  public record Tier(int priority, Duration grace) {

    /// What a pod of this tier gets: no more than it asks for itself.
    Duration grace(Pod pod) {
      Long own = pod.getSpec().getTerminationGracePeriodSeconds();
      return own == null || own > grace.toSeconds() ? grace : Duration.ofSeconds(own);
    }
  }

  /// Without any, pods are not ended before the machine goes down.
  public static Tiers of(KubeletSettings settings) {
    List<JsonNode> stated = settings.objects("shutdownGracePeriodByPodPriority");
    if (!stated.isEmpty()) {
      return new Tiers(
          stated.stream()
              .map(
                  tier ->
                      new Tier(
                          tier.path("priority").asInt(),
                          Duration.ofSeconds(tier.path("shutdownGracePeriodSeconds").asLong())))
              .toList());
    }
    Duration whole = settings.duration("shutdownGracePeriod");
    Duration critical = settings.duration("shutdownGracePeriodCriticalPods");
    return whole.isZero()
        ? new Tiers(List.of())
        : new Tiers(List.of(new Tier(0, whole.minus(critical)), new Tier(CRITICAL, critical)));
  }

  public boolean isEmpty() {
    return all.isEmpty();
  }

  /// How long the machine has to wait at most.
  public Duration total() {
    return all.stream().map(Tier::grace).reduce(Duration.ZERO, Duration::plus);
  }

  /// The pods of one tier; the lowest one takes those below it, too.
  List<Pod> of(Tier tier, List<Pod> pods) {
    List<Pod> result = new ArrayList<>();
    for (Pod pod : pods) {
      Integer priority = pod.getSpec().getPriority();
      if (tier.equals(at(priority == null ? 0 : priority))) {
        result.add(pod);
      }
    }
    return result;
  }

  private Tier at(int priority) {
    return all.reversed().stream()
        .filter(tier -> tier.priority() <= priority)
        .findFirst()
        .orElse(all.getFirst());
  }
}
