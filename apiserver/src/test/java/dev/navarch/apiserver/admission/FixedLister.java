package dev.navarch.apiserver.admission;

import dev.navarch.api.Json;
import dev.navarch.api.Yaml;
import dev.navarch.client.Key;
import dev.navarch.client.Lister;
import dev.navarch.client.Objects;
import io.fabric8.kubernetes.api.model.HasMetadata;
import io.fabric8.kubernetes.api.model.LabelSelector;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;

/// A lister over a list that a test writes.
final class FixedLister<T extends HasMetadata> implements Lister<T> {
  final List<T> objects = new ArrayList<>();

  static <T extends HasMetadata> FixedLister<T> of(Class<T> type, String... documents) {
    FixedLister<T> lister = new FixedLister<>();
    for (String document : documents) {
      lister.add(type, document);
    }
    return lister;
  }

  void add(Class<T> type, String document) {
    byte[] json = Json.bytes(Yaml.parse(document.getBytes(StandardCharsets.UTF_8)));
    objects.add(Objects.read(json, type));
  }

  @Override
  public Optional<T> find(Key key) {
    return objects.stream().filter(object -> Key.of(object).equals(key)).findFirst();
  }

  @Override
  public Stream<T> all() {
    return objects.stream();
  }

  @Override
  public Stream<T> in(String namespace) {
    return all().filter(object -> namespace.equals(object.getMetadata().getNamespace()));
  }

  @Override
  public Stream<T> matching(String namespace, LabelSelector selector) {
    throw new UnsupportedOperationException("admission asks for no selectors");
  }

  @Override
  public Stream<T> controlledBy(HasMetadata owner) {
    throw new UnsupportedOperationException("admission asks for no owners");
  }

  @Override
  public Stream<T> onNode(String node) {
    throw new UnsupportedOperationException("admission asks for no nodes");
  }
}
