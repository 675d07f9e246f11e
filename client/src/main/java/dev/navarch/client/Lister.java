package dev.navarch.client;

import io.fabric8.kubernetes.api.model.HasMetadata;
import io.fabric8.kubernetes.api.model.LabelSelector;
import java.util.Optional;
import java.util.stream.Stream;

/// What the cache shows of one resource, without asking the server. Objects are shared: copy before
/// changing one.
public interface Lister<T extends HasMetadata> {

  Optional<T> find(Key key);

  default Optional<T> find(String namespace, String name) {
    return find(new Key(namespace, name));
  }

  Stream<T> all();

  Stream<T> in(String namespace);

  /// Objects of a namespace that a selector picks; an empty selector picks all, null none.
  Stream<T> matching(String namespace, LabelSelector selector);

  /// Objects whose controller reference is this owner, by uid.
  Stream<T> controlledBy(HasMetadata owner);

  /// Pods that are bound to a node; of another resource, none.
  Stream<T> onNode(String node);
}
