package dev.navarch.node.pods;

import io.fabric8.kubernetes.api.model.Container;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.Quantity;
import io.fabric8.kubernetes.api.model.ResourceRequirements;
import io.fabric8.kubernetes.api.model.ResourceRequirementsBuilder;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.Function;

/// What a pod has as a whole, as its status tells: what it states for itself, else its containers
/// together. A limit counts for the whole only where every container has one.
final class WholePod {
  private WholePod() {}

  static ResourceRequirements of(Pod pod) {
    return new ResourceRequirementsBuilder()
        .withRequests(sum(pod, Amounts::requests, false))
        .withLimits(sum(pod, Amounts::limits, true))
        .build();
  }

  private static Map<String, Quantity> sum(
      Pod pod, Function<ResourceRequirements, Map<String, Quantity>> kind, boolean ofAll) {
    Map<String, Quantity> sum = new TreeMap<>();
    Amounts.all(pod)
        .flatMap(container -> kind.apply(container.getResources()).keySet().stream())
        .distinct()
        .filter(name -> !ofAll || Amounts.all(pod).allMatch(each -> of(each, kind, name) > 0))
        .forEach(
            name -> {
              long amount = PodRequests.sum(pod.getSpec(), each -> of(each, kind, name));
              sum.put(name, new Quantity(text(name, amount)));
            });
    sum.putAll(kind.apply(pod.getSpec().getResources()));
    return sum;
  }

  private static long of(
      Container container,
      Function<ResourceRequirements, Map<String, Quantity>> kind,
      String name) {
    return PodRequests.amount(kind.apply(container.getResources()), name);
  }

  private static String text(String name, long amount) {
    if (name.equals("cpu")) {
      return dev.navarch.api.Quantity.ofMilli(amount).toString();
    }
    boolean bytes =
        name.equals("memory") || name.equals("ephemeral-storage") || name.startsWith("hugepages-");
    var format =
        bytes ? dev.navarch.api.Quantity.Format.BINARY : dev.navarch.api.Quantity.Format.DECIMAL;
    return dev.navarch.api.Quantity.of(amount, format).toString();
  }
}
