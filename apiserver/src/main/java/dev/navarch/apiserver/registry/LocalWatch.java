package dev.navarch.apiserver.registry;

import dev.navarch.api.ApiException;
import dev.navarch.apiserver.cache.CacheEntry;
import dev.navarch.apiserver.cache.CacheEvent;
import dev.navarch.client.Cluster.Watch;
import dev.navarch.client.Cluster.WatchListener;
import io.fabric8.kubernetes.api.model.HasMetadata;
import java.time.Duration;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/// A watch by a program in this process: hands the cache's events on, on virtual threads of its
/// own, and says after each batch how far it has come.
final class LocalWatch<T extends HasMetadata> implements Watch, Watching.Sink {
  private static final Duration FOREVER = Duration.ofDays(365);

  private final Function<CacheEntry, T> typed;
  private final WatchListener<T> listener;
  private volatile boolean closed;
  private volatile @Nullable Watching watching;
  private @Nullable ApiException failure;

  LocalWatch(Function<CacheEntry, T> typed, WatchListener<T> listener) {
    this.typed = typed;
    this.listener = listener;
  }

  void start(Reader reader, Target target, ReadOptions options) {
    Watching running = new Watching(reader, target, options, this);
    watching = running;
    Thread.ofVirtual()
        .name("watch " + target.kind().resource())
        .start(() -> running.start(FOREVER));
  }

  @Override
  public boolean isOpen() {
    return !closed;
  }

  @Override
  public void event(CacheEvent.Type type, CacheEntry entry) {
    T object = typed.apply(entry);
    switch (type) {
      case ADDED -> listener.added(object);
      case MODIFIED -> listener.modified(object);
      case DELETED -> listener.deleted(object);
    }
  }

  @Override
  public void bookmark(long revision, boolean initial) {
    listener.bookmark(Long.toString(revision));
  }

  @Override
  public void pause(long revision) {
    listener.bookmark(Long.toString(revision));
  }

  @Override
  public void failed(ApiException why) {
    failure = why;
  }

  @Override
  public void ended() {
    listener.ended(failure);
  }

  @Override
  public boolean wantsProgress() {
    return true;
  }

  @Override
  public void close() {
    closed = true;
    Watching running = watching;
    if (running != null) {
      running.wake();
    }
  }
}
