package dev.navarch.node.pods;

import io.fabric8.kubernetes.api.model.Container;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.PodStatus;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/// What one round does for a pod: takes it or refuses it, decides ({@link Plan}), acts, reports,
/// and ends it when its time has come. Its worker's thread uses it, but for the few methods that
/// say otherwise.
final class PodSync {
  private final PodTools tools;
  private final String uid;
  private final Rounds rounds;
  private final Stops stops;
  private final ContainerStarter starter;
  private final ProbedContainers probed;
  private final PodGround ground;
  private final Removal removal;
  private final Resizes resizes;
  private final PodReport report;
  private final PodVerdict verdict;
  private final PodEnd ending;
  private final Set<String> replaced = new HashSet<>();
  private volatile boolean gone;
  private volatile boolean over;
  private boolean admitted;

  /// @param hasToEnd completes when the pod has to end
  PodSync(
      PodTools tools,
      String uid,
      Supplier<Pod> latest,
      Rounds rounds,
      CompletableFuture<Void> hasToEnd) {
    this.tools = tools;
    this.uid = uid;
    this.rounds = rounds;
    var times = new StartTimes(tools.clock());
    this.stops = new Stops(tools, rounds::wake);
    this.starter = new ContainerStarter(tools, times, rounds::wake, hasToEnd);
    this.probed = new ProbedContainers(tools, rounds::wake);
    this.ground = new PodGround(tools, uid, rounds, times);
    this.removal = new Removal(tools);
    this.resizes = new Resizes(tools, latest, rounds::wake);
    this.report = new PodReport(tools, starter.waiting(), resizes, times);
    this.verdict = new PodVerdict(tools);
    this.ending = new PodEnd(stops);
  }

  /// What was told of the pod last; null when nothing was. Any thread may ask.
  @Nullable PodStatus reported() {
    return report.latest();
  }

  /// What the volumes show has changed: the next round writes it to them again. Any thread may say
  /// so.
  void refresh() {
    ground.refresh();
  }

  /// The node needs what the pod uses: the next round ends it. Any thread may say so.
  void evict(Failure why) {
    verdict.evict(why);
  }

  /// The API knows this pod no more: the next round ends it, and tells nobody. Any thread may say
  /// so.
  void orphan() {
    gone = true;
  }

  /// Whether nothing of it runs any more, for good. Any thread may ask.
  boolean isOver() {
    return over;
  }

  /// Lets go of the pod and leaves it running.
  void close() {
    probed.close();
  }

  /// Returns whether the pod is gone.
  boolean step(Pod pod, Observation seen) throws IOException, InterruptedException {
    probed.adopt(pod, seen);
    stops.observe(seen);
    admit(pod, seen);
    judge(pod);
    if (report.isFirst() && !mustEnd(pod)) {
      report(pod, seen);
      // A deadline counts from the start that was told just now.
      judge(pod);
    }
    if (mustEnd(pod)) {
      return end(pod, seen);
    }
    Optional<String> unsupported = Unsupported.find(pod);
    if (unsupported.isPresent()) {
      refuse(pod, unsupported.get());
      report(pod, seen);
      return false;
    }
    if (seen.isRestarting(pod)) {
      report(pod, seen);
    }
    boolean atOnce = ground.standsAtOnce(pod, seen);
    if (!(atOnce ? ground.prepareAtOnce(pod, seen) : ground.prepare(pod, seen))) {
      report(pod, seen);
      return false;
    }
    Observation now = atOnce ? seen.withSandboxesNow(tools.runtime(), uid) : seen;
    if (Plan.of(pod, now, tools.health(), replaced) instanceof Plan.NewSandbox wanted) {
      if (!makeSandbox(pod, now, wanted.attempt())) {
        report(pod, now);
        return false;
      }
      now = seen.withSandboxesNow(tools.runtime(), uid);
    }
    switch (Plan.of(pod, now, tools.health(), replaced)) {
      case Plan.Finish _ -> {
        return end(pod, now);
      }
      case Plan.NewSandbox _ -> rounds.again();
      case Plan.Run run -> now = carryOut(pod, now, run);
    }
    probe(pod, now);
    report(pod, now);
    return false;
  }

  private boolean mustEnd(Pod pod) {
    return gone || Containers.isDeleting(pod) || verdict.failure() != null || report.isOver(pod);
  }

  private Observation carryOut(Pod pod, Observation seen, Plan.Run run) {
    List<Plan.Kill> kills = new ArrayList<>(run.kill());
    kills.addAll(starter.unfit(pod, seen));
    kills.addAll(resizes.apply(pod, seen));
    kills.forEach(kill -> kill(pod, seen, kill));
    if (run.start().isEmpty()) {
      return seen;
    }
    var stand = ground.of(pod, seen);
    Pod granted = tools.admission().allocated(pod);
    for (Container wanted : run.start()) {
      Container container = Containers.named(granted, wanted.getName()).orElse(wanted);
      starter.start(granted, container, stand, seen).ifPresent(rounds::at);
    }
    Observation now = seen.withContainersNow(tools.runtime(), uid);
    if (Containers.all(pod).count() > 1 && !now.equals(seen)) {
      // Others may have waited for those that run now.
      rounds.wake();
    }
    return now;
  }

  private void kill(Pod pod, Observation seen, Plan.Kill kill) {
    String ip = seen.podIps().stream().findFirst().orElse("");
    Duration grace = kill.grace() == null ? verdict.grace(pod) : Duration.ofSeconds(kill.grace());
    boolean withHook = kill.purpose() != Plan.Purpose.NEW_LIFE;
    stops.stop(
        pod,
        new Stops.Order(kill.spec(), kill.container(), grace, Set.of(), withHook, kill.why()),
        ip);
    if (kill.purpose() == Plan.Purpose.REPLACE) {
      replaced.add(kill.container().id());
    }
  }

  private boolean makeSandbox(Pod pod, Observation seen, int attempt) throws IOException {
    return !ending.stopRunning(pod, seen, verdict.grace(pod))
        && ground.makeSandbox(pod, seen, attempt);
  }

  private void refuse(Pod pod, String field) {
    String message = "field %s is not supported by this node".formatted(field);
    var why = new Waiting("UnsupportedField", message);
    boolean told = starter.waiting().containsValue(why);
    Containers.all(pod).forEach(container -> starter.waitFor(container.getName(), why));
    if (!told) {
      tools.story().warning(pod, "UnsupportedField", message);
    }
  }

  /// A pod that has begun already, under an agent before this one, is taken as it is.
  private void admit(Pod pod, Observation seen) throws InterruptedException {
    if (admitted || gone || report.isOver(pod)) {
      return;
    }
    admitted = true;
    boolean begun = !seen.isEmpty() || report.before(pod).getStartTime() != null;
    if (begun || Containers.isDeleting(pod)) {
      tools.admission().adopt(pod);
    } else {
      Optional<Admission.Rejection> why = tools.abilities().missing(pod);
      if (why.isEmpty()) {
        why = tools.admission().admit(pod);
      }
      why.ifPresent(each -> verdict.reject(pod, each));
    }
  }

  /// Stops everything, and tells so before the network is taken down; when the API wants the pod
  /// gone, removes it from the node, then from the API.
  private boolean end(Pod pod, Observation seen) throws IOException, InterruptedException {
    if (ending.stopRunning(pod, seen, verdict.grace(pod))) {
      probe(pod, seen);
      report(pod, seen);
      return false;
    }
    tools.admission().release(uid);
    tools.claims().unprepare(uid);
    boolean leaves = gone || Containers.isDeleting(pod);
    if (!leaves && !report.isOver(pod)) {
      report.writeLast(pod, seen, verdict.failure());
    }
    for (var sandbox : seen.sandboxes()) {
      if (Observation.isReady(sandbox)) {
        tools.runtime().stopSandbox(sandbox.getId());
      }
    }
    Observation now = seen.withSandboxesNow(tools.runtime(), uid);
    probe(pod, now);
    boolean told = report.isOver(pod) && (report.isFirst() || now.containers().isEmpty());
    if (!gone && !told) {
      report.writeLast(pod, now, verdict.failure());
    }
    ground.unmount();
    over = true;
    if (!leaves) {
      rounds.never();
      return false;
    }
    removal.fromNode(pod, now);
    if (!gone && !Mirrors.isStatic(pod)) {
      removal.fromApi(pod);
    }
    tools.writer().forget(uid);
    return true;
  }

  private void probe(Pod pod, Observation seen) {
    probed.follow(pod, seen, Containers.isDeleting(pod) || gone);
  }

  private void judge(Pod pod) {
    if (verdict.failure() == null && !gone && !report.isOver(pod)) {
      verdict
          .judge(pod, report.before(pod).getStartTime(), ground.isMounted())
          .ifPresent(rounds::at);
    }
  }

  private void report(Pod pod, Observation seen) {
    if (!gone) {
      report.write(pod, seen, verdict.failure());
    }
  }
}
