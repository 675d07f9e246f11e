package dev.navarch.apiserver.admission;

import dev.navarch.client.Cluster;
import dev.navarch.client.Cluster.ListOptions;
import dev.navarch.client.Key;
import dev.navarch.client.LabelSelectors;
import dev.navarch.client.Lister;
import dev.navarch.client.Resource;
import io.fabric8.kubernetes.api.model.HasMetadata;
import io.fabric8.kubernetes.api.model.LabelSelector;
import java.util.Optional;
import java.util.function.Supplier;
import java.util.stream.Stream;

/// What the API shows at this very moment: admission must not refuse a pod because it has not yet
/// heard of the namespace that was made just before. Inside the API server's process this is a look
/// into its cache.
///
/// @param cluster asked late, because the API needs admission before it can be there
record LiveLister<T extends HasMetadata>(Supplier<? extends Cluster> cluster, Resource<T> resource)
    implements Lister<T> {

  @Override
  public Optional<T> find(Key key) {
    return cluster.get().find(resource, key);
  }

  @Override
  public Stream<T> all() {
    return cluster.get().list(resource, ListOptions.ALL).items().stream();
  }

  @Override
  public Stream<T> in(String namespace) {
    return cluster.get().list(resource, ListOptions.in(namespace)).items().stream();
  }

  @Override
  public Stream<T> matching(String namespace, LabelSelector selector) {
    return in(namespace).filter(object -> LabelSelectors.matches(selector, object));
  }

  @Override
  public Stream<T> controlledBy(HasMetadata owner) {
    String uid = owner.getMetadata().getUid();
    return in(owner.getMetadata().getNamespace())
        .filter(
            object ->
                object.getMetadata().getOwnerReferences().stream()
                    .anyMatch(
                        ref ->
                            Boolean.TRUE.equals(ref.getController()) && ref.getUid().equals(uid)));
  }

  @Override
  public Stream<T> onNode(String node) {
    if (!resource.toString().equals("pods")) {
      return Stream.empty();
    }
    ListOptions bound = new ListOptions("", "", "spec.nodeName=" + node, "", 0, "");
    return cluster.get().list(resource, bound).items().stream();
  }
}
