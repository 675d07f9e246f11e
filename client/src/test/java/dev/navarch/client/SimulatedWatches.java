package dev.navarch.client;

import dev.navarch.api.ApiError;
import dev.navarch.api.ApiException;
import io.fabric8.kubernetes.api.model.HasMetadata;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.node.ObjectNode;

/// The history of a simulated cluster, and who follows it.
final class SimulatedWatches {
  private final List<Event> history = new ArrayList<>();
  private final List<Open<?>> open = new CopyOnWriteArrayList<>();
  private long compacted;

  private record Event(
      Resource<?> resource, @Nullable ObjectNode before, @Nullable ObjectNode now, long revision) {}

  void changed(
      Resource<?> resource, @Nullable ObjectNode before, @Nullable ObjectNode now, long revision) {
    var event = new Event(resource, before, now, revision);
    history.add(event);
    open.forEach(watch -> watch.tell(event));
  }

  <T extends HasMetadata> Cluster.Watch open(
      Resource<T> resource,
      SimulatedFilter filter,
      String resourceVersion,
      long revision,
      Cluster.WatchListener<T> listener) {
    long from = resourceVersion.isEmpty() ? revision : Long.parseLong(resourceVersion);
    var watch = new Open<>(resource, filter, listener);
    if (from < compacted) {
      listener.ended(
          new ApiException(
              new ApiError.Expired(
                  "too old resource version: %d (%d)".formatted(from, compacted))));
      return watch;
    }
    history.stream().filter(event -> event.revision() > from).forEach(watch::tell);
    open.add(watch);
    return watch;
  }

  void compact(long revision) {
    compacted = revision;
    history.clear();
  }

  void breakAll() {
    for (Open<?> watch : open) {
      watch.end(new ApiException(new ApiError.Unavailable("connection lost")));
    }
  }

  private final class Open<T extends HasMetadata> implements Cluster.Watch {
    private final Resource<T> resource;
    private final SimulatedFilter filter;
    private final Cluster.WatchListener<T> listener;

    Open(Resource<T> resource, SimulatedFilter filter, Cluster.WatchListener<T> listener) {
      this.resource = resource;
      this.filter = filter;
      this.listener = listener;
    }

    void tell(Event event) {
      if (!event.resource().toString().equals(resource.toString())) {
        return;
      }
      ObjectNode before = event.before();
      ObjectNode now = event.now();
      boolean was = before != null && filter.test(before);
      if (now != null && filter.test(now)) {
        T object = Objects.convert(now, resource.type());
        if (was) {
          listener.modified(object);
        } else {
          listener.added(object);
        }
      } else if (was && before != null) {
        ObjectNode last = now == null ? before.deepCopy() : now.deepCopy();
        last.withObject("metadata").put("resourceVersion", Long.toString(event.revision()));
        listener.deleted(Objects.convert(last, resource.type()));
      }
    }

    void end(@Nullable ApiException why) {
      if (open.remove(this)) {
        listener.ended(why);
      }
    }

    @Override
    public void close() {
      end(null);
    }
  }
}
