package dev.navarch.client;

import io.fabric8.kubernetes.api.model.HasMetadata;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Supplier;
import tools.jackson.databind.node.ObjectNode;

/// A cluster that notes what is written through it while a reconciler runs, so that the runtime can
/// wait for the caches to show it. Everything else goes straight to the cluster behind it.
public final class TrackingCluster implements Cluster {
  private static final ScopedValue<Map<String, Write>> NOTED = ScopedValue.newInstance();

  private final Cluster cluster;

  public TrackingCluster(Cluster cluster) {
    this.cluster = cluster;
  }

  /// Runs something, and adds to `noted` what it wrote.
  static <R> R noting(Map<String, Write> noted, Supplier<R> work) {
    return ScopedValue.where(NOTED, noted).call(work::get);
  }

  /// The same task, for another thread: what it writes counts for the run that made it.
  public static Runnable inherit(Runnable task) {
    if (!NOTED.isBound()) {
      return task;
    }
    Map<String, Write> noted = NOTED.get();
    return () -> ScopedValue.where(NOTED, noted).run(task);
  }

  /// Where a run collects its writes: the last one of each object.
  static Map<String, Write> notes() {
    return new ConcurrentHashMap<>();
  }

  @Override
  public <T extends HasMetadata> Optional<T> find(Resource<T> resource, Key key) {
    return cluster.find(resource, key);
  }

  @Override
  public <T extends HasMetadata> Page<T> list(Resource<T> resource, ListOptions options) {
    return cluster.list(resource, options);
  }

  @Override
  public <T extends HasMetadata> Watch watch(
      Resource<T> resource, WatchOptions options, WatchListener<T> listener) {
    return cluster.watch(resource, options, listener);
  }

  @Override
  public <T extends HasMetadata> T create(Resource<T> resource, T object) {
    return stored(resource, cluster.create(resource, object));
  }

  @Override
  public <T extends HasMetadata> T update(Resource<T> resource, T object, String subresource) {
    return stored(resource, cluster.update(resource, object, subresource));
  }

  @Override
  public <T extends HasMetadata> T patch(
      Resource<T> resource, Key key, Patch patch, String subresource) {
    return stored(resource, cluster.patch(resource, key, patch, subresource));
  }

  @Override
  public <T extends HasMetadata> void delete(Resource<T> resource, Key key, DeleteOptions options) {
    cluster.delete(resource, key, options);
    note(new Write.Deleted(resource, key, options.uid() == null ? "" : options.uid()));
  }

  @Override
  public ObjectNode post(Resource<?> resource, Key key, String subresource, ObjectNode body) {
    return cluster.post(resource, key, subresource, body);
  }

  @Override
  public List<Resource<?>> discover() {
    return cluster.discover();
  }

  private static <T extends HasMetadata> T stored(Resource<T> resource, T object) {
    note(new Write.Stored(resource, Key.of(object), Revisions.of(object)));
    return object;
  }

  private static void note(Write write) {
    if (NOTED.isBound()) {
      NOTED.get().put(write.resource() + " " + write.key(), write);
    }
  }
}
