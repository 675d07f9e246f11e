package dev.navarch.apiserver.auth;

import dev.navarch.client.Informers;
import dev.navarch.client.Key;
import dev.navarch.client.LabelSelectors;
import dev.navarch.client.Lister;
import dev.navarch.client.Lookup;
import dev.navarch.client.Resource;
import dev.navarch.client.Write;
import io.fabric8.kubernetes.api.model.HasMetadata;
import io.fabric8.kubernetes.api.model.LabelSelector;
import io.fabric8.kubernetes.api.model.Pod;
import java.time.Duration;
import java.util.Collection;
import java.util.List;
import java.util.Optional;
import java.util.function.Consumer;
import java.util.function.Function;
import java.util.stream.Stream;

/// Caches that show exactly these objects.
record FakeInformers(List<HasMetadata> objects) implements Informers {

  @Override
  public <T extends HasMetadata> Lister<T> lister(Resource<T> resource) {
    return new Lister<>() {
      @Override
      public Optional<T> find(Key key) {
        return all().filter(each -> Key.of(each).equals(key)).findFirst();
      }

      @Override
      public Stream<T> all() {
        return objects.stream().filter(resource.type()::isInstance).map(resource.type()::cast);
      }

      @Override
      public Stream<T> in(String namespace) {
        return all().filter(each -> Key.of(each).namespace().equals(namespace));
      }

      @Override
      public Stream<T> matching(String namespace, LabelSelector selector) {
        return in(namespace).filter(each -> LabelSelectors.matches(selector, each));
      }

      @Override
      public Stream<T> controlledBy(HasMetadata owner) {
        return Stream.empty();
      }

      @Override
      public Stream<T> onNode(String node) {
        return all()
            .filter(each -> each instanceof Pod pod && node.equals(pod.getSpec().getNodeName()));
      }
    };
  }

  @Override
  public <T extends HasMetadata> Lookup<T> lookup(
      Class<T> type, Function<T, ? extends Collection<String>> values) {
    return value ->
        lister(Resource.of(type))
            .all()
            .filter(object -> values.apply(object).contains(value))
            .toList();
  }

  @Override
  public <T extends HasMetadata> void onChange(Resource<T> resource, Consumer<Change<T>> handler) {}

  @Override
  public void forget(Resource<?> resource) {}

  @Override
  public void start() {}

  @Override
  public void awaitSynced() {}

  @Override
  public boolean awaitWrite(Write write, Duration atMost) {
    return true;
  }

  @Override
  public void close() {}
}
