package dev.navarch.client;

import dev.navarch.api.ApiException;
import io.fabric8.kubernetes.api.model.HasMetadata;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Consumer;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/// Controllers over a simulated cluster on one thread, with a clock that the test moves: no
/// waiting, and the same order every time. Caches show a write as soon as it is made.
public final class Simulation {
  private final SimulatedClock clock = new SimulatedClock();
  private final SimulatedCluster cluster = new SimulatedCluster(clock);
  private final CurrentInformers informers = new CurrentInformers();
  private final List<Running> running = new ArrayList<>();

  private record Running(WorkQueue<Key> queue, Function<Key, Result> reconcile) {}

  public SimulatedClock clock() {
    return clock;
  }

  public SimulatedCluster cluster() {
    return cluster;
  }

  public Informers informers() {
    return informers;
  }

  public Simulation with(Controller controller) {
    var queue = new WorkQueue<Key>(controller.name(), clock, Metrics.NONE);
    running.add(new Running(queue, controller.connect(informers, queue::add)));
    return this;
  }

  /// Runs the controllers until none of them has anything left to do at this time.
  public void settle() {
    for (int steps = 0; step(); steps++) {
      if (steps > 100_000) {
        throw new AssertionError("the controllers do not come to rest");
      }
    }
  }

  /// Lets time pass, then settles.
  public void pass(Duration time) {
    clock.advance(time);
    settle();
  }

  /// Does one thing, if there is one to do: deliver changes, or reconcile one key.
  public boolean step() {
    if (informers.deliver()) {
      return true;
    }
    for (Running one : running) {
      Optional<Key> key = one.queue().poll();
      if (key.isPresent()) {
        work(one, key.get());
        return true;
      }
    }
    return false;
  }

  private static void work(Running one, Key key) {
    try {
      Result result = one.reconcile().apply(key);
      one.queue().forget(key);
      if (result instanceof Result.After(Duration delay)) {
        one.queue().addAfter(key, delay);
      }
    } catch (ApiException e) {
      one.queue().retry(key);
    } finally {
      one.queue().done(key);
    }
  }

  private final class CurrentInformers implements Informers {
    private final Map<Resource<?>, ObjectCache<?>> caches = new LinkedHashMap<>();

    boolean deliver() {
      boolean any = false;
      for (ObjectCache<?> cache : List.copyOf(caches.values())) {
        any |= cache.deliverPending();
      }
      return any;
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
    public <T extends HasMetadata> void onChange(
        Resource<T> resource, Consumer<Change<T>> handler) {
      cache(resource).onChange(handler);
    }

    @SuppressWarnings("unchecked")
    private <T extends HasMetadata> ObjectCache<T> cache(Resource<T> resource) {
      return (ObjectCache<T>)
          caches.computeIfAbsent(
              resource,
              wanted -> {
                var cache = new ObjectCache<>(resource);
                cluster.watch(
                    resource, new Cluster.WatchOptions("", "", "", ""), new Follower<>(cache));
                return cache;
              });
    }

    @Override
    public void forget(Resource<?> resource) {
      ObjectCache<?> cache = caches.remove(resource);
      if (cache != null) {
        cache.end();
      }
    }

    @Override
    public void start() {}

    @Override
    public void awaitSynced() {}

    @Override
    public boolean awaitWrite(Write write, Duration atMost) {
      return true;
    }

    @Override
    public void close() {}
  }

  private record Follower<T extends HasMetadata>(ObjectCache<T> cache)
      implements Cluster.WatchListener<T> {
    @Override
    public void added(T object) {
      cache.put(object);
    }

    @Override
    public void modified(T object) {
      cache.put(object);
    }

    @Override
    public void deleted(T last) {
      cache.remove(last);
    }

    @Override
    public void bookmark(String resourceVersion) {}

    @Override
    public void ended(@Nullable ApiException why) {}
  }
}
