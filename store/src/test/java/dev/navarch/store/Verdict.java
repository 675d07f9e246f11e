package dev.navarch.store;

import dev.navarch.store.Store.Event;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;

/// Judges a store after its faults: its log against the history, and watches that begin at random
/// places against its log.
record Verdict(List<String> violations) {
  private static final int RESUMED = 3;

  static Verdict on(Store store, History history, Random random) {
    return on(store, history, random, Waits.REAL);
  }

  static Verdict on(Store store, History history, Random random, Waits waits) {
    long compacted = Math.max(1, store.compactedRevision());
    long revision = store.revision();
    var recorder = new Recorder();
    List<Event> log;
    try (Store.Watch _ = store.watch("/registry/faults/", compacted, recorder)) {
      log =
          recorder.upTo(revision, waits).stream()
              .filter(event -> event.revision() <= revision)
              .toList();
    }
    List<String> found =
        new ArrayList<>(
            history.violations(
                log,
                store.compactedRevision(),
                store.range("/registry/faults/", "/registry/faults0", 0, 0).items()));
    for (int i = 0; i < RESUMED; i++) {
      long after = compacted + random.nextLong(Math.max(1, revision - compacted + 1));
      var check = new WatchCheck(after);
      try (Store.Watch _ = store.watch("/registry/faults/", after, check)) {
        waits.until(() -> check.reached() >= revision);
      }
      found.addAll(check.violations(log));
    }
    return new Verdict(found);
  }
}
