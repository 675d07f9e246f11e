package dev.navarch.apiserver.flows;

import dev.navarch.api.ApiException;
import dev.navarch.api.Json;
import dev.navarch.api.Kind;
import dev.navarch.api.Kinds;
import dev.navarch.apiserver.cache.Caches;
import dev.navarch.apiserver.cache.StorageKeys;
import dev.navarch.client.Cluster;
import dev.navarch.client.Cluster.Patch;
import dev.navarch.client.Informers;
import dev.navarch.client.Key;
import dev.navarch.client.Resource;
import io.fabric8.kubernetes.api.model.GenericKubernetesResource;
import java.time.InstantSource;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/// Writes into the status of each FlowSchema whether the priority level that it names exists. Looks
/// at all of them after each change of one: there are few.
public final class FlowStatuses {
  private static final Logger LOG = LoggerFactory.getLogger(FlowStatuses.class);
  private static final String DANGLING = "Dangling";
  private final Cluster cluster;
  private final Caches caches;
  private final InstantSource clock;
  private final Kind schemas;
  private final Kind levels;

  /// Looks that were asked for; whoever makes it one does them all.
  private final AtomicInteger asked = new AtomicInteger();

  private FlowStatuses(Cluster cluster, Caches caches, Kinds kinds, InstantSource clock) {
    this.cluster = cluster;
    this.caches = caches;
    this.clock = clock;
    this.schemas = kinds.byKind(Flows.GROUP, "FlowSchema").orElseThrow();
    this.levels = kinds.byKind(Flows.GROUP, "PriorityLevelConfiguration").orElseThrow();
  }

  /// To be called before the informers are started.
  public static void keep(
      Informers informers, Cluster cluster, Caches caches, Kinds kinds, InstantSource clock) {
    FlowStatuses statuses = new FlowStatuses(cluster, caches, kinds, clock);
    informers.onChange(resource(statuses.schemas), _ -> statuses.look());
    informers.onChange(resource(statuses.levels), _ -> statuses.look());
  }

  private static Resource<GenericKubernetesResource> resource(Kind kind) {
    return Resource.generic(kind.group(), kind.version(), kind.kind(), kind.plural(), false);
  }

  private void look() {
    if (asked.getAndIncrement() == 0) {
      Thread.ofVirtual().name("flow-statuses").start(this::lookUntilNoneAsks);
    }
  }

  private void lookUntilNoneAsks() {
    int seen;
    do {
      seen = asked.get();
      List<ObjectNode> all = new ArrayList<>();
      String prefix = StorageKeys.prefix(schemas, "");
      caches
          .of(schemas)
          .snapshot()
          .list(prefix, StorageKeys.end(prefix), _ -> true, 0)
          .forEachRemaining(entry -> all.add(Json.parse(entry.json())));
      all.forEach(this::check);
    } while (asked.addAndGet(-seen) > 0);
  }

  private void check(ObjectNode schema) {
    String level = schema.at("/spec/priorityLevelConfiguration/name").asString("");
    boolean found = caches.of(levels).get(StorageKeys.key(levels, "", level)).isPresent();
    String status = found ? "False" : "True";
    for (JsonNode condition : schema.at("/status/conditions")) {
      if (condition.path("type").asString("").equals(DANGLING)
          && condition.path("status").asString("").equals(status)) {
        return;
      }
    }
    ObjectNode change = Json.object();
    change
        .putObject("status")
        .putArray("conditions")
        .addObject()
        .put("type", DANGLING)
        .put("status", status)
        .put("lastTransitionTime", clock.instant().truncatedTo(ChronoUnit.SECONDS).toString())
        .put("reason", found ? "Found" : "NotFound")
        .put(
            "message",
            "This FlowSchema references the PriorityLevelConfiguration object named \"%s\" %s"
                .formatted(level, found ? "and it exists" : "but there is no such object"));
    String name = schema.at("/metadata/name").asString("");
    try {
      cluster.patch(
          resource(schemas),
          new Key("", name),
          new Patch(Patch.Type.STRATEGIC, Json.bytes(change)),
          "status");
    } catch (ApiException e) {
      LOG.atDebug()
          .addKeyValue("schema", name)
          .addKeyValue("error", e.getMessage())
          .log("the status of a flow schema was not written: it has changed again or is gone");
    }
  }
}
