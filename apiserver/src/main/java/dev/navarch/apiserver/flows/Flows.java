package dev.navarch.apiserver.flows;

import dev.navarch.api.Json;
import dev.navarch.api.Kind;
import dev.navarch.api.Kinds;
import dev.navarch.apiserver.auth.Authorizer.Attributes;
import dev.navarch.apiserver.cache.Caches;
import dev.navarch.apiserver.cache.Snapshot;
import dev.navarch.apiserver.cache.StorageKeys;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import tools.jackson.databind.node.ObjectNode;

/// Finds the flow that a request belongs to: the first schema in order of precedence that means it,
/// and that schema's priority level. The schemas are read once for each state they are in.
public final class Flows {
  static final String GROUP = "flowcontrol.apiserver.k8s.io/v1";
  private final Caches caches;
  private final Kind schemas;
  private final Kind levels;
  private volatile Known known;

  /// The flow of a request, by the uids of what configures it.
  public record Flow(String schemaUid, String levelUid) {}

  private record Known(
      Snapshot schemas, Snapshot levels, List<FlowSchema> ordered, Map<String, String> levelUids) {}

  public Flows(Caches caches, Kinds kinds) {
    this.caches = caches;
    this.schemas = kinds.byKind(GROUP, "FlowSchema").orElseThrow();
    this.levels = kinds.byKind(GROUP, "PriorityLevelConfiguration").orElseThrow();
    this.known = read(snapshot(schemas), snapshot(levels));
  }

  /// Empty where nothing is configured for the request.
  public Optional<Flow> of(Attributes asked) {
    Known now = current();
    for (FlowSchema schema : now.ordered) {
      String level = now.levelUids.get(schema.level());
      if (level != null && schema.matches().test(asked)) {
        return Optional.of(new Flow(schema.uid(), level));
      }
    }
    return Optional.empty();
  }

  private Known current() {
    Known last = known;
    Snapshot schemasNow = snapshot(schemas);
    Snapshot levelsNow = snapshot(levels);
    if (!last.schemas.sameObjects(schemasNow) || !last.levels.sameObjects(levelsNow)) {
      last = read(schemasNow, levelsNow);
      known = last;
    }
    return last;
  }

  private Snapshot snapshot(Kind kind) {
    return caches.of(kind).snapshot();
  }

  private Known read(Snapshot schemasNow, Snapshot levelsNow) {
    List<FlowSchema> ordered = new ArrayList<>();
    all(schemas, schemasNow).forEach(document -> ordered.add(FlowSchema.read(document)));
    ordered.sort(Comparator.comparingInt(FlowSchema::precedence).thenComparing(FlowSchema::name));
    Map<String, String> levelUids = new HashMap<>();
    all(levels, levelsNow)
        .forEach(
            level ->
                levelUids.put(
                    level.at("/metadata/name").asString(""),
                    level.at("/metadata/uid").asString("")));
    return new Known(schemasNow, levelsNow, List.copyOf(ordered), Map.copyOf(levelUids));
  }

  private static List<ObjectNode> all(Kind kind, Snapshot snapshot) {
    String prefix = StorageKeys.prefix(kind, "");
    List<ObjectNode> all = new ArrayList<>();
    snapshot
        .list(prefix, StorageKeys.end(prefix), _ -> true, 0)
        .forEachRemaining(entry -> all.add(Json.parse(entry.json())));
    return all;
  }
}
