package dev.navarch.node;

import dev.navarch.node.pods.PodWorkers;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.Optional;
import java.util.Set;
import java.util.function.Supplier;

/// Takes away what is found on a node and belongs to no pod, as soon as it is certain which pods
/// there are: before manifests of static pods were read, everything might be theirs.
final class Strangers {
  private final PodWorkers workers;
  private final Supplier<Optional<Set<String>>> known;
  private boolean swept;

  /// @param known the uids of all pods; empty as long as that is not certain
  Strangers(PodWorkers workers, Supplier<Optional<Set<String>>> known) {
    this.workers = workers;
    this.known = known;
  }

  /// What runs is ended once, by whoever was here before this agent; what lies about is removed
  /// every time.
  synchronized void remove() {
    try {
      if (!swept) {
        swept = workers.sweep(known);
      }
      workers.removeLeftovers(known);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
