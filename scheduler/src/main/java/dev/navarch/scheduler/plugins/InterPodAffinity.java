package dev.navarch.scheduler.plugins;

import dev.navarch.client.LabelSelectors;
import dev.navarch.scheduler.ClusterEvent;
import dev.navarch.scheduler.FilterPlugin;
import dev.navarch.scheduler.NodeView;
import dev.navarch.scheduler.PodView;
import dev.navarch.scheduler.ScorePlugin;
import dev.navarch.scheduler.Snapshot;
import dev.navarch.scheduler.Verdict;
import io.fabric8.kubernetes.api.model.Affinity;
import io.fabric8.kubernetes.api.model.PodAffinityTerm;
import io.fabric8.kubernetes.api.model.WeightedPodAffinityTerm;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/// Puts pods near pods that they want beside them and away from those that they (or the others) do
/// not, by zone, node or whatever a term's topology key names.
public record InterPodAffinity() implements FilterPlugin, ScorePlugin {
  @Override
  public String name() {
    return "InterPodAffinity";
  }

  @Override
  public int weight() {
    return 2;
  }

  @Override
  public Filter prepare(PodView pod, Snapshot snapshot) {
    List<PodAffinityTerm> near = requiredNear(pod);
    List<PodAffinityTerm> apart = requiredApart(pod);
    List<Set<String>> nearDomains =
        near.stream().map(term -> domains(term, pod, snapshot)).toList();
    List<Set<String>> apartDomains =
        apart.stream().map(term -> domains(term, pod, snapshot)).toList();
    Map<String, Set<String>> closedToUs = closedBy(pod, snapshot);
    return node -> {
      for (int i = 0; i < near.size(); i++) {
        String domain = node.labels().get(near.get(i).getTopologyKey());
        boolean first = nearDomains.get(i).isEmpty() && matches(near.get(i), pod, pod);
        if (domain == null || !(first || nearDomains.get(i).contains(domain))) {
          return new Verdict.Rejects("node(s) didn't match pod affinity rules");
        }
      }
      for (int i = 0; i < apart.size(); i++) {
        String domain = node.labels().get(apart.get(i).getTopologyKey());
        if (domain != null && apartDomains.get(i).contains(domain)) {
          return new Verdict.Rejects("node(s) didn't match pod anti-affinity rules");
        }
      }
      boolean closed =
          closedToUs.entrySet().stream()
              .anyMatch(
                  entry -> {
                    String domain = node.labels().get(entry.getKey());
                    return domain != null && entry.getValue().contains(domain);
                  });
      return closed
          ? new Verdict.Rejects("node(s) didn't satisfy existing pods anti-affinity rules")
          : Verdict.FITS;
    };
  }

  @Override
  public long[] score(PodView pod, List<NodeView> nodes, Snapshot snapshot) {
    long[] raw = new long[nodes.size()];
    addPreferences(raw, nodes, preferredNear(pod), 1, pod, snapshot);
    addPreferences(raw, nodes, preferredApart(pod), -1, pod, snapshot);
    long lowest = Long.MAX_VALUE;
    for (long value : raw) {
      lowest = Math.min(lowest, value);
    }
    for (int i = 0; i < raw.length; i++) {
      raw[i] -= lowest;
    }
    return ScorePlugin.normalized(raw, false);
  }

  @Override
  public Set<ClusterEvent> retryOn() {
    return Set.of(
        ClusterEvent.POD_ADDED,
        ClusterEvent.POD_REMOVED,
        ClusterEvent.POD_CHANGED,
        ClusterEvent.NODE_LABELS_CHANGED);
  }

  private static void addPreferences(
      long[] raw,
      List<NodeView> nodes,
      List<WeightedPodAffinityTerm> terms,
      int sign,
      PodView pod,
      Snapshot snapshot) {
    for (WeightedPodAffinityTerm weighted : terms) {
      PodAffinityTerm term = weighted.getPodAffinityTerm();
      Map<String, Long> counts = new HashMap<>();
      for (NodeView node : snapshot.nodes()) {
        String domain = node.labels().get(term.getTopologyKey());
        if (domain != null) {
          long alike = node.pods().stream().filter(other -> matches(term, pod, other)).count();
          counts.merge(domain, alike, Long::sum);
        }
      }
      for (int i = 0; i < raw.length; i++) {
        String domain = nodes.get(i).labels().getOrDefault(term.getTopologyKey(), "");
        raw[i] += sign * weighted.getWeight() * counts.getOrDefault(domain, 0L);
      }
    }
  }

  /// The domains that hold a pod which the term means.
  private static Set<String> domains(PodAffinityTerm term, PodView pod, Snapshot snapshot) {
    Set<String> domains = new HashSet<>();
    for (NodeView node : snapshot.nodes()) {
      String domain = node.labels().get(term.getTopologyKey());
      if (domain != null
          && !domains.contains(domain)
          && node.pods().stream().anyMatch(other -> matches(term, pod, other))) {
        domains.add(domain);
      }
    }
    return domains;
  }

  /// Domains, by topology key, that pods already there keep free of pods like this one.
  private static Map<String, Set<String>> closedBy(PodView pod, Snapshot snapshot) {
    Map<String, Set<String>> closed = new HashMap<>();
    for (NodeView node : snapshot.nodes()) {
      for (PodView other : node.pods()) {
        for (PodAffinityTerm term : requiredApart(other)) {
          String domain = node.labels().get(term.getTopologyKey());
          if (domain != null && matches(term, other, pod)) {
            closed.computeIfAbsent(term.getTopologyKey(), key -> new HashSet<>()).add(domain);
          }
        }
      }
    }
    return closed;
  }

  /// Whether a term of one pod means another. A term without namespaces means its own pod's.
  private static boolean matches(PodAffinityTerm term, PodView owner, PodView other) {
    List<String> namespaces = orEmpty(term.getNamespaces());
    boolean everyNamespace =
        term.getNamespaceSelector() != null && LabelSelectors.isEmpty(term.getNamespaceSelector());
    boolean sameNamespace =
        namespaces.isEmpty()
            ? owner.namespace().equals(other.namespace())
            : namespaces.contains(other.namespace());
    return (everyNamespace || sameNamespace)
        && !other.isTerminating()
        && LabelSelectors.matches(term.getLabelSelector(), other.pod());
  }

  private static List<PodAffinityTerm> requiredNear(PodView pod) {
    return orEmpty(
        pod.affinity()
            .map(Affinity::getPodAffinity)
            .map(affinity -> affinity.getRequiredDuringSchedulingIgnoredDuringExecution())
            .orElse(null));
  }

  private static List<PodAffinityTerm> requiredApart(PodView pod) {
    return orEmpty(
        pod.affinity()
            .map(Affinity::getPodAntiAffinity)
            .map(affinity -> affinity.getRequiredDuringSchedulingIgnoredDuringExecution())
            .orElse(null));
  }

  private static List<WeightedPodAffinityTerm> preferredNear(PodView pod) {
    return orEmpty(
        pod.affinity()
            .map(Affinity::getPodAffinity)
            .map(affinity -> affinity.getPreferredDuringSchedulingIgnoredDuringExecution())
            .orElse(null));
  }

  private static List<WeightedPodAffinityTerm> preferredApart(PodView pod) {
    return orEmpty(
        pod.affinity()
            .map(Affinity::getPodAntiAffinity)
            .map(affinity -> affinity.getPreferredDuringSchedulingIgnoredDuringExecution())
            .orElse(null));
  }

  private static <T> List<T> orEmpty(@Nullable List<T> list) {
    return list == null ? List.of() : list;
  }
}
