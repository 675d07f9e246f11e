package dev.navarch.node.pods;

import dev.navarch.api.ApiException;
import dev.navarch.client.Cluster;
import dev.navarch.client.Cluster.Patch;
import dev.navarch.client.Key;
import dev.navarch.client.Objects;
import dev.navarch.client.Resource;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.PodStatus;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.JsonNodeFactory;
import tools.jackson.databind.node.ObjectNode;

/// Brings pod statuses to the API: at once, only what changed, and the newest when the server was
/// away. Nobody waits for it, so a control plane that is down never holds a pod up.
final class StatusWriter {
  private static final Logger LOG = LoggerFactory.getLogger(StatusWriter.class);
  private static final Duration RETRY = Duration.ofSeconds(1);
  private static final Resource<Pod> PODS = Resource.of(Pod.class);
  private static final Set<String> MERGED_LISTS = Set.of("podIPs", "hostIPs");

  private final Cluster cluster;
  private final Map<String, Slot> slots = new ConcurrentHashMap<>();

  StatusWriter(Cluster cluster) {
    this.cluster = cluster;
  }

  /// One pod's statuses on their way.
  private static final class Slot {
    private final String apiUid;
    private ObjectNode known;
    private @Nullable ObjectNode wanted;
    private Runnable written = () -> {};
    private boolean writing;

    Slot(String apiUid, ObjectNode known) {
      this.apiUid = apiUid;
      this.known = known;
    }
  }

  /// Writes soon; a newer status overtakes one that is still waiting.
  ///
  /// @param apiUid by which the API knows the pod
  /// @param shown the status that the API shows now
  /// @param written is called when the API has this status or a newer one
  void set(Pod pod, String apiUid, PodStatus shown, PodStatus status, Runnable written) {
    Slot slot = slot(pod, apiUid, shown);
    synchronized (slot) {
      slot.wanted = Objects.tree(status);
      slot.written = written;
      if (!slot.writing) {
        slot.writing = true;
        Thread.ofVirtual()
            .name("status " + pod.getMetadata().getName())
            .start(() -> drain(pod, slot));
      }
    }
  }

  /// Waits until the newest status is written, but not for long.
  void awaitWritten(String podUid, Duration patience) throws InterruptedException {
    Slot slot = slots.get(podUid);
    long deadline = System.nanoTime() + patience.toNanos();
    if (slot != null) {
      synchronized (slot) {
        long left = patience.toMillis();
        while (slot.writing && left > 0) {
          slot.wait(left);
          left = (deadline - System.nanoTime()) / 1_000_000;
        }
      }
    }
  }

  void forget(String podUid) {
    Slot slot = slots.remove(podUid);
    if (slot != null) {
      synchronized (slot) {
        slot.wanted = null;
      }
    }
  }

  /// A mirror that was made anew begins anew.
  private Slot slot(Pod pod, String apiUid, PodStatus shown) {
    return slots.compute(
        pod.getMetadata().getUid(),
        (uid, slot) ->
            slot != null && slot.apiUid.equals(apiUid)
                ? slot
                : new Slot(apiUid, Objects.tree(shown)));
  }

  private void drain(Pod pod, Slot slot) {
    while (true) {
      ObjectNode known;
      ObjectNode wanted;
      synchronized (slot) {
        if (slot.wanted == null) {
          slot.writing = false;
          slot.notifyAll();
          return;
        }
        known = slot.known;
        wanted = slot.wanted;
      }
      boolean written = write(pod, slot.apiUid, known, wanted);
      synchronized (slot) {
        if (written) {
          slot.known = wanted;
          if (wanted.equals(slot.wanted)) {
            slot.wanted = null;
            slot.written.run();
          }
        }
      }
      if (!written && !pause()) {
        return;
      }
    }
  }

  /// Returns whether nothing is left to do about this status.
  private boolean write(Pod pod, String apiUid, ObjectNode known, ObjectNode wanted) {
    Optional<ObjectNode> change = change(known, wanted);
    if (change.isEmpty()) {
      return true;
    }
    ObjectNode patch = JsonNodeFactory.instance.objectNode();
    patch.putObject("metadata").put("uid", apiUid);
    patch.set("status", change.get());
    byte[] body = patch.toString().getBytes(StandardCharsets.UTF_8);
    try {
      cluster.patch(PODS, Key.of(pod), new Patch(Patch.Type.STRATEGIC, body), "status");
      return true;
    } catch (ApiException e) {
      boolean obsolete = e.isNotFound() || e.isConflict();
      if (!obsolete) {
        LOG.atWarn()
            .addKeyValue("pod", Key.of(pod))
            .addKeyValue("reason", e.getMessage())
            .log("pod status was not written, trying again");
      }
      return obsolete;
    }
  }

  /// The fields of the status that differ, as a strategic merge patch.
  static Optional<ObjectNode> change(ObjectNode known, ObjectNode wanted) {
    ObjectNode change = JsonNodeFactory.instance.objectNode();
    Set<String> names = new TreeSet<>(known.propertyNames());
    names.addAll(wanted.propertyNames());
    for (String name : names) {
      JsonNode before = known.get(name);
      JsonNode after = wanted.get(name);
      if (after == null) {
        change.putNull(name);
      } else if (!after.equals(before)) {
        change.set(name, patched(name, before, after));
        if (name.equals("conditions")) {
          ArrayNode order = change.putArray("$setElementOrder/conditions");
          after.forEach(c -> order.addObject().put("type", c.path("type").asString("")));
        }
      }
    }
    return change.isEmpty() ? Optional.empty() : Optional.of(change);
  }

  private static JsonNode patched(String name, @Nullable JsonNode before, JsonNode after) {
    if (name.equals("conditions")) {
      ArrayNode conditions = after.deepCopy().asArray();
      for (JsonNode condition : conditions) {
        for (String field : new String[] {"reason", "message"}) {
          if (!condition.has(field)) {
            condition.asObject().putNull(field);
          }
        }
      }
      return withoutLost(conditions, before);
    }
    if (MERGED_LISTS.contains(name) && before != null) {
      ArrayNode list = JsonNodeFactory.instance.arrayNode();
      list.addObject().put("$patch", "replace");
      after.forEach(list::add);
      return list;
    }
    return after;
  }

  /// Names the conditions that hold no more, so that they are taken away.
  private static ArrayNode withoutLost(ArrayNode conditions, @Nullable JsonNode before) {
    if (before != null) {
      Set<String> kept = new TreeSet<>();
      conditions.forEach(condition -> kept.add(condition.path("type").asString("")));
      for (JsonNode old : before) {
        String type = old.path("type").asString("");
        if (!kept.contains(type)) {
          conditions.addObject().put("$patch", "delete").put("type", type);
        }
      }
    }
    return conditions;
  }

  private static boolean pause() {
    try {
      Thread.sleep(RETRY);
      return true;
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return false;
    }
  }
}
