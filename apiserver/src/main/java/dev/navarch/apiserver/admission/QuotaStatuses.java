package dev.navarch.apiserver.admission;

import dev.navarch.api.ApiException;
import dev.navarch.api.Json;
import dev.navarch.api.Kind;
import dev.navarch.api.Kinds;
import dev.navarch.api.Quantity;
import dev.navarch.apiserver.cache.Caches;
import dev.navarch.apiserver.cache.Interest;
import dev.navarch.apiserver.cache.StorageKeys;
import dev.navarch.apiserver.cache.WatchCursor;
import dev.navarch.client.Cluster;
import dev.navarch.client.Cluster.Patch;
import dev.navarch.client.Informers;
import dev.navarch.client.Key;
import dev.navarch.client.Resource;
import io.fabric8.kubernetes.api.model.ResourceQuota;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/// Keeps in the status of each ResourceQuota how much of it its namespace uses. It watches what a
/// quota counts, in that namespace alone, and writes when a sum has changed: where there are no
/// quotas it does nothing.
public final class QuotaStatuses implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(QuotaStatuses.class);
  private static final int SOME = 500;
  private static final Set<String> BY_NAME =
      Set.of(
          "configmaps",
          "persistentvolumeclaims",
          "replicationcontrollers",
          "resourcequotas",
          "secrets",
          "services");

  private final Cluster cluster;
  private final Caches caches;
  private final Kinds kinds;
  private final Kind quotas;
  private final Set<String> asked = ConcurrentHashMap.newKeySet();
  private final BlockingQueue<String> queue = new LinkedBlockingQueue<>();

  /// By namespace and resource; of the one thread that looks.
  private final Map<String, Map<String, WatchCursor>> watched = new HashMap<>();

  private final Thread looker;

  private QuotaStatuses(Cluster cluster, Caches caches, Kinds kinds) {
    this.cluster = cluster;
    this.caches = caches;
    this.kinds = kinds;
    this.quotas = kinds.byKind("v1", "ResourceQuota").orElseThrow();
    this.looker = Thread.ofVirtual().name("quota-statuses").unstarted(this::look);
  }

  /// To be called before the informers are started.
  public static QuotaStatuses keep(
      Informers informers, Cluster cluster, Caches caches, Kinds kinds) {
    QuotaStatuses statuses = new QuotaStatuses(cluster, caches, kinds);
    informers.onChange(
        Resource.of(ResourceQuota.class),
        change -> statuses.ask(change.either().getMetadata().getNamespace()));
    statuses.looker.start();
    return statuses;
  }

  private void ask(String namespace) {
    if (asked.add(namespace)) {
      queue.add(namespace);
    }
  }

  private void look() {
    try {
      while (true) {
        String namespace = queue.take();
        asked.remove(namespace);
        try {
          look(namespace);
        } catch (RuntimeException e) {
          LOG.atWarn()
              .addKeyValue("namespace", namespace)
              .setCause(e)
              .log("what a namespace uses of its quotas was not found out");
        }
      }
    } catch (InterruptedException closed) {
      Thread.currentThread().interrupt();
    }
  }

  private void look(String namespace) {
    List<ObjectNode> here = all(quotas, namespace);
    Set<Kind> counted =
        here.stream()
            .flatMap(quota -> quota.at("/spec/hard").properties().stream())
            .flatMap(hard -> counted(hard.getKey()).stream())
            .collect(Collectors.toSet());
    watch(namespace, counted);
    Map<String, List<ObjectNode>> objects = new HashMap<>();
    for (ObjectNode quota : here) {
      write(namespace, quota, used(namespace, quota, objects));
    }
  }

  /// Asks to be woken by the next change of what is counted, and of nothing else.
  private void watch(String namespace, Set<Kind> counted) {
    Map<String, WatchCursor> cursors = watched.computeIfAbsent(namespace, _ -> new HashMap<>());
    Set<String> names =
        counted.stream().map(kind -> kind.resource().toString()).collect(Collectors.toSet());
    cursors.entrySet().removeIf(each -> !names.contains(each.getKey()) && closed(each.getValue()));
    for (Kind kind : counted) {
      cursors.compute(kind.resource().toString(), (_, cursor) -> polled(cursor, kind, namespace));
    }
    if (cursors.isEmpty()) {
      watched.remove(namespace);
    }
  }

  private WatchCursor polled(@Nullable WatchCursor last, Kind kind, String namespace) {
    WatchCursor cursor = last == null || last.isEnded() ? cursor(kind, namespace) : last;
    try {
      while (!cursor.poll(SOME).isEmpty()) {
        // What changed is looked up.
      }
      return cursor;
    } catch (ApiException tooSlow) {
      closed(cursor);
      return polled(null, kind, namespace);
    }
  }

  private WatchCursor cursor(Kind kind, String namespace) {
    return caches
        .of(kind)
        .watch(
            caches.revision(),
            Interest.in(StorageKeys.prefix(kind, namespace)),
            () -> ask(namespace));
  }

  private static boolean closed(WatchCursor cursor) {
    cursor.close();
    return true;
  }

  /// The kind whose objects an amount is about.
  private Optional<Kind> counted(String name) {
    String resource =
        name.startsWith("count/")
            ? name.substring("count/".length())
            : name.startsWith("services.")
                ? "services"
                : name.equals("requests.storage") || name.contains(".storageclass.storage.k8s.io/")
                    ? "persistentvolumeclaims"
                    : name.endsWith(QuotaUsage.DEVICES)
                        ? "resourceclaims.resource.k8s.io"
                        : BY_NAME.contains(name) ? name : "pods";
    return kinds.all().stream()
        .filter(kind -> kind.namespaced() && kind.resource().toString().equals(resource))
        .findFirst();
  }

  private Map<String, Quantity> used(
      String namespace, ObjectNode quota, Map<String, List<ObjectNode>> objects) {
    Map<String, Quantity> used = new TreeMap<>();
    for (Map.Entry<String, JsonNode> hard : quota.at("/spec/hard").properties()) {
      used.put(hard.getKey(), Quantity.ZERO);
      counted(hard.getKey())
          .ifPresent(
              kind -> {
                boolean pod = kind.resource().toString().equals("pods");
                for (ObjectNode object :
                    objects.computeIfAbsent(
                        kind.resource().toString(), _ -> all(kind, namespace))) {
                  if (QuotaScopes.match(quota.path("spec"), pod, object)) {
                    Quantity amount = QuotaUsage.of(kind, object).get(hard.getKey());
                    if (amount != null) {
                      used.merge(hard.getKey(), amount, Quantity::add);
                    }
                  }
                }
              });
    }
    return used;
  }

  private List<ObjectNode> all(Kind kind, String namespace) {
    String prefix = StorageKeys.prefix(kind, namespace);
    List<ObjectNode> all = new ArrayList<>();
    caches
        .of(kind)
        .snapshot()
        .list(prefix, StorageKeys.end(prefix), _ -> true, 0)
        .forEachRemaining(entry -> all.add(Json.parse(entry.json())));
    return all;
  }

  private void write(String namespace, ObjectNode quota, Map<String, Quantity> used) {
    ObjectNode status = Json.object();
    status.set("hard", quota.at("/spec/hard").deepCopy());
    ObjectNode amounts = status.putObject("used");
    used.forEach((name, amount) -> amounts.put(name, amount.toString()));
    JsonNode before = quota.path("status");
    if (status.get("hard").equals(before.path("hard")) && amounts.equals(before.path("used"))) {
      return;
    }
    for (String field : List.of("hard", "used")) {
      for (Map.Entry<String, JsonNode> old : before.path(field).properties()) {
        if (!status.path(field).has(old.getKey())) {
          ((ObjectNode) status.path(field)).putNull(old.getKey());
        }
      }
    }
    ObjectNode change = Json.object();
    change.set("status", status);
    String name = quota.at("/metadata/name").asString("");
    try {
      cluster.patch(
          Resource.of(ResourceQuota.class),
          new Key(namespace, name),
          new Patch(Patch.Type.MERGE, Json.bytes(change)),
          "status");
    } catch (ApiException e) {
      LOG.atDebug()
          .addKeyValue("namespace", namespace)
          .addKeyValue("quota", name)
          .addKeyValue("error", e.getMessage())
          .log("the status of a quota was not written: it has changed again or is gone");
    }
  }

  @Override
  public void close() {
    looker.interrupt();
  }
}
