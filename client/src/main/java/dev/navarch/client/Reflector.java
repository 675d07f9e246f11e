package dev.navarch.client;

import dev.navarch.api.ApiError;
import dev.navarch.api.ApiException;
import io.fabric8.kubernetes.api.model.HasMetadata;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Keeps one cache equal to the server: lists once, then watches from there, and again from where
/// it stood when a watch ends. Only when the server has forgotten that point does it list again.
final class Reflector<T extends HasMetadata> {
  private static final Logger LOG = LoggerFactory.getLogger(Reflector.class);
  private static final int PAGE = 500;
  private static final Duration HEALTHY = Duration.ofSeconds(5);

  private final Cluster cluster;
  private final ObjectCache<T> cache;
  private final String fieldSelector;
  private final Backoff backoff;

  /// Where the next watch starts; empty when a list has to come first.
  private volatile String position = "";

  /// What the next list asks for: anything at first, then nothing older than what was seen, and the
  /// newest after the server has forgotten that.
  private volatile String listFrom = "0";

  Reflector(Cluster cluster, ObjectCache<T> cache, String fieldSelector, RandomGenerator random) {
    this.cluster = cluster;
    this.cache = cache;
    this.fieldSelector = fieldSelector;
    this.backoff = new Backoff(Duration.ofMillis(100), Duration.ofSeconds(30), random);
  }

  /// Runs until the thread is interrupted.
  void run() {
    try {
      while (!Thread.currentThread().isInterrupted()) {
        long started = System.nanoTime();
        Optional<ApiException> trouble = follow();
        if (trouble.isPresent() && trouble.get().error() instanceof ApiError.Expired) {
          listFrom = "";
          position = "";
        } else {
          trouble.ifPresent(this::report);
        }
        if (System.nanoTime() - started > HEALTHY.toNanos()) {
          backoff.reset();
        } else {
          Thread.sleep(backoff.next());
        }
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  private Optional<ApiException> follow() throws InterruptedException {
    try {
      if (position.isEmpty()) {
        list();
      }
      return watch();
    } catch (ApiException e) {
      return Optional.of(e);
    }
  }

  private void list() {
    List<T> all = new ArrayList<>();
    Cluster.Page<T> page;
    String next = "";
    do {
      page =
          cluster.list(
              cache.resource(),
              new Cluster.ListOptions(
                  "", "", fieldSelector, next.isEmpty() ? listFrom : "", PAGE, next));
      all.addAll(page.items());
      next = page.next();
    } while (!next.isEmpty());
    cache.replace(all, Revisions.parse(page.resourceVersion()));
    position = page.resourceVersion();
    listFrom = position;
  }

  private Optional<ApiException> watch() throws InterruptedException {
    var end = new CompletableFuture<Optional<ApiException>>();
    var options = new Cluster.WatchOptions("", "", fieldSelector, position);
    try (Cluster.Watch _ = cluster.watch(cache.resource(), options, new Follower(end))) {
      return end.get();
    } catch (ExecutionException e) {
      throw new IllegalStateException("a watch's end cannot fail", e);
    }
  }

  private void report(ApiException trouble) {
    LOG.atWarn()
        .setMessage("List or watch failed, it will be tried again")
        .addKeyValue("resource", cache.resource())
        .addKeyValue("reason", trouble.getMessage())
        .log();
  }

  private void seen(String resourceVersion) {
    position = resourceVersion;
    listFrom = resourceVersion;
  }

  private final class Follower implements Cluster.WatchListener<T> {
    private final CompletableFuture<Optional<ApiException>> end;

    Follower(CompletableFuture<Optional<ApiException>> end) {
      this.end = end;
    }

    @Override
    public void added(T object) {
      cache.put(object);
      seen(object.getMetadata().getResourceVersion());
    }

    @Override
    public void modified(T object) {
      added(object);
    }

    @Override
    public void deleted(T last) {
      cache.remove(last);
      seen(last.getMetadata().getResourceVersion());
    }

    @Override
    public void bookmark(String resourceVersion) {
      cache.reached(Revisions.parse(resourceVersion));
      seen(resourceVersion);
    }

    @Override
    public void ended(@Nullable ApiException why) {
      end.complete(Optional.ofNullable(why));
    }
  }
}
