package dev.navarch.store;

import static java.nio.charset.StandardCharsets.UTF_8;

import dev.navarch.store.Layout.Entry;
import dev.navarch.store.Layout.Version;
import dev.navarch.store.Store.Event;
import dev.navarch.store.Store.Outcome;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/// What is decided but not yet durable: each decision sees those before it.
final class Batch {
  final Changes changes = new Changes();
  final List<Event> events = new ArrayList<>();
  final List<Outcome> outcomes = new ArrayList<>();
  private final Database database;
  private final Map<String, Version> decided = new HashMap<>();
  private final long compactedBefore;
  private Set<String> lookedUp = Set.of();
  private Map<String, Version> found = Map.of();
  long revision;
  long compacted;

  /// Goes on after what is durable.
  Batch(Database database, long revision, long compacted) {
    this.database = database;
    this.revision = revision;
    this.compacted = compacted;
    this.compactedBefore = compacted;
  }

  /// Looks up at once what these keys hold: cheaper than one by one.
  void lookUp(Set<String> keys) {
    lookedUp = keys;
    found = database.newest(keys);
  }

  private @Nullable Version current(String key) {
    Version version = decided.get(key);
    if (version != null) {
      return version.deleted() ? null : version;
    }
    return lookedUp.contains(key) ? found.get(key) : database.newest(key).orElse(null);
  }

  /// Decides a write, and adds its outcome.
  void write(Committer.Request.Write write) {
    String key = write.key();
    Version current = current(key);
    long found = current == null ? 0 : current.modified();
    if (write.expected() != found || (write.value() == null && current == null)) {
      outcomes.add(new Outcome.Mismatch(current == null ? null : current.of(key)));
      return;
    }
    append(key, write.value(), write.expires(), current);
    outcomes.add(new Outcome.Committed(revision));
  }

  /// Deletes a key whose time is up.
  void expire(String key) {
    Version current = current(key);
    if (current != null && current.expires() != 0) {
      append(key, null, 0, current);
    }
  }

  private void append(
      String key, byte @Nullable [] value, long expires, @Nullable Version current) {
    revision++;
    boolean deleted = value == null;
    long created = current == null ? revision : current.created();
    var version =
        new Version(created, revision, expires, deleted, value == null ? new byte[0] : value);
    long previous = current == null ? 0 : current.modified();
    changes.put(Layout.version(key, revision), Layout.encode(version));
    changes.put(Layout.log(revision), Layout.encode(new Entry(revision, key, previous, deleted)));
    if (current != null && current.expires() != 0) {
      changes.delete(Layout.lease(current.expires(), current.modified()));
    }
    if (expires != 0) {
      changes.put(Layout.lease(expires, revision), key.getBytes(UTF_8));
    }
    decided.put(key, version);
    events.add(Feed.event(key, version, current));
  }

  /// Adds how far the store is with this batch.
  void finish() {
    if (!events.isEmpty()) {
      changes.put(Layout.REVISION, Layout.number(revision));
    }
    if (compacted > compactedBefore) {
      changes.put(Layout.COMPACTED, Layout.number(compacted));
    }
  }
}
