package dev.navarch.apiserver.kinds;

import dev.navarch.api.Quantity;
import java.util.List;
import java.util.Optional;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/// How gently a pod is treated when memory runs out: Guaranteed when every container is limited to
/// exactly what it asks for, BestEffort when none asks for anything, else Burstable. What the pod
/// states as a whole decides alone.
final class QosClasses {
  private static final List<String> COMPUTE = List.of("cpu", "memory");

  private QosClasses() {}

  static String of(JsonNode podSpec) {
    List<ObjectNode> containers =
        podSpec instanceof ObjectNode whole && asksForAnything(whole)
            ? List.of(whole)
            : Resources.containers(podSpec);
    if (containers.stream().noneMatch(QosClasses::asksForAnything)) {
      return "BestEffort";
    }
    return containers.stream().allMatch(QosClasses::isGuaranteed) ? "Guaranteed" : "Burstable";
  }

  private static boolean asksForAnything(ObjectNode container) {
    return COMPUTE.stream()
        .anyMatch(
            name ->
                amount(container, "requests", name).isPresent()
                    || amount(container, "limits", name).isPresent());
  }

  private static boolean isGuaranteed(ObjectNode container) {
    return COMPUTE.stream()
        .allMatch(
            name -> {
              Optional<Quantity> limit = amount(container, "limits", name);
              return limit.isPresent()
                  && amount(container, "requests", name).orElse(limit.get()).equals(limit.get());
            });
  }

  private static Optional<Quantity> amount(ObjectNode container, String kind, String name) {
    return Resources.quantity(container.path("resources").path(kind).path(name))
        .filter(quantity -> quantity.signum() > 0);
  }
}
