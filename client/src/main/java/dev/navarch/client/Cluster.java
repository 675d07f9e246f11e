package dev.navarch.client;

import dev.navarch.api.ApiError;
import dev.navarch.api.ApiException;
import io.fabric8.kubernetes.api.model.HasMetadata;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.node.ObjectNode;

/// The Kubernetes API as a program sees it: the same calls in the API server's own process
/// (`LocalCluster`), over HTTPS (`HttpCluster`) and in simulation. Calls block; a failure is an
/// {@link ApiException}. Objects that are handed out are shared: copy before changing one ({@link
/// Objects#copy}).
public interface Cluster {

  <T extends HasMetadata> Optional<T> find(Resource<T> resource, Key key);

  <T extends HasMetadata> Page<T> list(Resource<T> resource, ListOptions options);

  /// Changes after `options.resourceVersion()`; when that is empty, first an ADDED for all there
  /// is.
  <T extends HasMetadata> Watch watch(
      Resource<T> resource, WatchOptions options, WatchListener<T> listener);

  <T extends HasMetadata> T create(Resource<T> resource, T object);

  /// Replaces the object, or one subresource of it, if its resourceVersion still holds.
  ///
  /// @param subresource empty for the object itself, else `status`, `approval`…
  <T extends HasMetadata> T update(Resource<T> resource, T object, String subresource);

  <T extends HasMetadata> T patch(Resource<T> resource, Key key, Patch patch, String subresource);

  <T extends HasMetadata> void delete(Resource<T> resource, Key key, DeleteOptions options);

  /// Posts to a subresource that has its own kind: `pods/binding`, `pods/eviction`,
  /// `serviceaccounts/token`. Returns the answer's document.
  ObjectNode post(Resource<?> resource, Key key, String subresource, ObjectNode body);

  /// What the server serves now: one entry for each resource that can be listed and deleted.
  List<Resource<?>> discover();

  default <T extends HasMetadata> T get(Resource<T> resource, Key key) {
    return find(resource, key)
        .orElseThrow(
            () ->
                new ApiException(
                    new ApiError.NotFound(
                        new ApiError.Resource(resource.group(), resource.plural()), key.name())));
  }

  default <T extends HasMetadata> Optional<T> find(Class<T> type, String namespace, String name) {
    return find(Resource.of(type), new Key(namespace, name));
  }

  default <T extends HasMetadata> T create(T object) {
    return create(resourceOf(object), object);
  }

  default <T extends HasMetadata> T update(T object) {
    return update(resourceOf(object), object, "");
  }

  default <T extends HasMetadata> T updateStatus(T object) {
    return update(resourceOf(object), object, "status");
  }

  /// Deletes exactly this object: not another one that has its name by now.
  default <T extends HasMetadata> void delete(T object) {
    delete(
        resourceOf(object), Key.of(object), DeleteOptions.exactly(object.getMetadata().getUid()));
  }

  @SuppressWarnings("unchecked")
  private static <T extends HasMetadata> Resource<T> resourceOf(T object) {
    return Resource.of((Class<T>) object.getClass());
  }

  /// Part of a list.
  ///
  /// @param next the token for the rest; empty at the end
  record Page<T>(List<T> items, String resourceVersion, String next) {}

  /// @param namespace empty for all
  /// @param resourceVersion empty for the newest, `0` for whatever the cache holds
  /// @param limit 0 for all
  record ListOptions(
      String namespace,
      String labelSelector,
      String fieldSelector,
      String resourceVersion,
      int limit,
      String next) {
    public static final ListOptions ALL = new ListOptions("", "", "", "", 0, "");

    public static ListOptions in(String namespace) {
      return new ListOptions(namespace, "", "", "", 0, "");
    }
  }

  record WatchOptions(
      String namespace, String labelSelector, String fieldSelector, String resourceVersion) {}

  /// @param gracePeriod null for the kind's own
  /// @param propagation `Background`, `Foreground`, `Orphan`; null for the kind's own
  record DeleteOptions(
      @Nullable Duration gracePeriod,
      @Nullable String propagation,
      @Nullable String uid,
      @Nullable String resourceVersion) {
    public static final DeleteOptions DEFAULT = new DeleteOptions(null, null, null, null);

    public static DeleteOptions exactly(String uid) {
      return new DeleteOptions(null, null, uid, null);
    }
  }

  /// A change as bytes in one of the API's patch formats.
  record Patch(Type type, byte[] body) {
    /// The formats, with their media types.
    public enum Type {
      JSON("application/json-patch+json"),
      MERGE("application/merge-patch+json"),
      STRATEGIC("application/strategic-merge-patch+json"),
      APPLY("application/apply-patch+yaml");

      private final String mediaType;

      Type(String mediaType) {
        this.mediaType = mediaType;
      }

      public String mediaType() {
        return mediaType;
      }
    }
  }

  /// Receives a watch's events on one thread at a time.
  interface WatchListener<T> {
    void added(T object);

    void modified(T object);

    void deleted(T last);

    /// Everything up to `resourceVersion` was delivered.
    void bookmark(String resourceVersion);

    /// The watch is over: null when closed or timed out, else the server's or the network's reason
    /// (`Expired` means: list again).
    void ended(@Nullable ApiException why);
  }

  /// A running watch.
  interface Watch extends AutoCloseable {
    @Override
    void close();
  }
}
