package dev.navarch.apiserver.registry;

import dev.navarch.api.Decoder;
import dev.navarch.api.Json;
import dev.navarch.api.apply.AppliedConfiguration;
import dev.navarch.api.apply.ManagedFields;
import dev.navarch.api.apply.Ownership;
import dev.navarch.api.apply.Writer;
import dev.navarch.apiserver.auth.Caller;
import java.util.Map;
import java.util.function.Supplier;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/// Notes on every write which fields its manager owns from now on. What admission and the kind's
/// own rules add later belongs to nobody.
final class FieldTracking {
  private final Ownership ownership = new Ownership();
  private final Versions versions;
  private final Supplier<String> now;

  FieldTracking(Versions versions, Supplier<String> now) {
    this.versions = versions;
    this.now = now;
  }

  /// The managedFields of a new object.
  ///
  /// @param sent in the target's version, with its defaults
  /// @param keepsStatus whether the object may bring a status along
  JsonNode created(Target at, ObjectNode sent, boolean keepsStatus) {
    ObjectNode owned = sent;
    if (!keepsStatus) {
      owned = Json.object().setAll(sent);
      owned.remove("status");
    }
    return ownership.created(owned, versions.seenAs(at.kind()), writer(Subresource.NONE));
  }

  /// The managedFields of an object after an update, both in the target's version.
  ///
  /// @param sent what the client itself says of them
  JsonNode updated(Target at, Subresource part, ObjectNode old, ObjectNode object, JsonNode sent) {
    return part.isTracked()
        ? ownership.updated(
            old,
            object,
            part == Subresource.NONE ? sent : Json.array(),
            versions.seenAs(at.kind()),
            writer(part))
        : ManagedFields.in(old);
  }

  /// The object, in the target's version, with what a configuration wants of this part of it.
  ObjectNode applied(
      Target at,
      Subresource part,
      ObjectNode live,
      AppliedConfiguration configuration,
      boolean force) {
    ObjectNode wanted = part.taken(configuration.tree(), at.kind());
    ObjectNode applied =
        ownership.applied(
            live,
            new AppliedConfiguration(wanted),
            versions.seenAs(at.kind()),
            writer(part),
            force);
    return Decoder.clean(applied, at.kind().schema());
  }

  /// Puts the old managedFields back when they differ in times alone and nothing else changed: such
  /// a write is none.
  static void keepTimes(ObjectNode object, ObjectNode old) {
    JsonNode before = ManagedFields.in(old);
    JsonNode after = ManagedFields.in(object);
    if (!after.equals(before)
        && sameApartFromMetadata(object, old)
        && ManagedFields.sameButTimes(after, before)) {
      ManagedFields.put(object, before);
      if (!Documents.same(object, old)) {
        ManagedFields.put(object, after);
      }
    }
  }

  private static boolean sameApartFromMetadata(ObjectNode object, ObjectNode old) {
    for (Map.Entry<String, JsonNode> part : object.properties()) {
      JsonNode before = old.get(part.getKey());
      if (!part.getKey().equals("metadata")
          && (before == null || !Documents.same(part.getValue(), before))) {
        return false;
      }
    }
    return true;
  }

  private Writer writer(Subresource part) {
    return new Writer(Caller.manager(), part.path(), now.get());
  }
}
