package dev.navarch.client;

import io.fabric8.kubernetes.api.model.HasMetadata;
import java.time.Duration;
import java.util.Collection;
import java.util.function.Consumer;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/// The shared caches of a process: at most one list and watch for each resource, however many ask.
/// Ask for listers and handlers first, then {@link #start}.
public interface Informers extends AutoCloseable {

  default <T extends HasMetadata> Lister<T> lister(Class<T> type) {
    return lister(Resource.of(type));
  }

  <T extends HasMetadata> Lister<T> lister(Resource<T> resource);

  /// Objects by something that they hold, kept up as the cache itself is.
  ///
  /// @param values what an object holds; called once for each state of it
  <T extends HasMetadata> Lookup<T> lookup(
      Class<T> type, Function<T, ? extends Collection<String>> values);

  /// Calls back for every change of a resource, and once for each object that is there already.
  <T extends HasMetadata> void onChange(Resource<T> resource, Consumer<Change<T>> handler);

  /// Stops following a resource that is no longer served: its handlers hear that its objects are
  /// gone.
  void forget(Resource<?> resource);

  void start();

  /// Waits until every cache has seen the whole of its resource once.
  void awaitSynced() throws InterruptedException;

  /// Waits until the cache shows a write; false when that takes too long. True at once for a
  /// resource that has no cache here.
  boolean awaitWrite(Write write, Duration atMost) throws InterruptedException;

  @Override
  void close();

  /// A change of one object: `before` is null for a new one, `now` is null for a deleted one.
  record Change<T extends HasMetadata>(@Nullable T before, @Nullable T now) {
    public T either() {
      return now != null ? now : java.util.Objects.requireNonNull(before);
    }
  }
}
