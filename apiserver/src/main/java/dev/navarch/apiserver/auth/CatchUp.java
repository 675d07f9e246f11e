package dev.navarch.apiserver.auth;

import dev.navarch.api.Kinds;
import dev.navarch.apiserver.cache.Caches;
import dev.navarch.client.Informers;
import dev.navarch.client.Key;
import dev.navarch.client.Resource;
import dev.navarch.client.Write;
import dev.navarch.store.Store;
import io.fabric8.kubernetes.api.model.HasMetadata;
import java.time.Duration;
import java.util.List;

/// Waits until informers show every change of some resources that was committed before, and so all
/// that anybody can have seen by a read or a watch, of whatever server. Gives up after a second.
public record CatchUp(
    Store store,
    Caches caches,
    Kinds kinds,
    Informers informers,
    List<Class<? extends HasMetadata>> types)
    implements Runnable {
  private static final Duration PATIENCE = Duration.ofSeconds(1);

  public CatchUp {
    types = List.copyOf(types);
  }

  @Override
  public void run() {
    long end = System.nanoTime() + PATIENCE.toNanos();
    try {
      caches.awaitRevision(store.revision(), PATIENCE);
      for (Class<? extends HasMetadata> type : types) {
        Resource<?> resource = Resource.of(type);
        informers.awaitWrite(
            new Write.Stored(resource, new Key("", ""), lastChange(resource)),
            Duration.ofNanos(end - System.nanoTime()));
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    } catch (Store.UnavailableException e) {
      // What is known has to do.
    }
  }

  private long lastChange(Resource<?> resource) {
    return kinds
        .byResource(resource.group(), resource.version(), resource.plural())
        .map(kind -> caches.of(kind).lastChange())
        .orElse(0L);
  }
}
