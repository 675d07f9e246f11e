package dev.navarch.api.apply;

import dev.navarch.api.Schema;
import dev.navarch.api.apply.ManagedFields.Owned;
import dev.navarch.api.apply.Ownership.Changes;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/// One server-side apply: the configuration is merged into the object, what its manager applied
/// before and names no more goes unless somebody else owns it, and what others own may only change
/// by force.
final class Application {
  private final ObjectNode live;
  private final AppliedConfiguration configuration;
  private final ObjectVersions versions;
  private final Writer writer;
  private final Schema schema;
  private final Owner self;

  Application(
      ObjectNode live, AppliedConfiguration configuration, ObjectVersions versions, Writer writer) {
    this.live = live;
    this.configuration = configuration;
    this.versions = versions;
    this.writer = writer;
    this.schema = Ownership.schema(versions);
    this.self = Owner.applying(writer);
  }

  ObjectNode run(boolean force, Map<Owner, Owned> tracked) {
    Map<Owner, Owned> owners = collapsed(tracked);
    Owned last = owners.getOrDefault(self, new Owned(versions.apiVersion(), FieldSet.EMPTY, ""));
    FieldSet named = Unowned.removedFrom(FieldPlaces.of(configuration.tree(), schema));
    owners.put(self, new Owned(versions.apiVersion(), named, last.time()));
    ObjectNode object = pruned(TypedMerge.merge(live, configuration, schema), owners, last);
    Comparison comparison = Comparison.ofObjects(live, object, schema);
    Changes changes = new Changes(live, object, versions, comparison);
    if (!force) {
      refuse(changes.conflicts(owners, self));
    }
    if (!isSame(live, object)) {
      owners.put(self, new Owned(versions.apiVersion(), named, writer.time()));
    }
    ManagedFields managed =
        OldManagers.merged(ManagedFields.of(changes.leaveToOthers(owners, self)));
    if (ClientSideApply.concerns(writer)) {
      ClientSideApply.remember(object, configuration.tree());
    }
    ManagedFields.put(object, managed.json());
    return object;
  }

  private Map<Owner, Owned> collapsed(Map<Owner, Owned> tracked) {
    Map<Owner, Owned> owners = new LinkedHashMap<>();
    tracked.forEach(
        (owner, owned) ->
            versions
                .schema(owned.apiVersion())
                .ifPresent(
                    of ->
                        owners.put(owner, owned.with(FieldPlaces.collapsed(owned.fields(), of)))));
    return owners;
  }

  private void refuse(Conflicts conflicts) {
    if (conflicts.isEmpty()) {
      return;
    }
    Conflicts left =
        ClientSideApply.concerns(writer)
            ? conflicts.minus(ClientSideApply.owned(live, versions.apiVersion(), schema))
            : conflicts;
    if (!left.isEmpty()) {
      throw left.refusal();
    }
  }

  /// Managed fields apart.
  private static boolean isSame(ObjectNode live, ObjectNode object) {
    JsonNode before = ManagedFields.in(object);
    ManagedFields.put(object, ManagedFields.in(live));
    boolean same = Values.same(live, object);
    ManagedFields.put(object, before);
    return same;
  }

  /// The merged object without what only this manager owned and names no more.
  private ObjectNode pruned(ObjectNode merged, Map<Owner, Owned> owners, Owned last) {
    Optional<Schema> then = versions.schema(last.apiVersion());
    FieldSet now = owners.getOrDefault(self, last).fields();
    boolean sameVersion = last.apiVersion().equals(versions.apiVersion());
    if (then.isEmpty() || (sameVersion && last.fields().minus(now).isEmpty())) {
      return merged;
    }
    Schema of = then.get();
    ObjectNode all = versions.convert(merged, versions.apiVersion(), last.apiVersion());
    FieldSet dropped = FieldPlaces.withParents(last.fields(), of);
    ObjectNode left = withOwned(all, FieldPlaces.without(all, dropped, of), owners, last);
    FieldSet gone =
        FieldPlaces.withParents(FieldPlaces.of(all, of), of)
            .minus(FieldPlaces.withParents(FieldPlaces.of(left, of), of))
            .intersection(dropped);
    return versions.convert(
        FieldPlaces.without(all, gone, of), last.apiVersion(), versions.apiVersion());
  }

  /// What is left, and what of the rest anybody owns, each in the version of its owner.
  private ObjectNode withOwned(
      ObjectNode all, ObjectNode left, Map<Owner, Owned> owners, Owned last) {
    Map<String, FieldSet> owned = new LinkedHashMap<>();
    owned.put(last.apiVersion(), FieldSet.EMPTY);
    owners
        .values()
        .forEach(entry -> owned.merge(entry.apiVersion(), entry.fields(), FieldSet::union));
    ObjectNode kept = left;
    for (Map.Entry<String, FieldSet> entry : owned.entrySet()) {
      Optional<Schema> of = versions.schema(entry.getKey());
      if (of.isPresent()) {
        ObjectNode whole = versions.convert(all, last.apiVersion(), entry.getKey());
        ObjectNode part = versions.convert(kept, last.apiVersion(), entry.getKey());
        FieldSet keep =
            FieldPlaces.withParents(FieldPlaces.of(part, of.get()), of.get())
                .union(FieldPlaces.withParents(entry.getValue(), of.get()));
        FieldSet drop =
            FieldPlaces.withParents(FieldPlaces.of(whole, of.get()), of.get()).minus(keep);
        kept =
            versions.convert(
                FieldPlaces.without(whole, drop, of.get()), entry.getKey(), last.apiVersion());
      }
    }
    return kept;
  }
}
