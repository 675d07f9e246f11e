package dev.navarch.store;

import dev.navarch.store.Store.Event;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/// Listens to one watch and checks what every watch promises. While it runs: events are ordered,
/// unique and atomic, and progress is true (bookmarkable). Beside the whole log: none is missing
/// (reliable), also when the watch began in the middle (resumable).
public final class WatchCheck implements Store.Listener {
  private final long after;
  private final List<Event> events = new ArrayList<>();
  private final Set<String> seen = new HashSet<>();
  private final List<String> found = new ArrayList<>();
  private long last;
  private long progress;

  public WatchCheck(long after) {
    this.after = after;
    this.last = after;
  }

  @Override
  public synchronized void changed(List<Event> changes) {
    if (!events.isEmpty() && changes.getFirst().revision() == last) {
      found.add("atomic: revision %d came in two parts".formatted(last));
    }
    for (Event event : changes) {
      if (event.revision() < last) {
        found.add("ordered: revision %d came after %d".formatted(event.revision(), last));
      }
      if (!seen.add(event.revision() + " " + event.key())) {
        found.add("unique: revision %d came twice".formatted(event.revision()));
      }
      if (event.revision() <= progress) {
        found.add(
            "bookmarkable: revision %d came after progress %d"
                .formatted(event.revision(), progress));
      }
      last = Math.max(last, event.revision());
      events.add(event);
    }
  }

  @Override
  public synchronized void progress(long revision) {
    progress = Math.max(progress, revision);
  }

  @Override
  public void ended(@Nullable RuntimeException why) {}

  public synchronized long reached() {
    return Math.max(progress, last);
  }

  public long start() {
    return after;
  }

  /// What was wrong with what came, whatever the log says.
  public synchronized List<String> found() {
    return List.copyOf(found);
  }

  /// @param log every change, in order
  public synchronized List<String> violations(List<Event> log) {
    List<String> all = new ArrayList<>(found);
    Set<String> heard = new HashSet<>(seen);
    for (Event event : log) {
      boolean due = event.revision() > after && event.revision() <= progress;
      if (due && !heard.contains(event.revision() + " " + event.key())) {
        all.add("reliable: revision %d did not come".formatted(event.revision()));
      }
    }
    return all;
  }
}
