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
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.function.UnaryOperator;
import tools.jackson.databind.node.ObjectNode;

/// Finds the flow that a request belongs to: the first schema in order of precedence that means it,
/// and that schema's priority level. The schemas are read once for each state they are in.
public final class Flows {
  static final String GROUP = "flowcontrol.apiserver.k8s.io/v1";

  /// As many requests as upstream works on at once: 400 that read and 200 that write.
  private static final int SEATS = 600;

  private final Caches caches;
  private final Kind schemas;
  private final Kind levels;
  private final Seats seats = new Seats(SEATS);
  private final Widths widths;
  private final FlowMetrics metrics;
  private volatile Known known;

  private record Known(Snapshot schemas, Snapshot levels, List<Flow> ordered) {}

  /// @param stored the kind as which objects of a kind are stored
  public Flows(Caches caches, Kinds kinds, UnaryOperator<Kind> stored, FlowMetrics metrics) {
    this.caches = caches;
    this.schemas = kinds.byKind(GROUP, "FlowSchema").orElseThrow();
    this.levels = kinds.byKind(GROUP, "PriorityLevelConfiguration").orElseThrow();
    this.widths = new Widths(caches, kinds, stored);
    this.metrics = metrics;
    this.known = read(snapshot(schemas), snapshot(levels));
  }

  /// Empty where nothing is configured for the request.
  public Optional<Flow> of(Attributes asked) {
    for (Flow flow : current().ordered) {
      if (flow.matches(asked)) {
        return Optional.of(flow);
      }
    }
    return Optional.empty();
  }

  private Known current() {
    Known last = known;
    return isCurrent(last) ? last : renew();
  }

  private boolean isCurrent(Known last) {
    return last.schemas.sameObjects(snapshot(schemas)) && last.levels.sameObjects(snapshot(levels));
  }

  private synchronized Known renew() {
    if (!isCurrent(known)) {
      known = read(snapshot(schemas), snapshot(levels));
    }
    return known;
  }

  private Snapshot snapshot(Kind kind) {
    return caches.of(kind).snapshot();
  }

  private Known read(Snapshot schemasNow, Snapshot levelsNow) {
    Map<String, PriorityLevel> byName =
        seats.divide(all(levels, levelsNow).stream().map(LevelSettings::read).toList());
    byName.forEach((name, level) -> metrics.level(name, level::nominal));
    List<Flow> ordered =
        all(schemas, schemasNow).stream()
            .map(FlowSchema::read)
            .filter(schema -> byName.containsKey(schema.level()))
            .sorted(Comparator.comparingInt(FlowSchema::precedence).thenComparing(FlowSchema::name))
            .map(
                schema ->
                    new Flow(
                        schema,
                        Objects.requireNonNull(byName.get(schema.level())),
                        widths,
                        metrics.of(schema.name(), schema.level())))
            .toList();
    return new Known(schemasNow, levelsNow, ordered);
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
