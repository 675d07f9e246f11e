package dev.navarch.apiserver.registry;

import dev.navarch.api.ApiError;
import dev.navarch.api.ApiException;
import dev.navarch.api.Decoder;
import dev.navarch.api.FieldValidation;
import dev.navarch.api.Kind;
import dev.navarch.api.Kinds;
import dev.navarch.api.apply.AppliedConfiguration;
import dev.navarch.apiserver.auth.Caller;
import dev.navarch.apiserver.cache.CacheEntry;
import dev.navarch.apiserver.registry.Versions.Version;
import dev.navarch.client.Cluster;
import dev.navarch.client.Key;
import dev.navarch.client.Objects;
import dev.navarch.client.Resource;
import io.fabric8.kubernetes.api.model.GenericKubernetesResource;
import io.fabric8.kubernetes.api.model.HasMetadata;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.Supplier;
import tools.jackson.databind.node.ObjectNode;

/// The API for programs in the API server's own process: the same registry and the same cache as
/// over HTTP, with no socket and no second copy. A typed object is read out of the cache's bytes at
/// most once, however many look at it.
public final class LocalCluster implements Cluster {
  private final Kinds kinds;
  private final Registry registry;
  private final Reader reader;
  private final Subresources subresources;
  private final TokenSource tokens;
  private final String manager;

  /// Issues tokens for service accounts.
  @FunctionalInterface
  public interface TokenSource {
    ObjectNode issue(String namespace, String account, ObjectNode request);
  }

  /// @param handler serves the same objects over HTTP
  /// @param manager how managedFields name whoever uses this
  public LocalCluster(
      Kinds kinds,
      Registry registry,
      Reader reader,
      ResourceHandler handler,
      TokenSource tokens,
      String manager) {
    this(kinds, registry, reader, handler.subresources(), tokens, manager);
  }

  private LocalCluster(
      Kinds kinds,
      Registry registry,
      Reader reader,
      Subresources subresources,
      TokenSource tokens,
      String manager) {
    this.kinds = kinds;
    this.registry = registry;
    this.reader = reader;
    this.subresources = subresources;
    this.tokens = tokens;
    this.manager = manager;
  }

  /// The same cluster for somebody else.
  public LocalCluster named(String other) {
    return new LocalCluster(kinds, registry, reader, subresources, tokens, other);
  }

  private <T> T written(Supplier<T> write) {
    return ScopedValue.where(Caller.MANAGER, manager).call(write::get);
  }

  @Override
  public <T extends HasMetadata> Optional<T> find(Resource<T> resource, Key key) {
    Kind kind = kind(resource);
    try {
      return Optional.of(typed(resource, kind, reader.get(target(kind, key), "")));
    } catch (ApiException e) {
      if (e.isNotFound()) {
        return Optional.empty();
      }
      throw e;
    }
  }

  @Override
  public <T extends HasMetadata> Page<T> list(Resource<T> resource, ListOptions options) {
    Kind kind = kind(resource);
    Reader.Page page =
        reader.list(
            Target.collection(kind, options.namespace()),
            ReadOptions.DEFAULT
                .selecting(options.labelSelector(), options.fieldSelector())
                .at(options.resourceVersion())
                .paged(options.limit(), options.next()));
    List<T> items = new ArrayList<>();
    page.items().forEach(entry -> items.add(typed(resource, kind, entry)));
    return new Page<>(items, Long.toString(page.revision()), page.next());
  }

  @Override
  public <T extends HasMetadata> Watch watch(
      Resource<T> resource, WatchOptions options, WatchListener<T> listener) {
    Kind kind = kind(resource);
    LocalWatch<T> watch = new LocalWatch<>(entry -> typed(resource, kind, entry), listener);
    watch.start(
        reader,
        Target.collection(kind, options.namespace()),
        ReadOptions.DEFAULT
            .selecting(options.labelSelector(), options.fieldSelector())
            .at(options.resourceVersion()));
    return watch;
  }

  @Override
  public <T extends HasMetadata> T create(Resource<T> resource, T object) {
    Kind kind = kind(resource);
    ObjectNode sent = document(kind, object);
    Target target = target(kind, Metadata.of(sent));
    return typed(resource, written(() -> registry.create(target, sent, false)).object());
  }

  @Override
  public <T extends HasMetadata> T update(Resource<T> resource, T object, String subresource) {
    Kind kind = kind(resource);
    ObjectNode sent = document(kind, object);
    Target target = target(kind, Metadata.of(sent));
    Subresource part = part(kind, subresource);
    return typed(resource, written(() -> registry.update(target, part, sent, false)).object());
  }

  @Override
  public <T extends HasMetadata> T patch(
      Resource<T> resource, Key key, Patch patch, String subresource) {
    Kind kind = kind(resource);
    Target target = target(kind, key);
    Subresource part = part(kind, subresource);
    return typed(
        resource,
        written(
            () ->
                patch.type() == Patch.Type.APPLY
                    ? registry.apply(target, part, configuration(patch, kind), true, false).object()
                    : registry
                        .patch(
                            target,
                            part,
                            Patches.change(
                                patch, kind.schema(), FieldValidation.IGNORE, warnings -> {}),
                            false)
                        .object()));
  }

  @Override
  public <T extends HasMetadata> void delete(Resource<T> resource, Key key, DeleteOptions options) {
    Duration grace = options.gracePeriod();
    String propagation = options.propagation();
    registry.delete(
        target(kind(resource), key),
        new dev.navarch.apiserver.registry.DeleteOptions(
            grace == null ? null : Long.valueOf(grace.toSeconds()),
            propagation == null
                ? null
                : dev.navarch.apiserver.registry.DeleteOptions.Propagation.of(propagation),
            Optional.ofNullable(options.uid()).orElse(""),
            Optional.ofNullable(options.resourceVersion()).orElse(""),
            false));
  }

  @Override
  public ObjectNode post(Resource<?> resource, Key key, String subresource, ObjectNode body) {
    return resource.plural().equals("serviceaccounts") && subresource.equals("token")
        ? tokens.issue(key.namespace(), key.name(), body)
        : written(() -> subresources.post(target(kind(resource), key), subresource, body));
  }

  private static AppliedConfiguration configuration(Patch patch, Kind kind) {
    return Patches.configuration(
        patch,
        kind.apiVersion(),
        kind.kind(),
        kind.schema(),
        FieldValidation.IGNORE,
        warnings -> {});
  }

  @Override
  public List<Resource<?>> discover() {
    List<Resource<?>> resources = new ArrayList<>();
    for (Kind kind : kinds.all()) {
      boolean managed = kind.verbs().containsAll(List.of("list", "delete"));
      Version version = reader.version(kind);
      if (managed && version.isStored() && version.form().isPreferred()) {
        resources.add(
            Resource.generic(
                kind.group(), kind.version(), kind.kind(), kind.plural(), kind.namespaced()));
      }
    }
    return resources;
  }

  private Kind kind(Resource<?> resource) {
    return kinds
        .byResource(resource.group(), resource.version(), resource.plural())
        .orElseThrow(() -> new ApiException(new ApiError.NoSuchPath()));
  }

  private static Subresource part(Kind kind, String subresource) {
    return Subresource.at(subresource)
        .filter(part -> subresource.isEmpty() || kind.subresources().contains(subresource))
        .orElseThrow(() -> new ApiException(new ApiError.NoSuchPath()));
  }

  private static Target target(Kind kind, Key key) {
    return new Target(kind, key.namespace(), key.name());
  }

  private static Target target(Kind kind, Metadata metadata) {
    return new Target(kind, metadata.namespace(), metadata.name());
  }

  private static ObjectNode document(Kind kind, HasMetadata object) {
    ObjectNode tree = Objects.tree(object);
    return Decoder.clean(tree, kind.schema());
  }

  private <T extends HasMetadata> T typed(Resource<T> resource, Kind kind, CacheEntry entry) {
    Version version = reader.version(kind);
    return version.isStored() && resource.type() != GenericKubernetesResource.class
        ? entry.typed(resource.type(), json -> Objects.readKept(json, resource.type()))
        : typed(resource, version.shown(entry));
  }

  private static <T extends HasMetadata> T typed(Resource<T> resource, ObjectNode document) {
    return Objects.convert(document, resource.type());
  }
}
