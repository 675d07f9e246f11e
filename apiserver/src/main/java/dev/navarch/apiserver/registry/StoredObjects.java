package dev.navarch.apiserver.registry;

import dev.navarch.apiserver.auth.Deadline;
import dev.navarch.apiserver.registry.Versions.Version;
import dev.navarch.store.Store;
import dev.navarch.store.Store.KeyValue;
import dev.navarch.store.Store.Outcome;
import java.time.Duration;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.node.ObjectNode;

/// Objects as the store keeps them: read to be changed, and written only if nobody was faster. What
/// was written shows its new resourceVersion. Nothing is begun for a caller whose time is up.
record StoredObjects(Store store) {
  private static final Duration EVENT_TTL = Duration.ofHours(1);

  /// An object as it is worked on, and the document in the store that it came from.
  record Found(ObjectNode object, ObjectNode document, long revision) {}

  Found read(Target target, Version version) {
    KeyValue found = store.get(target.key()).orElseThrow(() -> Preparation.notFound(target));
    ObjectNode document = Documents.read(found);
    ObjectNode object = version.form().worked(document);
    return new Found(object, document, found.modRevision());
  }

  boolean isAbsent(Target target) {
    return store.get(target.key()).isEmpty();
  }

  /// False when there is one already.
  boolean create(Target target, ObjectNode object, byte[] bytes) {
    return put(target, object, bytes, 0);
  }

  /// Stores a changed object, or removes it when it was only waiting for this change. False when it
  /// is no longer what was found.
  boolean replace(Target target, ObjectNode object, byte[] bytes, Found found) {
    return Deletion.isComplete(target, object)
        ? remove(target, object, found)
        : put(target, object, bytes, found);
  }

  boolean put(Target target, ObjectNode object, byte[] bytes, Found found) {
    return put(target, object, bytes, found.revision());
  }

  private boolean put(Target target, ObjectNode object, byte[] bytes, long expected) {
    Deadline.check();
    return committed(object, store.put(target.key(), bytes, expected, ttl(target)));
  }

  boolean remove(Target target, ObjectNode object, Found found) {
    Deadline.check();
    return committed(object, store.delete(target.key(), found.revision()));
  }

  private static boolean committed(ObjectNode object, Outcome outcome) {
    return switch (outcome) {
      case Outcome.Committed(long revision) -> {
        Documents.withVersion(object, revision);
        yield true;
      }
      case Outcome.Mismatch(@Nullable KeyValue current) -> false;
    };
  }

  private static @Nullable Duration ttl(Target target) {
    return target.kind().kind().equals("Event") ? EVENT_TTL : null;
  }
}
