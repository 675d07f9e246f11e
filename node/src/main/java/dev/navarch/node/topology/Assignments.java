package dev.navarch.node.topology;

import dev.navarch.node.settings.KubeletSettings;
import dev.navarch.node.topology.Provider.NotAssigned;
import io.fabric8.kubernetes.api.model.Container;
import io.fabric8.kubernetes.api.model.Pod;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Stream;

/// Gives a pod's containers what they have for themselves, when the node takes the pod, and all of
/// it or nothing.
public final class Assignments {
  private final Alignment alignment;
  private final boolean wholePod;
  private final List<Provider> providers;

  private Assignments(Alignment alignment, boolean wholePod, List<Provider> providers) {
    this.alignment = alignment;
    this.wholePod = wholePod;
    this.providers = List.copyOf(providers);
  }

  /// @param sys `/sys`
  public static Assignments of(
      KubeletSettings settings, CpuSet numaNodes, Path sys, List<Provider> providers) {
    return new Assignments(
        Alignment.of(settings, numaNodes, sys),
        settings.text("topologyManagerScope").equals("pod"),
        providers);
  }

  /// @throws NotAssigned when something is not there; then nothing is taken
  public synchronized void assign(Pod pod) {
    try {
      List<Container> containers =
          Stream.of(pod.getSpec().getInitContainers(), pod.getSpec().getContainers())
              .flatMap(List::stream)
              .toList();
      Optional<Hint> forAll = wholePod ? best(pod, containers) : Optional.empty();
      for (Container container : containers) {
        Optional<Hint> hint = wholePod ? forAll : best(pod, List.of(container));
        providers.forEach(provider -> provider.assign(pod, container, hint));
      }
    } catch (NotAssigned e) {
      release(pod.getMetadata().getUid());
      throw e;
    }
  }

  private Optional<Hint> best(Pod pod, List<Container> containers) {
    if (alignment.policy() == Alignment.Policy.NONE) {
      return Optional.empty();
    }
    List<List<Hint>> wishes = new ArrayList<>();
    providers.forEach(provider -> wishes.addAll(provider.hints(pod, containers)));
    Hint best = alignment.merge(wishes);
    if (!alignment.admits(best)) {
      throw new NotAssigned(
          "TopologyAffinityError", "Resources cannot be allocated with Topology locality");
    }
    return Optional.of(best);
  }

  public synchronized void release(String podUid) {
    providers.forEach(provider -> provider.release(podUid));
  }

  public synchronized void retain(Set<String> podUids) {
    providers.forEach(provider -> provider.retain(podUids));
  }
}
