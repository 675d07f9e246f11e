package dev.navarch.client;

import io.fabric8.kubernetes.api.model.HasMetadata;
import io.fabric8.kubernetes.api.model.Namespace;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.function.BiConsumer;
import java.util.function.Consumer;
import java.util.function.Function;
import java.util.stream.Stream;

/// What the runtime needs to know of a reconciler: the kind that it looks after, what else wakes
/// it, and how many keys may be worked on at once. A value; each method answers a changed copy.
///
/// ```java
/// Controller.of(ReplicaSet.class, reconciler).owns(Pod.class).workers(5)
/// ```
public final class Controller {
  private final String name;
  private final int workers;
  private final Resource<?> resource;
  private final Function<Informers, Function<Key, Result>> reconciler;
  private final List<BiConsumer<Informers, Consumer<Key>>> sources;

  private Controller(
      String name,
      int workers,
      Resource<?> resource,
      Function<Informers, Function<Key, Result>> reconciler,
      List<BiConsumer<Informers, Consumer<Key>>> sources) {
    this.name = name;
    this.workers = workers;
    this.resource = resource;
    this.reconciler = reconciler;
    this.sources = List.copyOf(sources);
  }

  public static <T extends HasMetadata> Controller of(Class<T> type, Reconciler<T> reconciler) {
    return of(Resource.of(type), reconciler);
  }

  public static <T extends HasMetadata> Controller of(
      Resource<T> resource, Reconciler<T> reconciler) {
    return new Controller(
        resource.kind().toLowerCase(Locale.ROOT),
        1,
        resource,
        on -> {
          Lister<T> lister = on.lister(resource);
          return key ->
              lister.find(key).map(reconciler::reconcile).orElseGet(() -> reconciler.gone(key));
        },
        List.of(
            (on, wake) -> on.onChange(resource, change -> wake.accept(Key.of(change.either())))));
  }

  /// A controller whose keys are its own: it says itself what wakes it, and reconciles each key
  /// from whatever it keeps. For work that is not about the objects of one kind.
  public static Controller ofKeys(
      String name, Function<Key, Result> reconcile, BiConsumer<Informers, Consumer<Key>> source) {
    return new Controller(name, 1, Resource.of(Namespace.class), on -> reconcile, List.of(source));
  }

  /// Wakes the owner when an object that it controls changes.
  public <S extends HasMetadata> Controller owns(Class<S> type) {
    return watches(type, this::owner);
  }

  /// Wakes keys when another object changes. The mapping sees the object as it was and as it is.
  public <S extends HasMetadata> Controller watches(
      Class<S> type, Function<S, Stream<Key>> affected) {
    return watches(Resource.of(type), affected);
  }

  public <S extends HasMetadata> Controller watches(
      Resource<S> other, Function<S, Stream<Key>> affected) {
    return watchesChanges(
        other,
        change ->
            Stream.of(Optional.ofNullable(change.before()), Optional.ofNullable(change.now()))
                .flatMap(Optional::stream)
                .flatMap(affected));
  }

  /// Wakes keys when another object changes in a way that matters.
  public <S extends HasMetadata> Controller watchesChanges(
      Resource<S> other, Function<Informers.Change<S>, Stream<Key>> affected) {
    BiConsumer<Informers, Consumer<Key>> source =
        (on, wake) -> on.onChange(other, change -> affected.apply(change).distinct().forEach(wake));
    return new Controller(
        name,
        workers,
        resource,
        reconciler,
        Stream.concat(sources.stream(), Stream.of(source)).toList());
  }

  /// How many keys may be worked on at once; one key never is twice.
  public Controller workers(int count) {
    return new Controller(name, count, resource, reconciler, sources);
  }

  /// The name in logs and metrics; without it, the kind in lower case.
  public Controller name(String other) {
    return new Controller(other, workers, resource, reconciler, sources);
  }

  public String name() {
    return name;
  }

  public int workers() {
    return workers;
  }

  /// Subscribes to everything that wakes the controller.
  ///
  /// @return what reconciles one key from the caches
  public Function<Key, Result> connect(Informers on, Consumer<Key> wake) {
    Function<Key, Result> reconcile = reconciler.apply(on);
    sources.forEach(source -> source.accept(on, wake));
    return reconcile;
  }

  private Stream<Key> owner(HasMetadata owned) {
    return OwnerReferences.controllerOf(owned).stream()
        .filter(owner -> OwnerReferences.isOf(owner, resource))
        .map(
            owner ->
                new Key(resource.namespaced() ? Key.of(owned).namespace() : "", owner.getName()));
  }
}
