package dev.navarch.node.pods;

import io.fabric8.kubernetes.api.model.Pod;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.HashSet;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Supplier;

/// Ends and takes away whatever is found on the node of no pod that there is.
final class Sweep {
  private final PodTools tools;
  private final WorkersByUid workers;
  private final Leftovers leftovers;
  private final Strays strays;

  Sweep(PodTools tools, WorkersByUid workers) {
    this.tools = tools;
    this.workers = workers;
    this.leftovers = new Leftovers(tools);
    this.strays = new Strays(tools);
  }

  /// Ends what runs. Returns whether it was known which pods there are.
  boolean endStrays(Supplier<Optional<Set<String>>> known) throws IOException {
    Map<String, Pod> found = strays.found();
    Optional<Set<String>> pods = known.get();
    if (pods.isEmpty()) {
      return false;
    }
    Set<String> keep = new HashSet<>(pods.get());
    keep.addAll(found.keySet());
    keep.addAll(workers.uids());
    tools.admission().retain(keep);
    found.forEach(
        (uid, pod) -> {
          if (!pods.get().contains(uid)) {
            workers.addOrphan(pod);
          }
        });
    return true;
  }

  /// Takes away what is left of pods that are gone.
  void removeLeftovers(Supplier<Optional<Set<String>>> known) {
    try {
      Set<String> traces = strays.traces();
      leftovers.remove(
          () -> known.get().map(pods -> uid -> pods.contains(uid) || workers.uids().contains(uid)));
      known
          .get()
          .ifPresent(
              pods ->
                  traces.stream()
                      .filter(uid -> !pods.contains(uid))
                      .forEach(uid -> workers.addOrphan(Strays.traceOf(uid))));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
