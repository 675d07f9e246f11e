package dev.navarch.store;

import java.util.List;
import java.util.Optional;

/// What must be so after every step of a {@link Simulation}.
interface Invariant {
  /// How it is not so.
  Optional<String> broken(Simulation in);

  static List<Invariant> all() {
    return List.of(
        new ShownIsDurable(),
        new RevisionsOnlyGrow(),
        new LogWithoutHole(),
        new HeadNotAhead(),
        new WatchesAreTrue());
  }

  private static Optional<String> unless(boolean so, String how) {
    return so ? Optional.empty() : Optional.of(how);
  }

  /// Nobody sees what a power cut would take away.
  final class ShownIsDurable implements Invariant {
    @Override
    public Optional<String> broken(Simulation in) {
      long durable = in.disk.durableNumber(Layout.REVISION, 1);
      long shown = in.store.revision();
      return unless(
          shown <= durable, "revision %d is shown, %d is durable".formatted(shown, durable));
    }
  }

  /// No revision that was shown is given out again, also not after a crash.
  final class RevisionsOnlyGrow implements Invariant {
    private long highest;

    @Override
    public Optional<String> broken(Simulation in) {
      long now = in.store.revision();
      long before = highest;
      highest = Math.max(highest, now);
      return unless(now >= before, "the revision went back from %d to %d".formatted(before, now));
    }
  }

  /// Every revision since the last compaction has its change on the disk.
  final class LogWithoutHole implements Invariant {
    private long checked = 1;

    @Override
    public Optional<String> broken(Simulation in) {
      long compacted = in.disk.durableNumber(Layout.COMPACTED, 0);
      long newest = in.disk.durableNumber(Layout.REVISION, 1);
      for (long at = Math.max(checked, compacted) + 1; at <= newest; at++) {
        if (in.disk.durable(Layout.log(at)) == null) {
          return Optional.of("revision %d of %d is not in the log".formatted(at, newest));
        }
      }
      checked = newest;
      return Optional.empty();
    }
  }

  /// The head never says more than what is durable: a store would not open after a power cut.
  final class HeadNotAhead implements Invariant {
    @Override
    public Optional<String> broken(Simulation in) {
      long noted = in.disk.mark().revision();
      long durable = in.disk.durableNumber(Layout.REVISION, 1);
      return unless(noted <= durable, "the head says %d, %d is durable".formatted(noted, durable));
    }
  }

  /// No watch skips, repeats, or goes back; none tells what is not durable.
  final class WatchesAreTrue implements Invariant {
    @Override
    public Optional<String> broken(Simulation in) {
      long durable = in.disk.durableNumber(Layout.REVISION, 1);
      for (WatchCheck watch : in.watches) {
        if (watch.reached() > durable && watch.reached() > watch.start()) {
          return Optional.of(
              "a watch told of revision %d, %d is durable".formatted(watch.reached(), durable));
        }
        if (!watch.found().isEmpty()) {
          return Optional.of(watch.found().getFirst());
        }
      }
      return Optional.empty();
    }
  }
}
