package dev.navarch.client;

import dev.navarch.api.ApiError;
import dev.navarch.api.ApiException;
import dev.navarch.api.Statuses;
import io.fabric8.kubernetes.api.model.HasMetadata;
import java.io.IOException;
import java.io.InputStream;
import java.time.Duration;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.MappingIterator;
import tools.jackson.databind.node.ObjectNode;

/// One watch over HTTP, on one virtual thread. Servers send a bookmark about every minute: a watch
/// that hears nothing for longer has lost its server without noticing, and ends.
final class HttpWatch<T extends HasMetadata> implements Cluster.Watch {
  private static final Duration IDLE = Duration.ofSeconds(150);

  private final Resource<T> resource;
  private final Supplier<InputStream> source;
  private final Cluster.WatchListener<T> listener;
  private final AtomicBoolean over = new AtomicBoolean();
  private volatile long lastHeard = System.nanoTime();
  private volatile @Nullable Thread thread;

  private HttpWatch(
      Resource<T> resource, Supplier<InputStream> source, Cluster.WatchListener<T> listener) {
    this.resource = resource;
    this.source = source;
    this.listener = listener;
  }

  static <T extends HasMetadata> HttpWatch<T> start(
      Resource<T> resource, Supplier<InputStream> source, Cluster.WatchListener<T> listener) {
    var watch = new HttpWatch<>(resource, source, listener);
    Thread reader = Thread.ofVirtual().name("watch " + resource).unstarted(watch::follow);
    watch.thread = reader;
    reader.start();
    return watch;
  }

  @Override
  public void close() {
    end(null);
  }

  private void follow() {
    Thread guard = Thread.ofVirtual().name("watch guard " + resource).start(this::guard);
    try (InputStream opened = source.get()) {
      MappingIterator<ObjectNode> events = Objects.documents(opened);
      while (!over.get() && events.hasNext()) {
        lastHeard = System.nanoTime();
        deliver(events.next());
      }
      end(null);
    } catch (ApiException e) {
      end(e);
    } catch (IOException | JacksonException e) {
      end(
          new ApiException(
              new ApiError.Unavailable("the watch of %s broke off".formatted(resource))));
    } finally {
      guard.interrupt();
    }
  }

  private void deliver(ObjectNode event) {
    if (!(event.get("object") instanceof ObjectNode object)) {
      throw new ApiException(new ApiError.Internal("a watch event without an object: " + event));
    }
    switch (event.path("type").asString("")) {
      case "ADDED" -> listener.added(Objects.convert(object, resource.type()));
      case "MODIFIED" -> listener.modified(Objects.convert(object, resource.type()));
      case "DELETED" -> listener.deleted(Objects.convert(object, resource.type()));
      case "BOOKMARK" -> listener.bookmark(object.at("/metadata/resourceVersion").asString(""));
      case "ERROR" -> throw new ApiException(Statuses.error(object, 500));
      default ->
          throw new ApiException(
              new ApiError.Internal(
                  "watch event %s: expected ADDED, MODIFIED, DELETED, BOOKMARK or ERROR"
                      .formatted(event.path("type"))));
    }
  }

  private void guard() {
    try {
      while (!over.get()) {
        long left = lastHeard + IDLE.toNanos() - System.nanoTime();
        if (left <= 0) {
          end(
              new ApiException(
                  new ApiError.Unavailable(
                      "the watch of %s heard nothing for %d s"
                          .formatted(resource, IDLE.toSeconds()))));
          return;
        }
        Thread.sleep(Duration.ofNanos(left));
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  private void end(@Nullable ApiException why) {
    if (!over.compareAndSet(false, true)) {
      return;
    }
    listener.ended(why);
    Thread reader = thread;
    if (reader != null && reader != Thread.currentThread()) {
      reader.interrupt();
    }
  }
}
