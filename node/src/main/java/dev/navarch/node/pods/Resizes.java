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
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Supplier;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/// Gives a pod and its running containers the processor time and memory that its spec has come to
/// ask for: in place, or by a restart where the container's policy says so. What does not fit on
/// the node is left as it is, and the pod's conditions say why. One thread uses it.
final class Resizes {
  private static final Set<String> RESIZED = Set.of("cpu", "memory");

  private final PodTools tools;
  private final Supplier<Pod> latest;
  private final Runnable wake;
  private final ResizeStory story;
  private final Map<String, Has> actual = new HashMap<>();

  /// The pod as it was when all that it asked for had been given to it.
  private @Nullable Pod applied;

  private Optional<Problem> problem = Optional.empty();

  /// What keeps the wish from being met.
  private record Problem(String type, String reason, String message) {
    static Problem inProgress(String message) {
      return new Problem("PodResizeInProgress", "Error", message);
    }

    boolean isInProgress() {
      return type.equals("PodResizeInProgress");
    }
  }

  /// What a container has.
  ///
  /// @param limits its own, and the pod's where it has none
  private record Has(ResourceRequirements own, Map<String, Quantity> limits) {
    static Has by(Pod pod, Container container) {
      return new Has(resources(container), Amounts.limits(pod, container));
    }
  }

  /// @param latest the pod as the API shows it by now
  /// @param wake is called when a resize that had to wait was granted
  Resizes(PodTools tools, Supplier<Pod> latest, Runnable wake) {
    this.tools = tools;
    this.latest = latest;
    this.wake = wake;
    this.story = new ResizeStory(tools.story());
  }

  /// What a running container has now.
  ResourceRequirements of(Pod pod, Seen running) {
    Has known = actual.get(running.id());
    return known != null ? known.own() : granted(pod, running.name());
  }

  /// What the pod as a whole has now.
  ResourceRequirements whole(Pod pod) {
    return WholePod.of(applied == null ? tools.admission().allocated(pod) : applied);
  }

  /// What the node has granted the pod as a whole.
  Map<String, Quantity> allocated(Pod pod) {
    return WholePod.of(tools.admission().allocated(pod)).getRequests();
  }

  private ResourceRequirements granted(Pod pod, String container) {
    return Containers.named(tools.admission().allocated(pod), container)
        .map(Resizes::resources)
        .orElseGet(ResourceRequirements::new);
  }

  /// Brings the pod and its running containers to their spec. Returns those that have to be started
  /// anew for it.
  List<Plan.Kill> apply(Pod pod, Observation seen) {
    Optional<Problem> before = problem;
    problem = Optional.empty();
    actual.keySet().retainAll(seen.running().map(Seen::id).toList());
    Pod had = applied == null ? Allocated.applied(tools.admission().allocated(pod)) : applied;
    List<Wish> wishes =
        seen.running().flatMap(container -> wish(pod, had, container).stream()).toList();
    boolean wholeStays =
        changed(orNone(had.getSpec().getResources()), orNone(pod.getSpec().getResources()))
            .isEmpty();
    if (wishes.isEmpty() && wholeStays) {
      applied = pod;
      return List.of();
    }
    problem = refused(pod).or(() -> below(pod));
    if (problem.isPresent()) {
      if (!problem.equals(before)) {
        tell(pod, problem.get());
      }
      return List.of();
    }
    if (before.filter(Problem::isInProgress).isEmpty()) {
      story.started(pod);
    }
    growPod(pod);
    wishes.stream().filter(wish -> !wish.byRestart()).forEach(wish -> update(wish, pod));
    Optional<String> wrong = growPod(pod);
    problem = problem.or(() -> wrong.map(Problem::inProgress));
    if (problem.isEmpty()) {
      applied = pod;
      story.completed(pod);
    } else if (!problem.equals(before)) {
      tell(pod, problem.get());
    }
    return wishes.stream().filter(Wish::byRestart).map(Wish::kill).toList();
  }

  private void tell(Pod pod, Problem why) {
    if (why.isInProgress()) {
      story.failed(pod, why.message());
    } else {
      story.pending(pod, why.reason(), why.message());
    }
  }

  /// The pod may not be held to less than it uses already.
  private Optional<Problem> below(Pod pod) {
    return tools.cgroups().belowUse(pod).map(Problem::inProgress);
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
        .filter(java.util.Objects::nonNull)
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

  /// @param had the pod as it was applied last
  private Optional<Wish> wish(Pod pod, Pod had, Seen running) {
    Optional<Container> spec = Containers.named(pod, running.name());
    if (spec.isEmpty()) {
      return Optional.empty();
    }
    Has has =
        actual.computeIfAbsent(
            running.id(),
            id -> {
              var own = reported(pod, running).orElseGet(() -> granted(pod, running.name()));
              return Has.by(had, spec.get().edit().withResources(own).build());
            });
    Has wanted = Has.by(pod, spec.get());
    Set<String> changed = new HashSet<>(changed(has.own(), wanted.own()));
    RESIZED.stream()
        .filter(name -> !amount(has.limits(), name).equals(amount(wanted.limits(), name)))
        .forEach(changed::add);
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

  private Optional<Problem> refused(Pod pod) {
    if (Mirrors.isStatic(pod)) {
      return Optional.of(infeasible("In-place resize of static-pods is not supported"));
    }
    if (PodRequests.isGuaranteed(pod)) {
      var settings = tools.config().settings();
      if (settings.text("cpuManagerPolicy").equals("static")) {
        return Optional.of(
            infeasible(
                "Resize is infeasible for Guaranteed Pods alongside CPU Manager static policy"));
      }
      if (settings.text("memoryManagerPolicy").equals("Static")) {
        return Optional.of(
            infeasible(
                "Resize is infeasible for Guaranteed Pods alongside Memory Manager static policy"));
      }
    }
    return tools
        .admission()
        .resize(pod, latest, wake)
        .map(no -> new Problem("PodResizePending", no.reason(), no.message()));
  }

  private static Problem infeasible(String message) {
    return new Problem("PodResizePending", "Infeasible", message);
  }

  /// Before its containers grow and after they have shrunk: a pod's group may not be smaller than
  /// what is in it. Says what was in the way.
  private Optional<String> growPod(Pod pod) {
    try {
      tools.cgroups().create(pod);
      return Optional.empty();
    } catch (IOException stillTooLarge) {
      return Optional.of(String.valueOf(stillTooLarge.getMessage()));
    }
  }

  private void update(Wish wish, Pod pod) {
    try {
      tools
          .runtime()
          .updateResources(wish.running().id(), tools.containers().resources(pod, wish.spec()));
      actual.put(wish.running().id(), Has.by(pod, wish.spec()));
    } catch (CriException e) {
      problem = Optional.of(Problem.inProgress(e.said().strip()));
    }
  }

  private static ResourceRequirements resources(Container container) {
    return orNone(container.getResources());
  }

  static ResourceRequirements orNone(@Nullable ResourceRequirements stated) {
    return stated == null ? new ResourceRequirements() : stated;
  }

  private static List<String> changed(ResourceRequirements has, ResourceRequirements wants) {
    return RESIZED.stream()
        .filter(
            name ->
                !amount(Amounts.requests(has), name).equals(amount(Amounts.requests(wants), name))
                    || !amount(Amounts.limits(has), name)
                        .equals(amount(Amounts.limits(wants), name)))
        .toList();
  }

  private static Optional<BigDecimal> amount(Map<String, Quantity> amounts, String name) {
    return Optional.ofNullable(amounts.get(name))
        .map(quantity -> quantity.getNumericalAmount().stripTrailingZeros());
  }
}
