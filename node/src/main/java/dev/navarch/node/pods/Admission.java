package dev.navarch.node.pods;

import dev.navarch.node.eviction.Candidate;
import dev.navarch.node.topology.Provider.NotAssigned;
import io.fabric8.kubernetes.api.model.Node;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.Quantity;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Consumer;
import java.util.function.Supplier;

/// Whether this node takes a pod that was bound to it: the scheduler may have been wrong, or nobody
/// asked it. Says no in upstream's words. Pods that ran already when the agent came are taken as
/// they are.
public final class Admission {
  private static final List<String> RESIZED = List.of("memory", "cpu");

  private final Supplier<Map<String, Quantity>> allocatable;
  private final Placement placement;
  private final Provision provision;
  private final Map<String, Pod> admitted = new HashMap<>();

  private final WaitingResizes waiting = new WaitingResizes();

  private volatile boolean goingDown;
  private volatile Consumer<String> preempt = uid -> {};

  /// @param pressures node conditions that hold now, as `DiskPressure`
  /// @param allocatable what the node offers to pods now
  /// @param node as the API shows it; empty as long as it does not
  /// @param provision what containers have for themselves
  public Admission(
      Supplier<Set<String>> pressures,
      Supplier<Map<String, Quantity>> allocatable,
      Supplier<Optional<Node>> node,
      Provision provision) {
    this.allocatable = allocatable;
    this.placement = new Placement(pressures, node);
    this.provision = provision;
  }

  /// Why a pod is not taken: `OutOfcpu`, `NodeAffinity`…
  record Rejection(String reason, String message) {}

  /// Whether the machine goes down, and takes no pods any more.
  public boolean isGoingDown() {
    return goingDown;
  }

  /// @param how ends a pod, by its uid, that a critical one needs the room of
  void preemptBy(Consumer<String> how) {
    preempt = how;
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

  /// Takes a pod or says why not. Returns late for a critical one that others have to go for.
  synchronized Optional<Rejection> admit(Pod pod) throws InterruptedException {
    Optional<Rejection> no =
        closing()
            .or(() -> placement.refusal(pod))
            .or(() -> tooLarge(pod))
            .or(() -> portsTaken(pod));
    if (no.isEmpty() && Candidate.isCritical(pod)) {
      no = makeRoom(pod);
    }
    no = no.or(() -> notProvided(pod));
    if (no.isEmpty()) {
      admitted.put(pod.getMetadata().getUid(), pod);
    } else {
      admitted.remove(pod.getMetadata().getUid());
    }
    return no;
  }

  /// What the pod had is free again.
  synchronized void release(String podUid) {
    admitted.remove(podUid);
    waiting.remove(podUid);
    notifyAll();
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

  private Optional<Rejection> portsTaken(Pod pod) {
    return HostPort.clash(pod, admitted.values())
        ? Optional.of(
            Placement.predicate(
                "NodePorts", "node(s) didn't have free ports for the requested pod ports"))
        : Optional.empty();
  }

  /// What a pod asks for and the node has not free, and how much of it is missing.
  ///
  /// @param why in words
  private record Shortage(String resource, long missing, Rejection why) {}

  private List<Shortage> shortages(Pod pod) {
    Map<String, Quantity> offered = allocatable.get();
    Set<String> names = new LinkedHashSet<>(List.of("pods"));
    names.addAll(PodRequests.names(pod));
    List<Shortage> shortages = new ArrayList<>();
    for (String resource : names) {
      long asked = PodRequests.of(pod, resource);
      long used = used(resource);
      long capacity = PodRequests.amount(offered, resource);
      if (asked > 0 && offered.containsKey(resource) && used + asked > capacity) {
        shortages.add(
            new Shortage(
                resource, used + asked - capacity, outOf(resource, asked, used, capacity)));
      }
    }
    return shortages;
  }

  private Optional<Rejection> tooLarge(Pod pod) {
    List<Shortage> shortages = shortages(pod);
    return shortages.isEmpty() || Candidate.isCritical(pod)
        ? Optional.empty()
        : Optional.of(shortages.getFirst().why());
  }

  /// A critical pod gets its room whatever the node has: it counts as taken at once, and is held
  /// back until those that go for it have gone.
  private Optional<Rejection> makeRoom(Pod pod) throws InterruptedException {
    Map<String, Long> missing = new LinkedHashMap<>();
    shortages(pod).forEach(each -> missing.put(each.resource(), each.missing()));
    List<Pod> others = Preemption.preemptable(pod, admitted.values());
    Map<String, Long> lacking = Preemption.lacking(missing, others);
    if (!lacking.isEmpty()) {
      return Optional.of(Preemption.refusal(lacking));
    }
    admitted.put(pod.getMetadata().getUid(), pod);
    List<Pod> victims = Preemption.victims(others, missing);
    long end = System.nanoTime();
    for (Pod victim : victims) {
      preempt.accept(victim.getMetadata().getUid());
      end = Math.max(end, System.nanoTime() + Preemption.patience(victim).toNanos());
    }
    while (victims.stream().anyMatch(this::isHere) && end - System.nanoTime() > 0) {
      wait(Math.max(1, Duration.ofNanos(end - System.nanoTime()).toMillis()));
    }
    return Optional.empty();
  }

  private boolean isHere(Pod pod) {
    return admitted.containsKey(pod.getMetadata().getUid());
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
}
