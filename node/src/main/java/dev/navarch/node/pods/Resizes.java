package dev.navarch.node.pods;

import dev.navarch.client.Objects;
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
import java.util.Optional;
import java.util.Set;
import java.util.function.Supplier;
import java.util.stream.Stream;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/// Gives running containers the processor time and memory that their pod's spec has come to ask
/// for: in place, or by a restart where the container's policy says so. What does not fit on the
/// node is left as it is, and the pod's conditions say why. One thread uses it.
final class Resizes {
  private static final Set<String> RESIZED = Set.of("cpu", "memory");

  private final PodTools tools;
  private final Supplier<Pod> latest;
  private final Runnable wake;
  private final Map<String, ResourceRequirements> actual = new HashMap<>();
  private Optional<Problem> problem = Optional.empty();

  /// What keeps the wish from being met.
  private record Problem(String type, String reason, String message) {}

  /// @param latest the pod as the API shows it by now
  /// @param wake is called when a resize that had to wait was granted
  Resizes(PodTools tools, Supplier<Pod> latest, Runnable wake) {
    this.tools = tools;
    this.latest = latest;
    this.wake = wake;
  }

  /// What a running container has now.
  ResourceRequirements of(Pod pod, Seen running) {
    ResourceRequirements known = actual.get(running.id());
    return known != null ? known : granted(pod, running.name());
  }

  private ResourceRequirements granted(Pod pod, String container) {
    return Containers.named(tools.admission().allocated(pod), container)
        .map(Resizes::resources)
        .orElseGet(ResourceRequirements::new);
  }

  /// Brings running containers to their spec. Returns those that have to be started anew for it.
  List<Plan.Kill> apply(Pod pod, Observation seen) {
    Optional<Problem> before = problem;
    problem = Optional.empty();
    actual.keySet().retainAll(seen.running().map(Seen::id).toList());
    List<Wish> wishes = seen.running().flatMap(container -> wish(pod, container).stream()).toList();
    if (wishes.isEmpty()) {
      return List.of();
    }
    problem = refused(pod);
    if (problem.isPresent()) {
      if (!problem.equals(before)) {
        tellPending(pod, problem.get());
      }
      return List.of();
    }
    tools.story().normal(pod, "ResizeStarted", "Pod resize started: " + described(pod, ""));
    growPod(pod);
    wishes.stream().filter(wish -> !wish.byRestart()).forEach(wish -> update(wish, pod));
    growPod(pod);
    if (problem.isEmpty()) {
      tools.story().normal(pod, "ResizeCompleted", "Pod resize completed: " + described(pod, ""));
    } else if (!problem.equals(before)) {
      String why = described(pod, problem.get().message());
      tools.story().warning(pod, "ResizeError", "Pod resize error: " + why);
    }
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

  private Optional<Wish> wish(Pod pod, Seen running) {
    Optional<Container> spec = Containers.named(pod, running.name());
    if (spec.isEmpty()) {
      return Optional.empty();
    }
    ResourceRequirements has =
        actual.computeIfAbsent(
            running.id(),
            id -> reported(pod, running).orElseGet(() -> granted(pod, running.name())));
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

  private void tellPending(Pod pod, Problem why) {
    tools
        .story()
        .warning(
            pod,
            "Resize" + why.reason(),
            "Pod resize %s: %s".formatted(why.reason(), described(pod, why.message())));
  }

  /// What is asked for, and what is in its way.
  private static String described(Pod pod, String error) {
    ObjectNode document = Objects.emptyDocument();
    ArrayNode containers = document.putArray("containers");
    Amounts.all(pod)
        .forEach(
            container ->
                containers
                    .addObject()
                    .put("name", container.getName())
                    .set("resources", Objects.tree(resources(container))));
    Long generation = pod.getMetadata().getGeneration();
    document.put("generation", generation == null ? 0 : generation);
    if (!error.isEmpty()) {
      document.put("error", error);
    }
    return document.toString();
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

  private void update(Wish wish, Pod pod) {
    try {
      tools
          .runtime()
          .updateResources(wish.running().id(), tools.containers().resources(pod, wish.spec()));
      actual.put(wish.running().id(), resources(wish.spec()));
    } catch (CriException e) {
      problem = Optional.of(new Problem("PodResizeInProgress", "Error", e.said().strip()));
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
