package dev.navarch.apiserver.custom;

import dev.navarch.api.ApiError;
import dev.navarch.api.ApiException;
import dev.navarch.api.Kind;
import dev.navarch.apiserver.cache.CacheEntry;
import dev.navarch.apiserver.cache.Caches;
import dev.navarch.apiserver.cache.StorageKeys;
import dev.navarch.apiserver.registry.DeleteOptions;
import dev.navarch.apiserver.registry.Registry;
import dev.navarch.apiserver.registry.Subresource;
import dev.navarch.apiserver.registry.Target;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Supplier;
import java.util.function.UnaryOperator;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/// Deletes all objects of a definition that is on its way out, and lets it go when the last one is
/// gone. Objects may have finalizers, so this can take as long as their owners need.
final class InstanceCleaner implements AutoCloseable {
  static final String FINALIZER = "customresourcecleanup.apiextensions.k8s.io";
  private static final Logger LOG = LoggerFactory.getLogger(InstanceCleaner.class);
  private static final Duration LOOK_AGAIN = Duration.ofMillis(200);
  private static final Duration PATIENCE = Duration.ofSeconds(5);

  private final CustomResources resources;
  private final Registry registry;
  private final Caches caches;
  private final Kind definitions;
  private final Supplier<String> now;
  private final Set<String> running = ConcurrentHashMap.newKeySet();
  private volatile boolean closed;

  InstanceCleaner(
      CustomResources resources,
      Registry registry,
      Caches caches,
      Kind definitions,
      Supplier<String> now) {
    this.resources = resources;
    this.registry = registry;
    this.caches = caches;
    this.definitions = definitions;
    this.now = now;
  }

  /// Begins to clean up, if nobody does yet.
  void clean(ObjectNode definition) {
    String name = definition.at("/metadata/name").asString("");
    if (hasFinalizer(definition) && running.add(name)) {
      Thread.ofVirtual()
          .name("clean up " + name)
          .start(() -> run(name, DefinitionController.resourceOf(definition)));
    }
  }

  @Override
  public void close() {
    closed = true;
  }

  private void run(String name, ApiError.Resource resource) {
    try {
      boolean empty = false;
      for (Duration wait = LOOK_AGAIN; !empty && !closed; wait = longer(wait)) {
        empty = attempt(name, resource);
        if (!empty) {
          Thread.sleep(wait);
        }
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    } finally {
      running.remove(name);
    }
  }

  private boolean attempt(String name, ApiError.Resource resource) {
    try {
      ObjectNode noted =
          condition(
              name, true, "InstanceDeletionInProgress", "CustomResource deletion is in progress");
      caches.awaitRevision(
          Long.parseLong(noted.at("/metadata/resourceVersion").asString("0")), PATIENCE);
      if (!isEmpty(resource)) {
        return false;
      }
      condition(name, false, "InstanceDeletionCompleted", "removed all instances");
      change(name, Subresource.NONE, InstanceCleaner::freed);
      return true;
    } catch (ApiException e) {
      if (e.isNotFound()) {
        return true;
      }
      LOG.atWarn()
          .addKeyValue("definition", name)
          .addKeyValue("reason", e.getMessage())
          .log("Objects of a definition could not be deleted yet");
      return false;
    }
  }

  private static Duration longer(Duration wait) {
    Duration twice = wait.multipliedBy(2);
    return twice.compareTo(PATIENCE) < 0 ? twice : PATIENCE;
  }

  /// Deletes what is there; true when there was nothing.
  private boolean isEmpty(ApiError.Resource resource) {
    Optional<Kind> served = resources.find(resource).map(one -> one.storage().kind());
    if (served.isEmpty()) {
      return true;
    }
    Target all = Target.collection(served.get(), "");
    String prefix = StorageKeys.prefix(served.get());
    List<CacheEntry> found = new ArrayList<>();
    caches
        .of(served.get())
        .snapshot()
        .list(prefix, StorageKeys.end(prefix), _ -> true, 0)
        .forEachRemaining(found::add);
    for (CacheEntry entry : found) {
      try {
        registry.delete(Target.at(entry.key(), all), DeleteOptions.DEFAULT);
      } catch (ApiException e) {
        if (!(e.error() instanceof ApiError.NotFound)) {
          throw e;
        }
      }
    }
    return found.isEmpty();
  }

  private ObjectNode condition(String name, boolean is, String reason, String message) {
    return change(
        name,
        Subresource.STATUS,
        definition -> {
          DefinitionStatus.set(definition, "Terminating", is, reason, message, now.get());
          return definition;
        });
  }

  private ObjectNode change(String name, Subresource part, UnaryOperator<ObjectNode> change) {
    return registry.change(new Target(definitions, "", name), part, change, false);
  }

  private static boolean hasFinalizer(JsonNode definition) {
    return definition
        .at("/metadata/finalizers")
        .valueStream()
        .anyMatch(one -> one.asString("").equals(FINALIZER));
  }

  private static ObjectNode freed(ObjectNode definition) {
    if (definition.at("/metadata/finalizers") instanceof ArrayNode finalizers) {
      finalizers.removeIf(one -> one.asString("").equals(FINALIZER));
    }
    return definition;
  }
}
