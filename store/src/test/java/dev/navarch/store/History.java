package dev.navarch.store;

import static java.nio.charset.StandardCharsets.UTF_8;

import dev.navarch.store.Store.Event;
import dev.navarch.store.Store.KeyValue;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/// Every operation that was asked of a store, with its answer, and the check that the store's own
/// log agrees: what was acknowledged is there under its revision, once; what was refused is not;
/// what nobody answered may be; nothing is there that nobody asked for.
public final class History {
  private final Map<String, Operation> asked = new HashMap<>();

  /// @param value names the operation: no two have the same; deletes are named too
  /// @param revision what it was acknowledged under; 0 when it was not
  public record Operation(String key, String value, boolean delete, Answer answer, long revision) {}

  public enum Answer {
    /// No answer: it may have been done or not.
    UNKNOWN,
    ACKNOWLEDGED,
    REFUSED
  }

  public synchronized void add(Operation operation) {
    asked.put(operation.value, operation);
  }

  public synchronized int size() {
    return asked.size();
  }

  /// @param log every change after `compacted`, in order
  /// @param now what the keys hold
  public synchronized List<String> violations(List<Event> log, long compacted, List<KeyValue> now) {
    List<String> found = new ArrayList<>();
    Map<Long, Event> byRevision = new HashMap<>();
    for (Event event : log) {
      if (byRevision.put(event.revision(), event) != null) {
        found.add("revision %d was given out twice".formatted(event.revision()));
      }
    }
    checkAcknowledged(byRevision, compacted, found);
    checkLog(log, found);
    checkState(log, now, found);
    return found;
  }

  private void checkAcknowledged(Map<Long, Event> log, long compacted, List<String> found) {
    Set<Long> revisions = new HashSet<>();
    for (Operation operation : asked.values()) {
      if (operation.answer != Answer.ACKNOWLEDGED) {
        continue;
      }
      if (!revisions.add(operation.revision)) {
        found.add("revision %d was acknowledged twice".formatted(operation.revision));
      }
      Event event = log.get(operation.revision);
      if (operation.revision > compacted && (event == null || !isOf(event, operation))) {
        found.add("%s was acknowledged and is not there: %s".formatted(operation, event));
      }
    }
  }

  private static boolean isOf(Event event, Operation operation) {
    return event.key().equals(operation.key)
        && switch (event) {
          case Event.Put put -> !operation.delete && text(put.now()).equals(operation.value);
          case Event.Delete _ -> operation.delete;
        };
  }

  private void checkLog(List<Event> log, List<String> found) {
    Map<String, Long> last = new HashMap<>();
    for (Event event : log) {
      Long before = last.put(event.key(), event.revision());
      long previous =
          switch (event) {
            case Event.Put put -> put.previous() == null ? 0 : put.previous().modRevision();
            case Event.Delete delete -> delete.last().modRevision();
          };
      if (before != null && previous != 0 && before != previous) {
        found.add("%s follows revision %d, not %d".formatted(event, previous, before));
      }
      if (event instanceof Event.Put put) {
        Operation operation = asked.get(text(put.now()));
        if (operation == null) {
          found.add("nobody asked for " + event);
        } else if (operation.answer == Answer.REFUSED) {
          found.add("%s was refused and is there".formatted(operation));
        }
      }
    }
  }

  private static void checkState(List<Event> log, List<KeyValue> now, List<String> found) {
    Map<String, Event> last = new HashMap<>();
    log.forEach(event -> last.put(event.key(), event));
    Map<String, KeyValue> held = new HashMap<>();
    now.forEach(each -> held.put(each.key(), each));
    last.forEach(
        (key, event) -> {
          KeyValue there = held.get(key);
          boolean right =
              switch (event) {
                case Event.Put put -> there != null && there.modRevision() == put.revision();
                case Event.Delete _ -> there == null;
              };
          if (!right) {
            found.add("%s holds %s, its last change is %s".formatted(key, there, event));
          }
        });
  }

  private static String text(KeyValue value) {
    return new String(value.value(), UTF_8);
  }
}
