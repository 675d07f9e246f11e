package dev.navarch.node.pods;

import dev.navarch.api.ApiException;
import dev.navarch.client.Key;
import dev.navarch.node.cri.CriException;
import dev.navarch.node.cri.v1.PodSandboxConfig;
import dev.navarch.node.cri.v1.PodSandboxStatus;
import dev.navarch.node.dra.DraException;
import dev.navarch.node.pods.ContainerStarter.Ground;
import dev.navarch.node.volumes.Ready;
import dev.navarch.node.volumes.VolumeException;
import io.fabric8.kubernetes.api.model.Container;
import io.fabric8.kubernetes.api.model.Pod;
import java.io.IOException;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Brings one pod to what its spec asks for and keeps it there, on one virtual thread, from its
/// sandbox to its removal. Each round looks, decides ({@link Plan}), acts and reports; everything
/// that happens only wakes it for another round, so nothing is lost and nothing runs twice.
final class PodWorker {
  private static final Logger LOG = LoggerFactory.getLogger(PodWorker.class);
  private static final Duration REFRESH = Duration.ofSeconds(55);

  private final PodTools tools;
  private final String uid;
  private final Runnable done;
  private final Rounds rounds;
  private final CompletableFuture<Void> hasToEnd = new CompletableFuture<>();
  private final Stops stops;
  private final StartTimes times;
  private final ContainerStarter starter;
  private final ProbedContainers probed;
  private final Sandboxes sandboxes;
  private final Removal removal;
  private final Resizes resizes;
  private final PodReport report;
  private final PodVerdict verdict;
  private final PodEnd ending;
  private final Set<String> replaced = new HashSet<>();
  private volatile Pod latest;
  private volatile boolean gone;
  private volatile boolean closed;
  private volatile boolean stale;
  private @Nullable Map<String, Ready> volumes;
  private Instant refreshAt = Instant.MIN;
  private volatile boolean over;
  private boolean admitted;

  /// @param done is called when the pod is gone from this node
  PodWorker(PodTools tools, Pod pod, Runnable done) {
    this.tools = tools;
    this.uid = pod.getMetadata().getUid();
    this.latest = pod;
    this.done = done;
    this.rounds = new Rounds(tools.clock());
    this.stops = new Stops(tools, this::wake);
    this.times = new StartTimes(tools.clock());
    this.starter = new ContainerStarter(tools, times, this::wake, hasToEnd);
    this.probed = new ProbedContainers(tools, this::wake);
    this.sandboxes = new Sandboxes(tools, times);
    this.removal = new Removal(tools);
    this.resizes = new Resizes(tools, this::pod, this::wake);
    this.report = new PodReport(tools, starter.waiting(), resizes, times);
    this.verdict = new PodVerdict(tools);
    this.ending = new PodEnd(stops);
  }

  void start() {
    Thread.ofVirtual().name("pod " + Key.of(latest)).start(this::run);
  }

  Pod pod() {
    return latest;
  }

  /// Whether it comes from elsewhere than the API.
  boolean isStatic() {
    return Mirrors.isStatic(latest);
  }

  void update(Pod pod) {
    Pod before = latest;
    var was = before.getMetadata();
    var is = pod.getMetadata();
    if (!Objects.equals(was.getLabels(), is.getLabels())
        || !Objects.equals(was.getAnnotations(), is.getAnnotations())) {
      stale = true;
    }
    latest = pod;
    if (Containers.isDeleting(pod)) {
      hasToEnd.complete(null);
    }
    if (PodNews.isNews(before, pod, report.latest())) {
      wake();
    }
  }

  /// What the pod's volumes show has changed: write it to them again.
  void refresh() {
    stale = true;
    wake();
  }

  /// The API knows this pod no more: end it, and tell nobody.
  void orphan() {
    gone = true;
    hasToEnd.complete(null);
    wake();
  }

  /// The node needs what the pod uses: ends it.
  void evict(Failure why) {
    verdict.evict(why);
    wake();
  }

  /// Whether nothing of it runs any more, for good.
  boolean hasEnded() {
    return over;
  }

  void wake() {
    rounds.wake();
  }

  /// Lets go of the pod and leaves it running.
  void close() {
    closed = true;
    hasToEnd.complete(null);
    wake();
  }

  private void run() {
    try {
      while (true) {
        rounds.await();
        if (closed) {
          probed.close();
          return;
        }
        rounds.begin(REFRESH);
        if (round()) {
          done.run();
          return;
        }
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  /// Returns whether the pod is gone.
  private boolean round() throws InterruptedException {
    Pod pod = latest;
    try {
      boolean over = step(pod, Observation.of(tools.runtime(), uid));
      rounds.end();
      return over;
    } catch (CriException
        | ApiException
        | VolumeException
        | DraException
        | IOException
        | java.io.UncheckedIOException e) {
      LOG.atWarn()
          .addKeyValue("pod", Key.of(pod))
          .addKeyValue("reason", e.getMessage())
          .log("pod could not be brought on, trying again");
      rounds.again();
      return false;
    } catch (RuntimeException e) {
      LOG.atError().addKeyValue("pod", Key.of(pod)).setCause(e).log("pod worker failed");
      rounds.again();
      return false;
    }
  }

  private boolean step(Pod pod, Observation seen) throws IOException, InterruptedException {
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
    if (!prepareClaims(pod) || !prepare(pod, seen)) {
      report(pod, seen);
      return false;
    }
    Observation now = seen;
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
    String ip = ip(seen);
    List<Plan.Kill> kills = new ArrayList<>(run.kill());
    kills.addAll(starter.unfit(pod, seen));
    kills.addAll(resizes.apply(pod, seen));
    for (Plan.Kill kill : kills) {
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
    if (run.start().isEmpty()) {
      return seen;
    }
    PodSandboxStatus sandbox = seen.sandbox().orElseThrow();
    PodSandboxConfig config = tools.sandboxes().of(pod, sandbox.getMetadata().getAttempt());
    Map<String, Ready> ready = volumes == null ? Map.of() : volumes;
    var ground = new Ground(sandbox.getId(), config, ready);
    Pod granted = tools.admission().allocated(pod);
    for (Container wanted : run.start()) {
      Container container = Containers.named(granted, wanted.getName()).orElse(wanted);
      starter.start(granted, container, ground, seen).ifPresent(rounds::at);
    }
    Observation now = seen.withContainersNow(tools.runtime(), uid);
    if (Containers.all(pod).count() > 1 && !now.equals(seen)) {
      // Others may have waited for those that run now.
      wake();
    }
    return now;
  }

  private boolean prepare(Pod pod, Observation seen) throws IOException {
    Instant now = tools.clock().instant();
    if (volumes != null && !stale && now.isBefore(refreshAt)) {
      return true;
    }
    try {
      stale = false;
      tools.cgroups().create(tools.admission().allocated(pod));
      volumes = tools.volumes().mount(tools.self(pod, seen.podIps()));
      refreshAt = now.plus(REFRESH.minusSeconds(Math.floorMod(uid.hashCode(), 10)));
      return true;
    } catch (VolumeException e) {
      tools.story().warning(pod, "FailedMount", String.valueOf(e.getMessage()));
      stale = true;
      rounds.again();
      return volumes != null;
    }
  }

  private boolean prepareClaims(Pod pod) throws InterruptedException {
    try {
      tools.claims().prepare(pod);
      return true;
    } catch (DraException e) {
      tools
          .story()
          .warning(
              pod,
              "FailedPrepareDynamicResources",
              "Failed to prepare dynamic resources: " + e.why());
      rounds.again();
      return false;
    }
  }

  private boolean makeSandbox(Pod pod, Observation seen, int attempt) throws IOException {
    if (ending.stopRunning(pod, seen, verdict.grace(pod))) {
      return false;
    }
    boolean made = sandboxes.make(pod, seen, attempt);
    if (!made) {
      rounds.again();
    }
    return made;
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
  private void admit(Pod pod, Observation seen) {
    if (admitted || gone || report.isOver(pod)) {
      return;
    }
    admitted = true;
    boolean begun = !seen.isEmpty() || report.before(pod).getStartTime() != null;
    if (begun || Containers.isDeleting(pod)) {
      tools.admission().adopt(pod);
    } else {
      tools
          .abilities()
          .missing(pod)
          .or(() -> tools.admission().admit(pod))
          .ifPresent(why -> verdict.reject(pod, why));
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
    for (PodSandboxStatus sandbox : seen.sandboxes()) {
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
    tools.volumes().unmount(uid);
    volumes = null;
    over = true;
    if (!leaves) {
      rounds.never();
      return false;
    }
    removal.fromNode(pod, now);
    if (!gone && !isStatic()) {
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
      verdict.judge(pod, report.before(pod).getStartTime(), volumes != null).ifPresent(rounds::at);
    }
  }

  private void report(Pod pod, Observation seen) {
    if (!gone) {
      report.write(pod, seen, verdict.failure());
    }
  }

  private static String ip(Observation seen) {
    return seen.podIps().stream().findFirst().orElse("");
  }
}
