package dev.navarch.client;

import io.fabric8.kubernetes.api.model.HasMetadata;
import io.fabric8.kubernetes.api.model.LabelSelector;
import io.fabric8.kubernetes.api.model.Pod;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Consumer;
import java.util.function.Function;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// All objects of one resource in memory, each decoded once and shared by every reader. One thread
/// writes; readers take no lock. Handlers hear of changes in order, on a thread of their own, so
/// that a slow one delays neither the cache nor its watch.
final class ObjectCache<T extends HasMetadata> implements Lister<T> {
  private static final Logger LOG = LoggerFactory.getLogger(ObjectCache.class);

  private final Resource<T> resource;
  private final Map<Key, T> objects = new ConcurrentHashMap<>();
  private final Index<T> byNamespace = new Index<>();
  private final Index<T> byOwner = new Index<>();
  private final Index<T> byNode = new Index<>();
  private final List<Keyed<T>> lookups = new ArrayList<>();
  private final ReentrantLock lock = new ReentrantLock();
  private final Condition moved = lock.newCondition();
  private final List<Consumer<Informers.Change<T>>> handlers = new ArrayList<>();
  private final BlockingQueue<Delivery<T>> deliveries = new LinkedBlockingQueue<>();
  private volatile boolean ended;
  private long revision;
  private boolean synced;

  private record Delivery<T extends HasMetadata>(
      Consumer<Informers.Change<T>> handler, Informers.Change<T> change) {}

  ObjectCache(Resource<T> resource) {
    this.resource = resource;
  }

  Resource<T> resource() {
    return resource;
  }

  @Override
  public Optional<T> find(Key key) {
    return Optional.ofNullable(objects.get(key));
  }

  @Override
  public Stream<T> all() {
    return objects.values().stream();
  }

  @Override
  public Stream<T> in(String namespace) {
    return byNamespace.of(namespace);
  }

  @Override
  public Stream<T> matching(String namespace, LabelSelector selector) {
    return in(namespace).filter(object -> LabelSelectors.matches(selector, object));
  }

  @Override
  public Stream<T> controlledBy(HasMetadata owner) {
    return byOwner.of(owner.getMetadata().getUid());
  }

  @Override
  public Stream<T> onNode(String node) {
    return byNode.of(node);
  }

  Lookup<T> lookup(Function<T, ? extends Collection<String>> values) {
    Keyed<T> keyed = new Keyed<>(values, new Index<>());
    lock.lock();
    try {
      lookups.add(keyed);
      objects.forEach((key, object) -> keyed.move(key, null, object));
    } finally {
      lock.unlock();
    }
    return keyed.index::all;
  }

  /// Adds a handler, which first hears of everything that is there.
  void onChange(Consumer<Informers.Change<T>> handler) {
    lock.lock();
    try {
      handlers.add(handler);
      objects
          .values()
          .forEach(
              object ->
                  deliveries.add(new Delivery<>(handler, new Informers.Change<>(null, object))));
    } finally {
      lock.unlock();
    }
  }

  /// Takes over a new list: what it lacks was deleted while no watch was there to tell.
  void replace(List<T> list, long listRevision) {
    lock.lock();
    try {
      Set<Key> gone = new HashSet<>(objects.keySet());
      for (T object : list) {
        gone.remove(Key.of(object));
        store(Key.of(object), object);
      }
      gone.forEach(key -> store(key, null));
      synced = true;
      reachedLocked(listRevision);
    } finally {
      lock.unlock();
    }
  }

  void put(T object) {
    lock.lock();
    try {
      store(Key.of(object), object);
      reachedLocked(Revisions.of(object));
    } finally {
      lock.unlock();
    }
  }

  void remove(T last) {
    lock.lock();
    try {
      store(Key.of(last), null);
      reachedLocked(Revisions.of(last));
    } finally {
      lock.unlock();
    }
  }

  void reached(long newRevision) {
    lock.lock();
    try {
      reachedLocked(newRevision);
    } finally {
      lock.unlock();
    }
  }

  void awaitSynced() throws InterruptedException {
    lock.lockInterruptibly();
    try {
      while (!synced) {
        moved.await();
      }
    } finally {
      lock.unlock();
    }
  }

  boolean await(Write write, Duration atMost) throws InterruptedException {
    long left = atMost.toNanos();
    lock.lockInterruptibly();
    try {
      while (!shows(write)) {
        if (left <= 0) {
          return false;
        }
        left = moved.awaitNanos(left);
      }
      return true;
    } finally {
      lock.unlock();
    }
  }

  /// Everything is gone, and nothing more will come.
  void end() {
    replace(List.of(), 0);
    ended = true;
    deliveries.add(new Delivery<>(_ -> {}, new Informers.Change<>(null, null)));
  }

  /// Calls the handlers until the end, or until the thread is interrupted.
  void deliver() {
    try {
      while (!ended || !deliveries.isEmpty()) {
        hand(deliveries.take());
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  /// Calls the handlers for what has happened so far; says whether there was anything.
  boolean deliverPending() {
    boolean any = false;
    for (Delivery<T> next = deliveries.poll(); next != null; next = deliveries.poll()) {
      hand(next);
      any = true;
    }
    return any;
  }

  private void hand(Delivery<T> next) {
    try {
      next.handler().accept(next.change());
    } catch (RuntimeException e) {
      LOG.atError()
          .setMessage("A handler of changes failed")
          .addKeyValue("resource", resource)
          .addKeyValue("key", Key.of(next.change().either()))
          .setCause(e)
          .log();
    }
  }

  private boolean shows(Write write) {
    return switch (write) {
      case Write.Stored stored -> revision >= stored.revision();
      case Write.Deleted deleted -> {
        T now = objects.get(deleted.key());
        yield now == null
            || now.getMetadata().getDeletionTimestamp() != null
            || (!deleted.uid().isEmpty() && !deleted.uid().equals(now.getMetadata().getUid()));
      }
    };
  }

  private void reachedLocked(long newRevision) {
    revision = Math.max(revision, newRevision);
    moved.signalAll();
  }

  private void store(Key key, @Nullable T now) {
    T before = now == null ? objects.remove(key) : objects.put(key, now);
    if ((before == null && now == null)
        || (before != null && now != null && sameVersion(before, now))) {
      return;
    }
    byNamespace.move(key, key.namespace(), before, key.namespace(), now);
    byOwner.move(key, owner(before), before, owner(now), now);
    byNode.move(key, node(before), before, node(now), now);
    lookups.forEach(keyed -> keyed.move(key, before, now));
    var change = new Informers.Change<>(before, now);
    handlers.forEach(handler -> deliveries.add(new Delivery<>(handler, change)));
  }

  private static boolean sameVersion(HasMetadata a, HasMetadata b) {
    String version = a.getMetadata().getResourceVersion();
    return version != null && version.equals(b.getMetadata().getResourceVersion());
  }

  private static String owner(@Nullable HasMetadata object) {
    return object == null
        ? ""
        : OwnerReferences.controllerOf(object).map(owner -> owner.getUid()).orElse("");
  }

  private static String node(@Nullable HasMetadata object) {
    return object instanceof Pod pod && pod.getSpec() != null && pod.getSpec().getNodeName() != null
        ? pod.getSpec().getNodeName()
        : "";
  }

  /// An index by several values of each object.
  private record Keyed<T>(Function<T, ? extends Collection<String>> values, Index<T> index) {
    void move(Key key, @Nullable T before, @Nullable T now) {
      Set<String> from = before == null ? Set.of() : Set.copyOf(values.apply(before));
      Set<String> to = now == null ? Set.of() : Set.copyOf(values.apply(now));
      for (String value : from) {
        if (!to.contains(value)) {
          index.move(key, value, before, "", null);
        }
      }
      to.forEach(value -> index.move(key, value, before, value, now));
    }
  }

  /// Objects by one property; the empty value stands for having none and is not kept.
  private static final class Index<T> {
    private final Map<String, Map<Key, T>> buckets = new ConcurrentHashMap<>();

    Stream<T> of(@Nullable String value) {
      return value == null ? Stream.empty() : all(value).stream();
    }

    Collection<T> all(String value) {
      Map<Key, T> bucket = buckets.get(value);
      return bucket == null ? List.of() : bucket.values();
    }

    void move(Key key, String from, @Nullable T before, String to, @Nullable T now) {
      if (before != null && (now == null || !from.equals(to))) {
        buckets.computeIfPresent(
            from,
            (value, bucket) -> {
              bucket.remove(key);
              return bucket.isEmpty() ? null : bucket;
            });
      }
      if (now != null && !to.isEmpty()) {
        buckets.computeIfAbsent(to, value -> new ConcurrentHashMap<>()).put(key, now);
      }
    }
  }
}
