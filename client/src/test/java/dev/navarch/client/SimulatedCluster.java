package dev.navarch.client;

import dev.navarch.api.ApiError;
import dev.navarch.api.ApiException;
import dev.navarch.api.BuiltInKinds;
import dev.navarch.api.Schema;
import dev.navarch.api.patch.JsonPatch;
import dev.navarch.api.patch.MergePatch;
import dev.navarch.api.patch.StrategicMergePatch;
import io.fabric8.kubernetes.api.model.HasMetadata;
import io.fabric8.kubernetes.api.model.Pod;
import java.time.InstantSource;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ObjectNode;

/// The API in memory, for tests: revisions, conflicts, finalizers, graceful deletion, subresources
/// and watches behave as the server's do, and a watch has delivered a change before the write
/// returns. Nothing is validated or defaulted. Faults can be asked for.
public final class SimulatedCluster implements Cluster {
  private static final String MODIFIED =
      "the object has been modified; please apply your changes to the latest version and try again";

  private static final BuiltInKinds KINDS = BuiltInKinds.load();

  private final InstantSource clock;
  private final Map<String, Map<String, ObjectNode>> stored = new TreeMap<>();
  private final Map<String, Resource<?>> served = new TreeMap<>();
  private final SimulatedWatches watches = new SimulatedWatches();
  private final List<Fault> faults = new ArrayList<>();
  private long revision = 1000;
  private long names;

  private record Fault(String verb, String plural, ApiError error) {}

  public SimulatedCluster(InstantSource clock) {
    this.clock = clock;
  }

  /// Makes every call of this kind fail until {@link #heal}.
  public synchronized void fail(String verb, String plural, ApiError error) {
    faults.add(new Fault(verb, plural, error));
  }

  public synchronized void heal() {
    faults.clear();
  }

  /// Ends all watches as a lost connection does.
  public synchronized void breakWatches() {
    watches.breakAll();
  }

  /// Forgets the past: a watch from before has to list again.
  public synchronized void compact() {
    watches.compact(revision);
  }

  /// Stores an object just as it is, with its status: what a test starts from.
  public synchronized <T extends HasMetadata> T given(T object) {
    Resource<T> resource = resourceOf(object);
    return typed(resource, insert(resource, Objects.tree(object)));
  }

  /// Objects of a type as they are now.
  public synchronized <T extends HasMetadata> List<T> all(Class<T> type) {
    return list(Resource.of(type), ListOptions.ALL).items();
  }

  @Override
  public synchronized <T extends HasMetadata> Optional<T> find(Resource<T> resource, Key key) {
    check("get", resource);
    return Optional.ofNullable(table(resource).get(key.toString())).map(d -> typed(resource, d));
  }

  @Override
  public synchronized <T extends HasMetadata> Page<T> list(
      Resource<T> resource, ListOptions options) {
    check("list", resource);
    var filter =
        new SimulatedFilter(options.namespace(), options.labelSelector(), options.fieldSelector());
    List<ObjectNode> found = table(resource).values().stream().filter(filter).toList();
    int from = options.next().isEmpty() ? 0 : Integer.parseInt(options.next());
    int to = options.limit() == 0 ? found.size() : Math.min(found.size(), from + options.limit());
    return new Page<>(
        found.subList(from, to).stream().map(document -> typed(resource, document)).toList(),
        Long.toString(revision),
        to < found.size() ? Integer.toString(to) : "");
  }

  @Override
  public synchronized <T extends HasMetadata> Watch watch(
      Resource<T> resource, WatchOptions options, WatchListener<T> listener) {
    check("watch", resource);
    var filter =
        new SimulatedFilter(options.namespace(), options.labelSelector(), options.fieldSelector());
    if (options.resourceVersion().isEmpty()) {
      table(resource).values().stream()
          .filter(filter)
          .forEach(document -> listener.added(typed(resource, document)));
    }
    return watches.open(resource, filter, options.resourceVersion(), revision, listener);
  }

  @Override
  public synchronized <T extends HasMetadata> T create(Resource<T> resource, T object) {
    check("create", resource);
    ObjectNode document = Objects.tree(object);
    document.remove("status");
    if (resource.type() == Pod.class) {
      document.putObject("status").put("phase", "Pending");
    }
    if (resource.plural().equals("namespaces")) {
      document.withObject("spec").putArray("finalizers").add("kubernetes");
      document.putObject("status").put("phase", "Active");
    }
    return typed(resource, insert(resource, document));
  }

  @Override
  public synchronized <T extends HasMetadata> T update(
      Resource<T> resource, T object, String subresource) {
    check("update", resource);
    ObjectNode wanted = Objects.tree(object);
    return typed(resource, replace(resource, Key.of(object), wanted, subresource));
  }

  @Override
  public synchronized <T extends HasMetadata> T patch(
      Resource<T> resource, Key key, Patch patch, String subresource) {
    check("patch", resource);
    ObjectNode object = stored(resource, key).deepCopy();
    ObjectNode before = subresource.equals("scale") ? scale(object) : object;
    JsonNode body = JsonMapper.shared().readTree(patch.body());
    ObjectNode wanted =
        switch (patch.type()) {
          case JSON -> JsonPatch.apply(before, body);
          case MERGE -> MergePatch.apply(before, body);
          case STRATEGIC -> StrategicMergePatch.apply(before, body, schema(resource));
          case APPLY -> throw new UnsupportedOperationException("apply is not simulated");
        };
    if (subresource.equals("scale")) {
      object.withObject("spec").set("replicas", wanted.at("/spec/replicas"));
      return typed(resource, scale(replace(resource, key, object, "")));
    }
    return typed(resource, replace(resource, key, wanted, subresource));
  }

  private static ObjectNode scale(ObjectNode object) {
    ObjectNode scale = Objects.emptyDocument();
    scale.put("apiVersion", "autoscaling/v1").put("kind", "Scale");
    scale.set("metadata", object.path("metadata").deepCopy());
    scale.putObject("spec").set("replicas", object.at("/spec/replicas"));
    ObjectNode status = scale.putObject("status");
    status.put("replicas", object.at("/status/replicas").asInt(0));
    status.put(
        "selector",
        object.at("/spec/selector/matchLabels").properties().stream()
            .map(label -> label.getKey() + "=" + label.getValue().asString(""))
            .collect(Collectors.joining(",")));
    return scale;
  }

  @Override
  public synchronized <T extends HasMetadata> void delete(
      Resource<T> resource, Key key, DeleteOptions options) {
    check("delete", resource);
    ObjectNode document = stored(resource, key).deepCopy();
    ObjectNode metadata = document.withObject("metadata");
    precondition(resource, key, options.uid(), metadata.path("uid"));
    precondition(resource, key, options.resourceVersion(), metadata.path("resourceVersion"));
    if ("Foreground".equals(options.propagation())) {
      metadata.withArray("finalizers").add("foregroundDeletion");
    }
    if ("Orphan".equals(options.propagation())) {
      metadata.withArray("finalizers").add("orphan");
    }
    boolean now = options.gracePeriod() != null && options.gracePeriod().isZero();
    boolean graceful = !now && resource.type() == Pod.class && runs(document);
    if (!held(document) && !graceful) {
      drop(resource, key, document);
    } else if (!metadata.has("deletionTimestamp")) {
      metadata.put("deletionTimestamp", timestamp());
      metadata.put("deletionGracePeriodSeconds", graceful ? 30 : 0);
      if (resource.plural().equals("namespaces")) {
        document.withObject("status").put("phase", "Terminating");
      }
      store(resource, key, document);
    }
  }

  @Override
  public synchronized ObjectNode post(
      Resource<?> resource, Key key, String subresource, ObjectNode body) {
    check("create", resource);
    switch (resource.plural() + "/" + subresource) {
      case "pods/binding" -> {
        ObjectNode pod = stored(resource, key).deepCopy();
        if (pod.at("/spec/nodeName").isString()) {
          throw conflict(resource, key, "pod %s is already assigned".formatted(key.name()));
        }
        pod.withObject("spec").put("nodeName", body.at("/target/name").asString());
        pod.withObject("status")
            .withArray("conditions")
            .addObject()
            .put("type", "PodScheduled")
            .put("status", "True")
            .put("lastTransitionTime", timestamp());
        store(resource, key, pod);
      }
      case "serviceaccounts/token" -> {
        ObjectNode answer = body.deepCopy();
        answer
            .putObject("status")
            .put("token", "token-" + ++names)
            .put("expirationTimestamp", clock.instant().plusSeconds(3600).toString());
        return answer;
      }
      case "pods/eviction" -> delete(resource, key, DeleteOptions.DEFAULT);
      default -> throw new UnsupportedOperationException(resource + "/" + subresource);
    }
    return Objects.emptyDocument().put("kind", "Status").put("status", "Success");
  }

  @Override
  public synchronized List<Resource<?>> discover() {
    return served.values().stream()
        .<Resource<?>>map(
            one ->
                Resource.generic(
                    one.group(), one.version(), one.kind(), one.plural(), one.namespaced()))
        .toList();
  }

  private void check(String verb, Resource<?> resource) {
    for (Fault fault : faults) {
      if (fault.verb().equals(verb) && fault.plural().equals(resource.plural())) {
        throw new ApiException(fault.error());
      }
    }
  }

  private ObjectNode insert(Resource<?> resource, ObjectNode document) {
    ObjectNode metadata = document.withObject("metadata");
    if (!metadata.path("name").isString()) {
      metadata.put("name", metadata.path("generateName").asString("") + "s" + ++names);
    }
    metadata.remove("resourceVersion");
    if (!metadata.has("uid")) {
      metadata.put("uid", "uid-" + ++names);
    }
    if (!metadata.has("creationTimestamp")) {
      metadata.put("creationTimestamp", timestamp());
    }
    if (!metadata.has("generation")) {
      metadata.put("generation", 1);
    }
    Key key = key(document);
    if (table(resource).containsKey(key.toString())) {
      throw new ApiException(new ApiError.AlreadyExists(named(resource), key.name()));
    }
    return store(resource, key, document);
  }

  private ObjectNode replace(Resource<?> resource, Key key, ObjectNode wanted, String subresource) {
    ObjectNode before = stored(resource, key);
    JsonNode version = wanted.at("/metadata/resourceVersion");
    if (version.isString() && !version.equals(before.at("/metadata/resourceVersion"))) {
      throw conflict(resource, key, MODIFIED);
    }
    ObjectNode after = before.deepCopy();
    switch (subresource) {
      case "" -> {
        after = wanted.deepCopy();
        after.set("status", before.path("status").deepCopy());
        for (String fixed : List.of("uid", "creationTimestamp", "deletionTimestamp")) {
          after.withObject("metadata").set(fixed, before.path("metadata").path(fixed));
        }
        after.withObject("metadata").set("generation", before.at("/metadata/generation"));
        after.withObject("metadata").set("resourceVersion", before.at("/metadata/resourceVersion"));
        clean(after);
        if (!after.path("spec").equals(before.path("spec"))) {
          long generation = before.at("/metadata/generation").asLong();
          after.withObject("metadata").put("generation", generation + 1);
        }
      }
      case "status", "approval" -> after.set("status", wanted.path("status").deepCopy());
      case "finalize" -> after.set("spec", wanted.path("spec").deepCopy());
      default -> throw new UnsupportedOperationException(resource + "/" + subresource);
    }
    if (after.equals(before)) {
      return before;
    }
    if (after.at("/metadata/deletionTimestamp").isString() && !held(after) && !runs(after)) {
      return drop(resource, key, after);
    }
    return store(resource, key, after);
  }

  private ObjectNode store(Resource<?> resource, Key key, ObjectNode document) {
    served.putIfAbsent(resource.toString(), resource);
    document.withObject("metadata").put("resourceVersion", Long.toString(++revision));
    ObjectNode before = table(resource).put(key.toString(), document);
    watches.changed(resource, before, document, revision);
    return document;
  }

  private ObjectNode drop(Resource<?> resource, Key key, ObjectNode last) {
    table(resource).remove(key.toString());
    last.withObject("metadata").put("resourceVersion", Long.toString(++revision));
    watches.changed(resource, last, null, revision);
    return last;
  }

  private Map<String, ObjectNode> table(Resource<?> resource) {
    return stored.computeIfAbsent(resource.toString(), name -> new TreeMap<>());
  }

  private ObjectNode stored(Resource<?> resource, Key key) {
    ObjectNode document = table(resource).get(key.toString());
    if (document == null) {
      throw new ApiException(new ApiError.NotFound(named(resource), key.name()));
    }
    return document;
  }

  private String timestamp() {
    return clock.instant().truncatedTo(ChronoUnit.SECONDS).toString();
  }

  private static boolean held(ObjectNode document) {
    return !document.at("/metadata/finalizers").isEmpty()
        || (document.path("kind").asString("").equals("Namespace")
            && !document.at("/spec/finalizers").isEmpty());
  }

  private static boolean runs(ObjectNode document) {
    String phase = document.at("/status/phase").asString("");
    return document.path("kind").asString("").equals("Pod")
        && document.at("/spec/nodeName").isString()
        && !phase.equals("Succeeded")
        && !phase.equals("Failed");
  }

  private static void precondition(
      Resource<?> resource, Key key, @Nullable String wanted, JsonNode found) {
    if (wanted != null && !wanted.equals(found.asString(""))) {
      throw conflict(
          resource, key, "Precondition failed: expected %s, found %s".formatted(wanted, found));
    }
  }

  private static Schema schema(Resource<?> resource) {
    return KINDS
        .byResource(resource.group(), resource.version(), resource.plural())
        .orElseThrow()
        .schema();
  }

  /// Takes away what became missing by being copied from an object that lacks it.
  private static void clean(ObjectNode document) {
    document.removeIf(JsonNode::isMissingNode);
    document.withObject("metadata").removeIf(JsonNode::isMissingNode);
  }

  private static <T extends HasMetadata> T typed(Resource<T> resource, ObjectNode document) {
    return Objects.convert(document, resource.type());
  }

  private static Key key(ObjectNode document) {
    return new Key(
        document.at("/metadata/namespace").asString(""), document.at("/metadata/name").asString());
  }

  private static ApiError.Resource named(Resource<?> resource) {
    return new ApiError.Resource(resource.group(), resource.plural());
  }

  private static ApiException conflict(Resource<?> resource, Key key, String detail) {
    return new ApiException(new ApiError.Conflict(named(resource), key.name(), detail));
  }

  @SuppressWarnings("unchecked")
  private static <T extends HasMetadata> Resource<T> resourceOf(T object) {
    return Resource.of((Class<T>) object.getClass());
  }
}
