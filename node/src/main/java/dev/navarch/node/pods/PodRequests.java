package dev.navarch.node.pods;

import io.fabric8.kubernetes.api.model.Container;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.PodSpec;
import io.fabric8.kubernetes.api.model.Quantity;
import java.math.BigDecimal;
import java.math.RoundingMode;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.Function;

/// What a pod as a whole asks for, by upstream's rule: its own statement if it has one, else its
/// containers with the sidecars beside them, or the largest init container with the sidecars that
/// run before it; and its overhead. Millicores for `cpu`, else bytes or pieces.
public final class PodRequests {
  private PodRequests() {}

  public static long of(Pod pod, String resource) {
    if (resource.equals("pods")) {
      return 1;
    }
    Map<String, Quantity> own = Amounts.requests(pod.getSpec().getResources());
    long containers =
        own.containsKey(resource)
            ? amount(own, resource)
            : sum(pod.getSpec(), container -> amount(Amounts.requests(container), resource));
    Map<String, Quantity> overhead = pod.getSpec().getOverhead();
    return containers + (overhead == null ? 0 : amount(overhead, resource));
  }

  public static long of(Container container, String resource) {
    return amount(Amounts.requests(container), resource);
  }

  public static long limit(Container container, String resource) {
    return amount(Amounts.limits(container), resource);
  }

  /// Whether every container gets exactly what it asks for.
  public static boolean isGuaranteed(Pod pod) {
    return Amounts.Qos.of(pod) == Amounts.Qos.GUARANTEED;
  }

  /// Every resource that the pod names.
  public static Set<String> names(Pod pod) {
    Set<String> names = new TreeSet<>(Amounts.requests(pod.getSpec().getResources()).keySet());
    Amounts.all(pod).forEach(container -> names.addAll(Amounts.requests(container).keySet()));
    if (pod.getSpec().getOverhead() != null) {
      names.addAll(pod.getSpec().getOverhead().keySet());
    }
    return names;
  }

  static long sum(PodSpec spec, Function<Container, Long> amount) {
    long sidecars = 0;
    long most = 0;
    for (Container init : spec.getInitContainers()) {
      long asked = amount.apply(init);
      if (Containers.isSidecar(init)) {
        sidecars += asked;
        most = Math.max(most, sidecars);
      } else {
        most = Math.max(most, sidecars + asked);
      }
    }
    long together = sidecars + spec.getContainers().stream().mapToLong(amount::apply).sum();
    return Math.max(most, together);
  }

  static long amount(Map<String, Quantity> amounts, String resource) {
    Quantity amount = amounts.get(resource);
    if (amount == null) {
      return 0;
    }
    BigDecimal exact = amount.getNumericalAmount();
    return (resource.equals("cpu") ? exact.movePointRight(3) : exact)
        .setScale(0, RoundingMode.CEILING)
        .longValueExact();
  }
}
