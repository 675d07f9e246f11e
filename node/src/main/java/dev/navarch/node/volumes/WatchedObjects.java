package dev.navarch.node.volumes;

import dev.navarch.api.ApiException;
import dev.navarch.client.Cluster;
import dev.navarch.client.Key;
import dev.navarch.client.Resource;
import io.fabric8.kubernetes.api.model.ConfigMap;
import io.fabric8.kubernetes.api.model.HasMetadata;
import io.fabric8.kubernetes.api.model.Secret;
import java.time.Duration;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutionException;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/// The ConfigMaps, Secrets and trust bundles that pods of this node use, each followed by a watch
/// of its own (a node may see no others): a change reaches its pods at once, and reading one again
/// asks nobody. What cannot change is not followed.
final class WatchedObjects implements AutoCloseable {
  private static final Duration FIRST_PAUSE = Duration.ofSeconds(1);
  private static final Duration LONGEST_PAUSE = Duration.ofSeconds(30);

  private final Cluster cluster;
  private final Map<Name, Followed<?>> followed = new ConcurrentHashMap<>();
  private volatile Consumer<String> changed = uid -> {};

  WatchedObjects(Cluster cluster) {
    this.cluster = cluster;
  }

  private record Name(Resource<?> resource, Key key) {}

  /// @param pods is given the uid of each pod that uses what has changed
  void onChange(Consumer<String> pods) {
    changed = pods;
  }

  /// The object as it is now. A pod's first look asks the server, so that it never sees less than
  /// what was there when the pod was made.
  @SuppressWarnings("unchecked")
  <T extends HasMetadata> Optional<T> get(String podUid, Resource<T> resource, Key key) {
    var name = new Name(resource, key);
    while (true) {
      var one =
          (Followed<T>) followed.computeIfAbsent(name, wanted -> new Followed<>(resource, key));
      boolean first = one.users.add(podUid);
      if (followed.get(name) == one) {
        return first || !one.live ? one.ask() : one.latest;
      }
    }
  }

  /// The pod is gone: what only it used is followed no more.
  void forget(String podUid) {
    followed.values().removeIf(one -> one.isLeftBy(podUid));
  }

  @Override
  public void close() {
    followed.values().forEach(Followed::end);
    followed.clear();
  }

  private final class Followed<T extends HasMetadata> implements Cluster.WatchListener<T> {
    private final Resource<T> resource;
    private final Key key;
    private final Set<String> users = ConcurrentHashMap.newKeySet();
    private volatile Optional<T> latest = Optional.empty();
    private volatile boolean live;
    private volatile String shown = "";
    private @Nullable Thread thread;
    private volatile CompletableFuture<Boolean> ended = new CompletableFuture<>();

    Followed(Resource<T> resource, Key key) {
      this.resource = resource;
      this.key = key;
    }

    Optional<T> ask() {
      Optional<T> found = cluster.find(resource, key);
      shown = found.map(object -> object.getMetadata().getResourceVersion()).orElse("");
      if (found.filter(WatchedObjects::isImmutable).isPresent()) {
        latest = found;
        live = true;
      } else {
        follow();
      }
      return found;
    }

    private synchronized void follow() {
      if (thread == null) {
        thread = Thread.ofVirtual().name("follow " + resource + " " + key).start(this::run);
      }
    }

    private void run() {
      var options =
          new Cluster.WatchOptions(key.namespace(), "", "metadata.name=" + key.name(), "");
      Duration pause = FIRST_PAUSE;
      try {
        while (!Thread.currentThread().isInterrupted()) {
          ended = new CompletableFuture<>();
          try (Cluster.Watch _ = cluster.watch(resource, options, this)) {
            pause = ended.get() ? FIRST_PAUSE : pause.multipliedBy(2);
          } catch (ApiException e) {
            pause = pause.multipliedBy(2);
          }
          live = false;
          pause = pause.compareTo(LONGEST_PAUSE) > 0 ? LONGEST_PAUSE : pause;
          Thread.sleep(pause);
        }
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
      } catch (ExecutionException e) {
        throw new IllegalStateException("a watch's end cannot fail", e);
      }
    }

    /// Returns whether nobody uses it any more; then it has ended.
    boolean isLeftBy(String podUid) {
      users.remove(podUid);
      if (!users.isEmpty()) {
        return false;
      }
      end();
      return true;
    }

    synchronized void end() {
      if (thread != null) {
        thread.interrupt();
      }
    }

    private void saw(Optional<T> object) {
      String version = object.map(o -> o.getMetadata().getResourceVersion()).orElse("");
      latest = object;
      live = true;
      if (!version.equals(shown)) {
        shown = version;
        users.forEach(changed);
      }
    }

    @Override
    public void added(T object) {
      saw(Optional.of(object));
    }

    @Override
    public void modified(T object) {
      saw(Optional.of(object));
    }

    @Override
    public void deleted(T last) {
      saw(Optional.empty());
    }

    @Override
    public void bookmark(String resourceVersion) {}

    @Override
    public void ended(@Nullable ApiException why) {
      ended.complete(why == null);
    }
  }

  private static boolean isImmutable(HasMetadata object) {
    return switch (object) {
      case ConfigMap map -> Boolean.TRUE.equals(map.getImmutable());
      case Secret secret -> Boolean.TRUE.equals(secret.getImmutable());
      default -> false;
    };
  }
}
