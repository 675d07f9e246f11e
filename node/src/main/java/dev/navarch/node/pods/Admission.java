package dev.navarch.node.pods;

import dev.navarch.client.NodeSelectors;
import dev.navarch.node.eviction.Candidate;
import dev.navarch.node.topology.Provider.NotAssigned;
import io.fabric8.kubernetes.api.model.Node;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.Quantity;
import io.fabric8.kubernetes.api.model.Taint;
import io.fabric8.kubernetes.api.model.Toleration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Supplier;

/// Whether this node takes a pod that was bound to it: the scheduler may have been wrong, or nobody
/// asked it. Says no in upstream's words. Pods that ran already when the agent came are taken as
/// they are.
public final class Admission {
  private static final String MEMORY_PRESSURE = "MemoryPressure";
  private static final List<String> RESIZED = List.of("memory", "cpu");
  private static final Taint MEMORY_TAINT =
      new Taint("NoSchedule", "node.kubernetes.io/memory-pressure", null, "");

  private final Supplier<Set<String>> pressures;
  private final Supplier<Map<String, Quantity>> allocatable;
  private final Supplier<Optional<Node>> node;
  private final Provision provision;
  private final Map<String, Pod> admitted = new HashMap<>();

  private final WaitingResizes waiting = new WaitingResizes();

  private volatile boolean goingDown;

  /// @param pressures node conditions that hold now, as `DiskPressure`
  /// @param allocatable what the node offers to pods now
  /// @param node as the API shows it; empty as long as it does not
  /// @param provision what containers have for themselves
  public Admission(
      Supplier<Set<String>> pressures,
      Supplier<Map<String, Quantity>> allocatable,
      Supplier<Optional<Node>> node,
      Provision provision) {
    this.pressures = pressures;
    this.allocatable = allocatable;
    this.node = node;
    this.provision = provision;
  }

  /// Why a pod is not taken: `OutOfcpu`, `NodeAffinity`…
  record Rejection(String reason, String message) {}

  /// Whether the machine goes down, and takes no pods any more.
  public boolean isGoingDown() {
    return goingDown;
  }

  public void goingDown(boolean now) {
    goingDown = now;
  }

  /// What the node offers to pods now.
  Map<String, Quantity> allocatable() {
    return allocatable.get();
  }

  Provision provision() {
    return provision;
  }

  /// Takes a pod as it is.
  synchronized void adopt(Pod pod) {
    admitted.put(pod.getMetadata().getUid(), Allocated.reported(pod));
  }

  /// The pod with the resources that it was granted, whatever it asks for by now.
  @SuppressWarnings("ReferenceEquality")
  synchronized Pod allocated(Pod pod) {
    Pod granted = admitted.get(pod.getMetadata().getUid());
    return granted == null || granted == pod ? pod : Allocated.like(pod, granted);
  }

  /// Grants a pod that runs here what it asks for by now, if it can be had: never (`Infeasible`),
  /// or not before others go (`Deferred`); then in its turn.
  ///
  /// @param latest what the pod asks for when its turn comes
  /// @param later is called when a deferred one has been granted
  synchronized Optional<Rejection> resize(Pod pod, Supplier<Pod> latest, Runnable later) {
    String uid = pod.getMetadata().getUid();
    Optional<Rejection> never = infeasible(pod);
    if (never.isPresent()) {
      waiting.remove(uid);
      return never;
    }
    waiting.put(uid, latest, later);
    grantWaiting();
    return waiting.has(uid) ? lacking(pod) : Optional.empty();
  }

  /// Gives what is free to those that wait for it, in their order.
  private void grantWaiting() {
    while (true) {
      Optional<WaitingResizes.Entry> next =
          waiting.inOrder(this::grows).stream()
              .filter(each -> infeasible(each.pod()).isEmpty() && lacking(each.pod()).isEmpty())
              .findFirst();
      if (next.isEmpty()) {
        return;
      }
      Pod pod = next.get().pod();
      admitted.put(pod.getMetadata().getUid(), pod);
      waiting.remove(pod.getMetadata().getUid());
      next.get().granted().run();
    }
  }

  private boolean grows(Pod pod) {
    return RESIZED.stream().anyMatch(resource -> grows(pod, resource));
  }

  private boolean grows(Pod pod, String resource) {
    Pod before = admitted.getOrDefault(pod.getMetadata().getUid(), pod);
    return PodRequests.of(pod, resource) > PodRequests.of(before, resource);
  }

  private Optional<Rejection> infeasible(Pod pod) {
    Map<String, Quantity> offered = allocatable.get();
    return RESIZED.stream().flatMap(name -> neverFits(pod, name, offered).stream()).findFirst();
  }

  /// What others have of what the pod wants more of.
  private Optional<Rejection> lacking(Pod pod) {
    Map<String, Quantity> offered = allocatable.get();
    Pod before = admitted.getOrDefault(pod.getMetadata().getUid(), pod);
    for (String resource : RESIZED) {
      long asked = PodRequests.of(pod, resource);
      long used = used(resource) - PodRequests.of(before, resource);
      long capacity = PodRequests.amount(offered, resource);
      if (grows(pod, resource) && offered.containsKey(resource) && used + asked > capacity) {
        return Optional.of(
            new Rejection("Deferred", outOf(resource, asked, used, capacity).message()));
      }
    }
    return Optional.empty();
  }

  private static Optional<Rejection> neverFits(
      Pod pod, String resource, Map<String, Quantity> offered) {
    long asked = PodRequests.of(pod, resource);
    long capacity = PodRequests.amount(offered, resource);
    return offered.containsKey(resource) && asked > capacity
        ? Optional.of(
            new Rejection(
                "Infeasible",
                "Node didn't have enough capacity: %s, requested: %d, capacity: %d"
                    .formatted(resource, asked, capacity)))
        : Optional.empty();
  }

  synchronized Optional<Rejection> admit(Pod pod) {
    Optional<Rejection> no =
        closing()
            .or(() -> underPressure(pod))
            .or(() -> misplaced(pod))
            .or(() -> tooLarge(pod))
            .or(() -> portsTaken(pod))
            .or(() -> notProvided(pod));
    if (no.isEmpty()) {
      admitted.put(pod.getMetadata().getUid(), pod);
    }
    return no;
  }

  /// What the pod had is free again.
  synchronized void release(String podUid) {
    admitted.remove(podUid);
    waiting.remove(podUid);
    grantWaiting();
    provision.release(podUid);
  }

  /// What others than these pods had is free again.
  synchronized void retain(Set<String> podUids) {
    provision.retain(podUids);
  }

  private Optional<Rejection> notProvided(Pod pod) {
    try {
      provision.assign(pod);
      return Optional.empty();
    } catch (NotAssigned e) {
      return Optional.of(new Rejection(e.reason(), e.message()));
    }
  }

  private Optional<Rejection> closing() {
    return goingDown
        ? Optional.of(
            new Rejection("NodeShutdown", "Pod was rejected as the node is shutting down."))
        : Optional.empty();
  }

  private Optional<Rejection> underPressure(Pod pod) {
    Set<String> now = pressures.get();
    if (now.isEmpty() || Candidate.isCritical(pod)) {
      return Optional.empty();
    }
    if (now.equals(Set.of(MEMORY_PRESSURE))
        && (Amounts.Qos.of(pod) != Amounts.Qos.BEST_EFFORT || tolerates(pod, MEMORY_TAINT))) {
      return Optional.empty();
    }
    return Optional.of(
        new Rejection(
            "Evicted", "The node had condition: [%s]. ".formatted(String.join(" ", now))));
  }

  private Optional<Rejection> misplaced(Pod pod) {
    Optional<Node> shown = node.get();
    if (shown.isEmpty()) {
      return Optional.empty();
    }
    var meta = shown.get().getMetadata();
    Map<String, String> labels = meta.getLabels() == null ? Map.of() : meta.getLabels();
    if (!NodeSelectors.admits(pod.getSpec(), meta.getName(), labels)) {
      return Optional.of(
          predicate("NodeAffinity", "node(s) didn't match Pod's node affinity/selector"));
    }
    boolean isStatic = Candidate.isStatic(pod);
    List<Taint> taints =
        shown.get().getSpec() == null ? List.of() : shown.get().getSpec().getTaints();
    boolean driven =
        taints.stream()
            .filter(taint -> "NoExecute".equals(taint.getEffect()))
            .anyMatch(taint -> !tolerates(pod, taint));
    return driven && !isStatic
        ? Optional.of(
            predicate("TaintToleration", "node(s) had taints that the pod didn't tolerate"))
        : Optional.empty();
  }

  private Optional<Rejection> portsTaken(Pod pod) {
    return HostPort.clash(pod, admitted.values())
        ? Optional.of(
            predicate("NodePorts", "node(s) didn't have free ports for the requested pod ports"))
        : Optional.empty();
  }

  private static Rejection predicate(String name, String why) {
    return new Rejection(name, "Predicate %s failed: %s".formatted(name, why));
  }

  private Optional<Rejection> tooLarge(Pod pod) {
    Map<String, Quantity> offered = allocatable.get();
    long places = PodRequests.amount(offered, "pods");
    if (offered.containsKey("pods") && admitted.size() >= places) {
      return Optional.of(outOf("pods", 1, admitted.size(), places));
    }
    for (String resource : PodRequests.names(pod)) {
      long asked = PodRequests.of(pod, resource);
      if (asked == 0 || !offered.containsKey(resource)) {
        continue;
      }
      long used = used(resource);
      long capacity = PodRequests.amount(offered, resource);
      if (used + asked > capacity) {
        return Optional.of(outOf(resource, asked, used, capacity));
      }
    }
    return Optional.empty();
  }

  private long used(String resource) {
    return admitted.values().stream().mapToLong(each -> PodRequests.of(each, resource)).sum();
  }

  private static Rejection outOf(String resource, long asked, long used, long capacity) {
    return new Rejection(
        "OutOf" + resource,
        "Node didn't have enough resource: %s, requested: %d, used: %d, capacity: %d"
            .formatted(resource, asked, used, capacity));
  }

  private static boolean tolerates(Pod pod, Taint taint) {
    return pod.getSpec().getTolerations().stream().anyMatch(each -> tolerates(each, taint));
  }

  private static boolean tolerates(Toleration toleration, Taint taint) {
    boolean effect =
        toleration.getEffect() == null
            || toleration.getEffect().isEmpty()
            || toleration.getEffect().equals(taint.getEffect());
    boolean anyKey = toleration.getKey() == null || toleration.getKey().isEmpty();
    boolean exists = "Exists".equals(toleration.getOperator());
    String value = toleration.getValue() == null ? "" : toleration.getValue();
    String tainted = taint.getValue() == null ? "" : taint.getValue();
    return effect
        && (anyKey ? exists : toleration.getKey().equals(taint.getKey()))
        && (exists || value.equals(tainted));
  }
}
