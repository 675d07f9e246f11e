package dev.navarch.api.apply;

import dev.navarch.api.ApiError;
import dev.navarch.api.ApiException;
import dev.navarch.api.Json;
import dev.navarch.api.Schema;
import dev.navarch.api.apply.ManagedFields.Owned;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/// Who owns which field after a write: whoever changes a field takes it from everybody, and whoever
/// applies a configuration owns what it names, together with those who agree. The rules are those
/// of upstream's structured merge.
public final class Ownership {
  /// Who owned everything of an object that nobody tracked.
  private static final String BEFORE_FIRST_APPLY = "before-first-apply";

  private final Map<String, ObjectNode> empties = new ConcurrentHashMap<>();

  /// The managedFields of a new object.
  ///
  /// @param object with its defaults, before admission adds what nobody asked for
  public JsonNode created(ObjectNode object, ObjectVersions versions, Writer writer) {
    try {
      FieldSet fields = Comparison.ofObjects(empty(versions), object, schema(versions)).changed();
      Owner owner = Owner.updating(writer, versions.apiVersion());
      return ManagedFields.of(
              Map.of(owner, new Owned(versions.apiVersion(), fields, writer.time())))
          .json();
    } catch (UntypedException e) {
      return Json.array();
    }
  }

  /// The managedFields after an update. Objects without any stay so until somebody applies.
  ///
  /// @param sent the entries that the client sent along: it may take part in the bookkeeping
  public JsonNode updated(
      ObjectNode live, ObjectNode object, JsonNode sent, ObjectVersions versions, Writer writer) {
    JsonNode before = ManagedFields.in(live);
    if (ManagedFields.isReset(sent)) {
      return Json.array();
    }
    boolean edited = !sent.isEmpty() && !sent.equals(before);
    if (!edited && before.isEmpty()) {
      return before;
    }
    try {
      Comparison comparison = Comparison.ofObjects(live, object, schema(versions));
      if (!edited && comparison.isSame()) {
        return before;
      }
      Optional<JsonNode> steady =
          edited
              ? Optional.empty()
              : SteadyUpdate.of(before, comparison, writer, versions.apiVersion());
      if (steady.isPresent()) {
        return steady.get();
      }
      ManagedFields managed =
          (edited ? ManagedFields.read(sent) : Optional.<ManagedFields>empty())
              .or(() -> ManagedFields.read(before))
              .orElse(ManagedFields.EMPTY);
      return managed.isEmpty()
          ? Json.array()
          : OldManagers.merged(
                  updated(managed, new Changes(live, object, versions, comparison), writer))
              .json();
    } catch (UntypedException e) {
      return before;
    }
  }

  private static ManagedFields updated(ManagedFields managed, Changes changes, Writer writer) {
    Map<Owner, Owned> owners = changes.leaveToOthers(managed.owners(), null);
    FieldSet taken = changes.now().changed();
    if (!taken.isEmpty()) {
      String version = changes.versions().apiVersion();
      owners.merge(
          Owner.updating(writer, version),
          new Owned(version, taken, writer.time()),
          (before, now) -> now.with(now.fields().union(before.fields())));
    }
    return ManagedFields.of(owners);
  }

  /// The object with the configuration applied, managedFields included.
  ///
  /// @param live an object without fields when there is none yet
  /// @throws ApiException when others own what would change, unless it is forced
  public ObjectNode applied(
      ObjectNode live,
      AppliedConfiguration configuration,
      ObjectVersions versions,
      Writer writer,
      boolean force) {
    try {
      Application application = new Application(live, configuration, versions, writer);
      return application.run(force, tracked(live, versions, writer));
    } catch (UntypedException e) {
      throw new ApiException(
          new ApiError.Untyped("failed to create typed live object: " + e.getMessage()));
    }
  }

  private Map<Owner, Owned> tracked(ObjectNode live, ObjectVersions versions, Writer writer) {
    ManagedFields managed =
        ManagedFields.read(ManagedFields.in(live))
            .orElseThrow(
                () ->
                    new ApiException(
                        new ApiError.Untyped(
                            "failed to decode managed fields: one of the entries is invalid")));
    if (!managed.isEmpty() || live.isEmpty()) {
      return managed.owners();
    }
    FieldSet all = Comparison.ofObjects(empty(versions), live, schema(versions)).changed();
    Writer before = new Writer(BEFORE_FIRST_APPLY, writer.subresource(), writer.time());
    return Map.of(
        Owner.updating(before, versions.apiVersion()),
        new Owned(versions.apiVersion(), all, writer.time()));
  }

  private ObjectNode empty(ObjectVersions versions) {
    Schema schema = schema(versions);
    String definition = schema.definition();
    return definition.isEmpty()
        ? EmptyObject.of(schema)
        : empties.computeIfAbsent(definition, name -> EmptyObject.of(schema));
  }

  static Schema schema(ObjectVersions versions) {
    return versions.schema(versions.apiVersion()).orElseThrow();
  }

  /// What changed between two states, seen in each version in which somebody owns something.
  static final class Changes {
    private final ObjectNode before;
    private final ObjectNode after;
    private final ObjectVersions versions;
    private final Map<String, Optional<Comparison>> byVersion = new HashMap<>();

    Changes(ObjectNode before, ObjectNode after, ObjectVersions versions, Comparison now) {
      this.before = before;
      this.after = after;
      this.versions = versions;
      byVersion.put(versions.apiVersion(), Optional.of(now));
    }

    ObjectVersions versions() {
      return versions;
    }

    Comparison now() {
      return in(versions.apiVersion()).orElseThrow();
    }

    private Optional<Comparison> in(String version) {
      return byVersion.computeIfAbsent(
          version,
          other ->
              versions
                  .schema(other)
                  .map(
                      schema ->
                          Comparison.ofObjects(
                              versions.convert(before, versions.apiVersion(), other),
                              versions.convert(after, versions.apiVersion(), other),
                              schema)));
    }

    /// What others own of that which changed.
    Conflicts conflicts(Map<Owner, Owned> owners, Owner self) {
      Map<Owner, FieldSet> conflicts = new LinkedHashMap<>();
      owners.forEach(
          (owner, owned) -> {
            if (!owner.equals(self)) {
              in(owned.apiVersion())
                  .ifPresent(
                      comparison ->
                          conflicts.put(owner, owned.fields().intersection(comparison.changed())));
            }
          });
      return Conflicts.of(conflicts);
    }

    /// The owners without what was changed or removed; those whose version is gone, go.
    Map<Owner, Owned> leaveToOthers(Map<Owner, Owned> owners, @Nullable Owner self) {
      Map<Owner, Owned> left = new LinkedHashMap<>();
      owners.forEach(
          (owner, owned) -> {
            if (owner.equals(self)) {
              left.put(owner, owned);
            } else {
              in(owned.apiVersion())
                  .ifPresent(
                      comparison ->
                          left.put(
                              owner,
                              owned.with(
                                  FieldPlaces.collapsed(
                                          owned.fields(),
                                          versions.schema(owned.apiVersion()).orElseThrow())
                                      .minus(comparison.changed())
                                      .minus(comparison.removed()))));
            }
          });
      return left;
    }
  }
}
