package dev.navarch.node.pods;

import dev.navarch.node.cri.CriException;
import dev.navarch.node.pods.Observation.Seen;
import io.fabric8.kubernetes.api.model.Container;
import io.fabric8.kubernetes.api.model.ContainerResizePolicy;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.PodCondition;
import io.fabric8.kubernetes.api.model.PodConditionBuilder;
import io.fabric8.kubernetes.api.model.PodStatus;
import io.fabric8.kubernetes.api.model.Quantity;
import io.fabric8.kubernetes.api.model.ResourceRequirements;
import java.io.IOException;
import java.math.BigDecimal;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Stream;

/// Gives running containers the processor time and memory that their pod's spec has come to ask
/// for: in place, or by a restart where the container's policy says so. What does not fit on the
/// node is left as it is, and the pod's conditions say why. One thread uses it.
final class Resizes {
  private static final Set<String> RESIZED = Set.of("cpu", "memory");

  private final PodTools tools;
  private final Map<String, ResourceRequirements> actual = new HashMap<>();
  private Optional<Problem> problem = Optional.empty();

  /// What keeps the wish from being met.
  private record Problem(String type, String reason, String message) {}

  Resizes(PodTools tools) {
    this.tools = tools;
  }

  /// What a running container has now, by its id.
  Map<String, ResourceRequirements> actual() {
    return actual;
  }

  /// Brings running containers to their spec. Returns those that have to be started anew for it.
  List<Plan.Kill> apply(Pod pod, Observation seen) {
    problem = Optional.empty();
    actual.keySet().retainAll(seen.running().map(Seen::id).toList());
    List<Wish> wishes = seen.running().flatMap(container -> wish(pod, container).stream()).toList();
    if (wishes.isEmpty()) {
      return List.of();
    }
    problem = tooMuch(pod);
    if (problem.isPresent()) {
      return List.of();
    }
    growPod(pod);
    wishes.stream().filter(wish -> !wish.byRestart()).forEach(wish -> update(pod, wish));
    growPod(pod);
    return wishes.stream().filter(Wish::byRestart).map(Wish::kill).toList();
  }

  /// `PodResizePending` or `PodResizeInProgress`, while a wish is not met.
  Optional<PodCondition> condition(Pod pod, PodStatus before, Instant now) {
    return problem.map(
        found ->
            new PodConditionBuilder()
                .withType(found.type())
                .withStatus("True")
                .withReason(found.reason())
                .withMessage(found.message())
                .withLastTransitionTime(since(found.type(), before, now))
                .withObservedGeneration(pod.getMetadata().getGeneration())
                .build());
  }

  private static String since(String type, PodStatus before, Instant now) {
    return before.getConditions().stream()
        .filter(old -> old.getType().equals(type))
        .map(PodCondition::getLastTransitionTime)
        .filter(Objects::nonNull)
        .findFirst()
        .orElse(now.truncatedTo(ChronoUnit.SECONDS).toString());
  }

  private record Wish(Container spec, Seen running, boolean byRestart) {
    Plan.Kill kill() {
      return new Plan.Kill(
          running,
          spec,
          "Container %s resize requires restart".formatted(spec.getName()),
          null,
          Plan.Purpose.REPLACE);
    }
  }

  private Optional<Wish> wish(Pod pod, Seen running) {
    Optional<Container> spec = Containers.named(pod, running.name());
    if (spec.isEmpty()) {
      return Optional.empty();
    }
    ResourceRequirements has =
        actual.computeIfAbsent(
            running.id(), id -> reported(pod, running).orElse(resources(spec.get())));
    List<String> changed =
        RESIZED.stream().filter(name -> differ(has, resources(spec.get()), name)).toList();
    if (changed.isEmpty()) {
      return Optional.empty();
    }
    boolean byRestart =
        spec.get().getResizePolicy().stream()
            .filter(policy -> "RestartContainer".equals(policy.getRestartPolicy()))
            .map(ContainerResizePolicy::getResourceName)
            .anyMatch(changed::contains);
    return Optional.of(new Wish(spec.get(), running, byRestart));
  }

  /// What an agent before this one has reported of the container.
  private static Optional<ResourceRequirements> reported(Pod pod, Seen running) {
    if (pod.getStatus() == null) {
      return Optional.empty();
    }
    return Stream.of(
            pod.getStatus().getContainerStatuses(), pod.getStatus().getInitContainerStatuses())
        .flatMap(List::stream)
        .filter(status -> String.valueOf(status.getContainerID()).endsWith("://" + running.id()))
        .flatMap(status -> Stream.ofNullable(status.getResources()))
        .findFirst();
  }

  private Optional<Problem> tooMuch(Pod pod) {
    for (String name : RESIZED) {
      Quantity limit = tools.admission().allocatable().get(name);
      BigDecimal wanted =
          Amounts.all(pod)
              .filter(c -> pod.getSpec().getContainers().contains(c) || Containers.isSidecar(c))
              .map(c -> Amounts.requests(c).get(name))
              .filter(Objects::nonNull)
              .map(Quantity::getNumericalAmount)
              .reduce(BigDecimal.ZERO, BigDecimal::add);
      if (limit != null && wanted.compareTo(limit.getNumericalAmount()) > 0) {
        return Optional.of(
            new Problem(
                "PodResizePending",
                "Infeasible",
                "Node didn't have enough capacity: %s, requested: %s, capacity: %s"
                    .formatted(
                        name, units(name, wanted), units(name, limit.getNumericalAmount()))));
      }
    }
    return Optional.empty();
  }

  private static long units(String name, BigDecimal amount) {
    return (name.equals("cpu") ? amount.multiply(BigDecimal.valueOf(1000)) : amount).longValue();
  }

  /// Before its containers grow and after they have shrunk: a pod's group may not be smaller than
  /// what is in it.
  private void growPod(Pod pod) {
    try {
      tools.cgroups().create(pod);
    } catch (IOException stillTooLarge) {
      org.slf4j.LoggerFactory.getLogger(Resizes.class)
          .atDebug()
          .addKeyValue("reason", stillTooLarge.getMessage())
          .log("pod cgroup keeps its size for now");
    }
  }

  private void update(Pod pod, Wish wish) {
    try {
      tools
          .runtime()
          .updateResources(wish.running().id(), tools.containers().resources(pod, wish.spec()));
      actual.put(wish.running().id(), resources(wish.spec()));
      tools
          .story()
          .of(pod, wish.spec().getName())
          .normal("ResizeCompleted", "Pod resize completed");
    } catch (CriException e) {
      problem =
          Optional.of(new Problem("PodResizeInProgress", "Error", String.valueOf(e.getMessage())));
    }
  }

  private static ResourceRequirements resources(Container container) {
    return container.getResources() == null ? new ResourceRequirements() : container.getResources();
  }

  private static boolean differ(ResourceRequirements has, ResourceRequirements wants, String name) {
    return !amount(Amounts.requests(has), name).equals(amount(Amounts.requests(wants), name))
        || !amount(Amounts.limits(has), name).equals(amount(Amounts.limits(wants), name));
  }

  private static Optional<BigDecimal> amount(Map<String, Quantity> amounts, String name) {
    return Optional.ofNullable(amounts.get(name))
        .map(quantity -> quantity.getNumericalAmount().stripTrailingZeros());
  }
}
