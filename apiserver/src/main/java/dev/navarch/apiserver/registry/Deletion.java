package dev.navarch.apiserver.registry;

import dev.navarch.apiserver.kinds.KindRules;
import dev.navarch.apiserver.registry.DeleteOptions.Propagation;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.node.ObjectNode;

/// Decides how one object goes: at once, after a grace period, or when its finalizers are done. A
/// pure function from the stored object and the client's wish, so that every case can be listed in
/// a test.
final class Deletion {
  private static final String ORPHAN = "orphan";
  private static final String FOREGROUND = "foregroundDeletion";
  private static final Set<String> FINISHED = Set.of("Succeeded", "Failed");

  /// Upstream keeps the dependents of these when nobody says otherwise.
  private static final Set<String> ORPHANS_BY_DEFAULT =
      Set.of("jobs.batch", "replicationcontrollers");

  private Deletion() {}

  /// What becomes of the object.
  sealed interface Verdict {
    /// It goes now.
    record Now() implements Verdict {}

    /// It stays for the time being, marked like this.
    record Marked(ObjectNode object) implements Verdict {}

    /// It is on its way already, and nothing changes.
    record Unchanged() implements Verdict {}
  }

  static Verdict decide(
      Target target, ObjectNode stored, DeleteOptions options, KindRules rules, String now) {
    ObjectNode object = stored.deepCopy();
    Metadata metadata = Metadata.of(object);
    options.check(target, metadata);
    metadata.setFinalizers(finalizers(target, metadata, options.propagation()));
    Long grace = gracePeriod(target, object, options, rules);
    Long current = metadata.gracePeriod();
    if (metadata.isDeleting() && current != null && current > 0) {
      if (grace == null || options.gracePeriod() == null || grace >= current) {
        return unlessChanged(object, stored);
      }
      shorten(metadata, current, grace);
    } else if (!metadata.isDeleting()) {
      mark(metadata, now, grace == null ? 0 : grace);
      terminating(target, object);
      rules.prepareForDelete(object);
    }
    boolean graceful = grace != null && grace > 0 && !isOver(metadata);
    return graceful || isHeld(target, object) ? unlessChanged(object, stored) : new Verdict.Now();
  }

  /// Whether an object that an update has just changed has nothing left to wait for.
  static boolean isComplete(Target target, ObjectNode object) {
    Metadata metadata = Metadata.of(object);
    return metadata.isDeleting() && isOver(metadata) && !isHeld(target, object);
  }

  private static Verdict unlessChanged(ObjectNode object, ObjectNode stored) {
    return Documents.same(object, stored) ? new Verdict.Unchanged() : new Verdict.Marked(object);
  }

  private static boolean isOver(Metadata metadata) {
    Long grace = metadata.gracePeriod();
    return grace == null || grace == 0;
  }

  /// Finalizers hold an object; a namespace has some in its spec, too.
  private static boolean isHeld(Target target, ObjectNode object) {
    return !Metadata.of(object).finalizers().isEmpty()
        || (isNamespace(target) && !object.path("spec").path("finalizers").isEmpty());
  }

  /// Null for what goes at once because its kind knows no grace.
  private static @Nullable Long gracePeriod(
      Target target, ObjectNode object, DeleteOptions options, KindRules rules) {
    Long own = rules.gracePeriod(object);
    if (own == null) {
      return null;
    }
    if (target.kind().resource().toString().equals("pods")
        && (object.path("spec").path("nodeName").asString("").isEmpty()
            || FINISHED.contains(object.path("status").path("phase").asString("")))) {
      return 0L;
    }
    long asked = options.gracePeriod() == null ? own : options.gracePeriod();
    return asked < 0 ? 1 : asked;
  }

  private static void mark(Metadata metadata, String now, long grace) {
    metadata.set("deletionTimestamp", Instant.parse(now).plusSeconds(grace).toString());
    metadata.fields().put("deletionGracePeriodSeconds", grace);
    metadata.bumpGeneration();
  }

  private static void shorten(Metadata metadata, long current, long grace) {
    Instant end = Instant.parse(metadata.text("deletionTimestamp"));
    metadata.set("deletionTimestamp", end.minus(Duration.ofSeconds(current - grace)).toString());
    metadata.fields().put("deletionGracePeriodSeconds", grace);
  }

  private static void terminating(Target target, ObjectNode object) {
    if (isNamespace(target)) {
      ObjectNode status =
          object.get("status") instanceof ObjectNode there ? there : object.putObject("status");
      status.put("phase", "Terminating");
    }
  }

  private static boolean isNamespace(Target target) {
    return target.kind().resource().toString().equals("namespaces");
  }

  /// The object's finalizers, with the one that carries out what shall become of its dependents.
  private static List<String> finalizers(
      Target target, Metadata metadata, @Nullable Propagation propagation) {
    List<String> before = metadata.finalizers();
    Propagation chosen = propagation;
    if (chosen == null) {
      chosen =
          before.contains(ORPHAN)
              ? Propagation.ORPHAN
              : before.contains(FOREGROUND)
                  ? Propagation.FOREGROUND
                  : ORPHANS_BY_DEFAULT.contains(target.kind().resource().toString())
                      ? Propagation.ORPHAN
                      : Propagation.BACKGROUND;
    }
    List<String> after = new ArrayList<>(before);
    after.removeAll(Set.of(ORPHAN, FOREGROUND));
    switch (chosen) {
      case ORPHAN -> after.add(ORPHAN);
      case FOREGROUND -> after.add(FOREGROUND);
      case BACKGROUND -> {}
    }
    return Set.copyOf(after).equals(Set.copyOf(before)) ? before : after;
  }
}
