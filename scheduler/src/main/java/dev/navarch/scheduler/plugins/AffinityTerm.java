package dev.navarch.scheduler.plugins;

import dev.navarch.client.LabelSelectors;
import dev.navarch.scheduler.PodView;
import dev.navarch.scheduler.Snapshot;
import io.fabric8.kubernetes.api.model.Affinity;
import io.fabric8.kubernetes.api.model.LabelSelector;
import io.fabric8.kubernetes.api.model.LabelSelectorBuilder;
import io.fabric8.kubernetes.api.model.LabelSelectorRequirement;
import io.fabric8.kubernetes.api.model.PodAffinityTerm;
import io.fabric8.kubernetes.api.model.WeightedPodAffinityTerm;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/// Which pods one pod wants near or far, and how near is near. A term that names no namespaces
/// means its own pod's.
///
/// @param weight 0 for a required one, below 0 for an unwanted neighbour
record AffinityTerm(
    String topologyKey,
    @Nullable LabelSelector selector,
    List<String> namespaces,
    @Nullable LabelSelector namespaceSelector,
    int weight) {

  static List<AffinityTerm> requiredNear(PodView pod) {
    return pod.affinity()
        .map(Affinity::getPodAffinity)
        .map(affinity -> affinity.getRequiredDuringSchedulingIgnoredDuringExecution())
        .map(terms -> required(terms, pod))
        .orElse(List.of());
  }

  static List<AffinityTerm> requiredApart(PodView pod) {
    return pod.affinity()
        .map(Affinity::getPodAntiAffinity)
        .map(affinity -> affinity.getRequiredDuringSchedulingIgnoredDuringExecution())
        .map(terms -> required(terms, pod))
        .orElse(List.of());
  }

  static List<AffinityTerm> preferred(PodView pod) {
    Optional<Affinity> affinity = pod.affinity();
    Stream<AffinityTerm> near =
        affinity.map(Affinity::getPodAffinity).stream()
            .flatMap(one -> one.getPreferredDuringSchedulingIgnoredDuringExecution().stream())
            .map(term -> preferred(term, 1, pod));
    Stream<AffinityTerm> apart =
        affinity.map(Affinity::getPodAntiAffinity).stream()
            .flatMap(one -> one.getPreferredDuringSchedulingIgnoredDuringExecution().stream())
            .map(term -> preferred(term, -1, pod));
    return Stream.concat(near, apart).toList();
  }

  boolean matches(PodView other, Snapshot snapshot) {
    boolean inNamespace =
        namespaces.contains(other.namespace())
            || (namespaceSelector != null
                && LabelSelectors.matches(
                    namespaceSelector, snapshot.namespaceLabels(other.namespace())));
    return inNamespace && LabelSelectors.matches(selector, other.labels());
  }

  private static List<AffinityTerm> required(List<PodAffinityTerm> terms, PodView owner) {
    return terms.stream().map(term -> of(term, 0, owner)).toList();
  }

  private static AffinityTerm preferred(WeightedPodAffinityTerm term, int sign, PodView owner) {
    return of(term.getPodAffinityTerm(), sign * term.getWeight(), owner);
  }

  private static AffinityTerm of(PodAffinityTerm term, int weight, PodView owner) {
    boolean ownNamespace = term.getNamespaces().isEmpty() && term.getNamespaceSelector() == null;
    return new AffinityTerm(
        term.getTopologyKey(),
        selector(term, owner),
        ownNamespace ? List.of(owner.namespace()) : term.getNamespaces(),
        term.getNamespaceSelector(),
        weight);
  }

  private static @Nullable LabelSelector selector(PodAffinityTerm term, PodView owner) {
    if (term.getLabelSelector() == null
        || (term.getMatchLabelKeys().isEmpty() && term.getMismatchLabelKeys().isEmpty())) {
      return term.getLabelSelector();
    }
    var selector = new LabelSelectorBuilder(term.getLabelSelector());
    like(term.getMatchLabelKeys(), "In", owner).forEach(selector::addToMatchExpressions);
    like(term.getMismatchLabelKeys(), "NotIn", owner).forEach(selector::addToMatchExpressions);
    return selector.build();
  }

  /// Requirements on keys whose values are taken from the owner; a key that it lacks counts for
  /// nothing.
  static Stream<LabelSelectorRequirement> like(List<String> keys, String operator, PodView owner) {
    return keys.stream()
        .filter(owner.labels()::containsKey)
        .map(key -> new LabelSelectorRequirement(key, operator, List.of(owner.labels().get(key))));
  }
}
