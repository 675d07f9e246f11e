package dev.navarch.apiserver.registry;

import dev.navarch.api.ApiError;
import dev.navarch.api.ApiException;
import dev.navarch.api.Json;
import dev.navarch.api.Kind;
import dev.navarch.api.apply.AppliedConfiguration;
import dev.navarch.api.apply.ManagedFields;
import dev.navarch.apiserver.admission.AdmissionChain;
import dev.navarch.apiserver.admission.RequestForm;
import dev.navarch.apiserver.auth.Caller;
import dev.navarch.apiserver.cache.WireBytes;
import dev.navarch.apiserver.kinds.KindRules;
import dev.navarch.apiserver.registry.StoredObjects.Found;
import dev.navarch.apiserver.registry.Versions.Version;
import dev.navarch.store.Store;
import java.time.InstantSource;
import java.util.Optional;
import java.util.Set;
import java.util.function.Function;
import java.util.function.UnaryOperator;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/// The one path by which objects of every kind are written: created, changed and deleted, over HTTP
/// and in-process alike. Each change is made to the newest state and is stored only if nobody was
/// faster; what a call returns is durable. Objects go in and come out in the version that the
/// target's kind names.
public final class Registry {
  private static final int NAME_ATTEMPTS = 8;
  private static final int PATCH_ATTEMPTS = 5;

  /// A PUT on these makes them when they are not there, as it always did.
  private static final Set<String> CREATED_BY_UPDATE =
      Set.of(
          "events",
          "endpoints",
          "limitranges",
          "podtemplates",
          "services",
          "leases.coordination.k8s.io",
          "clusterroles.rbac.authorization.k8s.io",
          "clusterrolebindings.rbac.authorization.k8s.io",
          "roles.rbac.authorization.k8s.io",
          "rolebindings.rbac.authorization.k8s.io");

  private final StoredObjects objects;
  private final Versions versions;
  private final Preparation preparation;
  private final Pipeline pipeline;
  private final FieldTracking tracking;

  Registry(Store store, Versions versions, Preparation preparation, Pipeline pipeline) {
    this.objects = new StoredObjects(store);
    this.versions = versions;
    this.preparation = preparation;
    this.pipeline = pipeline;
    this.tracking = new FieldTracking(versions, preparation::now);
  }

  /// @param rules what each kind needs beyond its schema
  public static Registry over(
      Store store,
      Versions versions,
      Function<Kind, KindRules> rules,
      AdmissionChain admission,
      InstantSource clock,
      RandomGenerator random) {
    return new Registry(
        store, versions, new Preparation(clock, random), new Pipeline(rules, admission));
  }

  /// What a write came to.
  ///
  /// @param created whether the object was not there before
  /// @param json the object as it goes out, where what is stored is just that; null where it has to
  ///   be encoded yet
  public record Written(ObjectNode object, boolean created, byte @Nullable [] json) {}

  /// What a delete came to.
  ///
  /// @param gone false when the object stays for its grace period or its finalizers
  public record Deleted(ObjectNode object, boolean gone) {}

  /// The newest state, straight from the store.
  public ObjectNode get(Target at) {
    Version version = versions.of(at.kind());
    return version.shown(objects.read(at.as(version.stored()), version).object());
  }

  /// Stores a new object.
  ///
  /// @param at the name may be empty: it then stands in the object, or is made up
  public Written create(Target at, ObjectNode sent, boolean dryRun) {
    pipeline.setDefaults(at, sent);
    return create(at, sent, tracking.created(at, sent, pipeline.keepsStatus(at)), dryRun);
  }

  private Written create(Target at, ObjectNode sent, JsonNode managedFields, boolean dryRun) {
    Version version = versions.of(at.kind());
    Target target = at.as(version.stored());
    ObjectNode object = version.toStored(sent);
    RequestForm form = new VersionForm(versions, at.kind(), target.kind());
    boolean anyName = Metadata.of(object).name().isEmpty() && target.name().isEmpty();
    for (int attempt = 1; ; attempt++) {
      ObjectNode candidate = anyName ? object.deepCopy() : object;
      preparation.forCreate(target, candidate);
      ManagedFields.put(candidate, managedFields);
      pipeline.create(target, candidate, dryRun, form);
      Target named = target.named(Metadata.of(candidate).name());
      if (dryRun && objects.isAbsent(named)) {
        return new Written(version.shown(candidate), true, null);
      }
      if (!dryRun) {
        byte[] bytes = Documents.stored(version.form().stored(candidate));
        if (objects.create(named, candidate, bytes)) {
          return written(version, candidate, true, bytes);
        }
      }
      if (!anyName || attempt == NAME_ATTEMPTS) {
        throw new ApiException(new ApiError.AlreadyExists(target.kind().resource(), named.name()));
      }
    }
  }

  /// Replaces the object, or the part of it that a subresource stands for.
  public Written update(Target at, Subresource part, ObjectNode sent, boolean dryRun) {
    Preparation.checkName(at, Metadata.of(sent));
    if (part == Subresource.NONE
        && CREATED_BY_UPDATE.contains(at.kind().resource().toString())
        && isAbsent(at)) {
      Caller.demand("create");
      return create(at, sent, dryRun);
    }
    return change(at, part, _ -> sent.deepCopy(), Owners.TRACKED, dryRun);
  }

  /// Merges a configuration into the object, or creates the object of it. Its manager then owns
  /// what it names.
  ///
  /// @param force take from other managers what they own and the configuration wants otherwise
  public Written apply(
      Target at,
      Subresource part,
      AppliedConfiguration configuration,
      boolean force,
      boolean dryRun) {
    UnaryOperator<ObjectNode> merge =
        live -> tracking.applied(at, part, live, configuration, force);
    for (int attempt = 1; ; attempt++) {
      try {
        return part == Subresource.NONE && isAbsent(at)
            ? createApplied(at, configuration, merge, dryRun)
            : change(at, part, merge, Owners.GIVEN, dryRun);
      } catch (ApiException e) {
        boolean overtaken = e.isConflict() || e.isAlreadyExists() || e.isNotFound();
        if (!overtaken || attempt == PATCH_ATTEMPTS) {
          throw e;
        }
      }
    }
  }

  private Written createApplied(
      Target at,
      AppliedConfiguration configuration,
      UnaryOperator<ObjectNode> merge,
      boolean dryRun) {
    Caller.demand("create");
    Metadata metadata = Metadata.of(configuration.tree());
    Preparation.checkName(at, metadata);
    if (!metadata.uid().isEmpty()) {
      throw Preparation.conflict(
          at,
          "uid mismatch: the provided object specified uid %s, and no existing object was found"
              .formatted(metadata.uid()));
    }
    ObjectNode object = merge.apply(Json.object());
    JsonNode managedFields = ManagedFields.in(object);
    pipeline.setDefaults(at, object);
    return create(at, object, managedFields, dryRun);
  }

  private boolean isAbsent(Target at) {
    return objects.isAbsent(at.as(versions.of(at.kind()).stored()));
  }

  /// Changes the object by what a patch makes of its newest state; tries again when somebody else
  /// changed it meanwhile.
  public Written patch(
      Target at, Subresource part, UnaryOperator<ObjectNode> patch, boolean dryRun) {
    for (int attempt = 1; ; attempt++) {
      try {
        return change(at, part, patch, Owners.TRACKED, dryRun);
      } catch (ApiException e) {
        if (!e.isConflict() || attempt == PATCH_ATTEMPTS) {
          throw e;
        }
      }
    }
  }

  /// Applies a change to the newest state until it is stored. The change gets a copy of its own, in
  /// the target's version.
  public ObjectNode change(
      Target at, Subresource part, UnaryOperator<ObjectNode> change, boolean dryRun) {
    return change(at, part, change, Owners.TRACKED, dryRun).object();
  }

  /// Where the managedFields of a changed object come from.
  private enum Owners {
    /// They follow from what was changed.
    TRACKED,
    /// The change has set them.
    GIVEN
  }

  private Written change(
      Target at,
      Subresource part,
      UnaryOperator<ObjectNode> change,
      Owners owners,
      boolean dryRun) {
    Version version = versions.of(at.kind());
    Target target = at.as(version.stored());
    while (true) {
      Found found = objects.read(target, version);
      ObjectNode old = found.object();
      ObjectNode sent = change.apply(version.shown(old.deepCopy()));
      JsonNode entries = ManagedFields.in(sent);
      pipeline.setDefaults(at, sent);
      preparation.checkMeant(target, sent, old);
      pipeline.checkConditional(target, sent);
      ObjectNode object = part.merge(old, version.toStored(sent), target.kind());
      preparation.forUpdate(target, object, old);
      if (pipeline.rulesOf(target).datesConditions()) {
        preparation.dateConditions(object, old);
      }
      ManagedFields.put(
          object,
          switch (owners) {
            case GIVEN -> entries;
            case TRACKED ->
                tracking.updated(at, part, version.view(old), version.view(object), entries);
          });
      pipeline.update(target, part, object, old, dryRun, form(at, target, part));
      FieldTracking.keepTimes(object, old);
      ObjectNode written = version.form().stored(object);
      if (dryRun || Documents.same(written, found.document())) {
        return new Written(version.shown(object), false, null);
      }
      byte[] bytes = Documents.stored(written);
      if (objects.replace(target, object, bytes, found)) {
        return written(version, object, false, bytes);
      }
    }
  }

  /// Deletes the object, or marks it to be deleted when it has to wait.
  public Deleted delete(Target at, DeleteOptions options) {
    return delete(at, Subresource.NONE, options);
  }

  /// @param by EVICTION when that was admitted in place of the delete
  Deleted delete(Target at, Subresource by, DeleteOptions options) {
    Version version = versions.of(at.kind());
    Target target = at.as(version.stored());
    while (true) {
      Found found = objects.read(target, version);
      ObjectNode old = found.object();
      Deletion.Verdict verdict =
          Deletion.decide(target, old, options, pipeline.rulesOf(target), preparation.now());
      if (!by.isAction()) {
        pipeline.delete(target, old, options.dryRun(), form(at, target, by));
      }
      Optional<Deleted> done =
          switch (verdict) {
            case Deletion.Verdict.Unchanged() -> Optional.of(new Deleted(old, false));
            case Deletion.Verdict.Marked(ObjectNode marked) ->
                options.dryRun()
                        || objects.put(
                            target, marked, Documents.stored(version.form().stored(marked)), found)
                    ? Optional.of(new Deleted(marked, false))
                    : Optional.empty();
            case Deletion.Verdict.Now() ->
                options.dryRun() || objects.remove(target, old, found)
                    ? Optional.of(new Deleted(old, true))
                    : Optional.empty();
          };
      if (done.isPresent()) {
        return new Deleted(version.shown(done.get().object()), done.get().gone());
      }
    }
  }

  /// Asks admission about something that is done to an object: it may change the document that asks
  /// for it, or refuse.
  ///
  /// @param type the name of the document's type
  void admit(Target at, Subresource action, ObjectNode document, String type, boolean dryRun) {
    pipeline.post(at, action, document, type, dryRun);
  }

  private RequestForm form(Target at, Target target, Subresource part) {
    return part == Subresource.SCALE
        ? new ScaleForm(at.kind(), pipeline.rulesOf(target).scale())
        : new VersionForm(versions, at.kind(), target.kind());
  }

  /// The time as it stands in objects.
  String now() {
    return preparation.now();
  }

  /// What is stored of built-in kinds is what goes out, but for its resourceVersion.
  private static Written written(
      Version version, ObjectNode object, boolean created, byte[] bytes) {
    boolean same = version.isStored() && !version.kind().isCustom();
    long revision = Long.parseLong(Metadata.of(object).resourceVersion());
    return new Written(version.shown(object), created, same ? WireBytes.at(revision, bytes) : null);
  }
}
