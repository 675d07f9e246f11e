package dev.navarch.client;

import io.fabric8.kubernetes.api.model.HasMetadata;
import java.time.Duration;
import java.util.Arrays;
import java.util.Collection;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.function.Consumer;
import java.util.function.Function;
import java.util.stream.Collectors;

/// Informers over any cluster: one cache, one list and one watch for each resource that somebody
/// asked for.
public final class ClusterInformers implements Informers {
  private final Cluster cluster;
  private final Random random;
  private final Map<Resource<?>, String> fieldSelectors;
  private final Map<Resource<?>, ObjectCache<?>> caches = new LinkedHashMap<>();
  private final Map<Resource<?>, Future<?>> reflectors = new HashMap<>();
  private final ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor();
  private boolean started;

  /// Narrows the cache of one resource: `spec.nodeName=node-1` for the pods of one node.
  public record Scope(Resource<?> resource, String fieldSelector) {}

  public ClusterInformers(Cluster cluster, Random random, Scope... scopes) {
    this.cluster = cluster;
    this.random = random;
    this.fieldSelectors =
        Arrays.stream(scopes)
            .collect(Collectors.toUnmodifiableMap(Scope::resource, Scope::fieldSelector));
  }

  @Override
  public <T extends HasMetadata> Lister<T> lister(Resource<T> resource) {
    return cache(resource);
  }

  @Override
  public <T extends HasMetadata> Lookup<T> lookup(
      Class<T> type, Function<T, ? extends Collection<String>> values) {
    return cache(Resource.of(type)).lookup(values);
  }

  @Override
  public <T extends HasMetadata> void onChange(Resource<T> resource, Consumer<Change<T>> handler) {
    cache(resource).onChange(handler);
  }

  @Override
  public synchronized void forget(Resource<?> resource) {
    Future<?> reflector = reflectors.remove(resource);
    if (reflector != null) {
      reflector.cancel(true);
    }
    ObjectCache<?> cache = caches.remove(resource);
    if (cache != null) {
      cache.end();
    }
  }

  @Override
  public synchronized void start() {
    if (!started) {
      started = true;
      caches.values().forEach(this::run);
    }
  }

  @Override
  public void awaitSynced() throws InterruptedException {
    for (ObjectCache<?> cache : snapshot()) {
      cache.awaitSynced();
    }
  }

  @Override
  public boolean awaitWrite(Write write, Duration atMost) throws InterruptedException {
    long deadline = System.nanoTime() + atMost.toNanos();
    for (ObjectCache<?> cache : snapshot()) {
      if (holds(cache, write.resource())
          && !cache.await(write, Duration.ofNanos(deadline - System.nanoTime()))) {
        return false;
      }
    }
    return true;
  }

  @Override
  public void close() {
    threads.shutdownNow();
  }

  /// A cache that is narrowed need not ever show a write, so nobody waits for it.
  private boolean holds(ObjectCache<?> cache, Resource<?> written) {
    Resource<?> cached = cache.resource();
    return cached.group().equals(written.group())
        && cached.plural().equals(written.plural())
        && !fieldSelectors.containsKey(cached);
  }

  private synchronized List<ObjectCache<?>> snapshot() {
    return List.copyOf(caches.values());
  }

  @SuppressWarnings("unchecked")
  private synchronized <T extends HasMetadata> ObjectCache<T> cache(Resource<T> resource) {
    return (ObjectCache<T>)
        caches.computeIfAbsent(
            resource,
            wanted -> {
              var cache = new ObjectCache<>(resource);
              if (started) {
                run(cache);
              }
              return cache;
            });
  }

  private <T extends HasMetadata> void run(ObjectCache<T> cache) {
    String fieldSelector = fieldSelectors.getOrDefault(cache.resource(), "");
    threads.execute(cache::deliver);
    reflectors.put(
        cache.resource(),
        threads.submit(new Reflector<>(cluster, cache, fieldSelector, random)::run));
  }
}
