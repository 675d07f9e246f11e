package dev.navarch.node.pods;

import dev.navarch.node.cri.CriException;
import dev.navarch.node.cri.v1.PodSandboxConfig;
import dev.navarch.node.images.ImageState;
import dev.navarch.node.pods.Observation.Seen;
import dev.navarch.node.topology.Provider.NotAssigned;
import dev.navarch.node.volumes.DownwardApi;
import dev.navarch.node.volumes.Ready;
import io.fabric8.kubernetes.api.model.Container;
import io.fabric8.kubernetes.api.model.Pod;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;

/// Starts the containers of one pod: not before their back-off is over and their image is there.
/// Keeps why each one waits, for the status. One thread uses it.
final class ContainerStarter {
  private static final Duration RETRY = Duration.ofSeconds(10);

  private final PodTools tools;
  private final StartTimes times;
  private final Runnable wake;
  private final CompletableFuture<Void> ending;
  private final BackOff backOff;
  private final Map<String, Waiting> waiting = new HashMap<>();
  private final ImageVolumes imageVolumes;

  /// The ids of containers whose first hook failed.
  private final Set<String> unfit = new HashSet<>();

  /// Images that are there while others, which are mounted as volumes, are on their way.
  private final Map<String, ImageState.Present> present = new HashMap<>();

  /// @param wake is called when a container that could not be started may be tried again
  /// @param ending completes when the pod has to end
  ContainerStarter(
      PodTools tools, StartTimes times, Runnable wake, CompletableFuture<Void> ending) {
    this.tools = tools;
    this.times = times;
    this.wake = wake;
    this.imageVolumes = new ImageVolumes(tools.images(), tools.runtime());
    this.ending = ending;
    this.backOff =
        new BackOff(
            tools.config().settings().duration("crashLoopBackOff.maxContainerRestartPeriod"));
  }

  /// The pod's sandbox and volumes, ready for containers.
  record Ground(String sandboxId, PodSandboxConfig config, Map<String, Ready> volumes) {}

  Map<String, Waiting> waiting() {
    return waiting;
  }

  void waitFor(String container, Waiting why) {
    waiting.put(container, why);
  }

  /// Running containers that have to end because their first hook failed.
  List<Plan.Kill> unfit(Pod pod, Observation seen) {
    unfit.retainAll(seen.running().map(Seen::id).toList());
    return seen.running()
        .filter(container -> unfit.contains(container.id()))
        .flatMap(
            container ->
                Containers.named(pod, container.name()).stream()
                    .map(
                        spec ->
                            new Plan.Kill(
                                container, spec, "FailedPostStartHook", null, Plan.Purpose.ILL)))
        .toList();
  }

  /// Returns when to try again, if it was not started and time alone may help.
  Optional<Instant> start(Pod pod, Container container, Ground ground, Observation seen) {
    String name = container.getName();
    Optional<Seen> last = seen.container(name);
    Instant now = tools.clock().instant();
    Optional<Instant> ended =
        last.filter(Seen::hasExited)
            .map(seenLast -> Instant.ofEpochSecond(0, seenLast.status().getFinishedAt()));
    if (ended.isPresent()) {
      Duration left = backOff.remaining(name, ended.get(), now);
      if (left.isPositive()) {
        crashLoop(pod, name);
        return Optional.of(now.plus(left));
      }
    }
    ImageState state =
        present.containsKey(name)
            ? present.get(name)
            : tools.images().ensure(pod, container, ground.config(), wake);
    if (!(state instanceof ImageState.Present image)) {
      return await(pod, name, state);
    }
    try {
      return switch (imageVolumes.of(pod, container, ground.volumes(), ground.config(), wake)) {
        case ImageVolumes.State.NotYet(ImageState why) -> {
          present.put(name, image);
          yield await(pod, name, why);
        }
        case ImageVolumes.State.Here(var contents) -> {
          present.remove(name);
          yield create(pod, container, ground, seen, image, contents, ended);
        }
      };
    } catch (StartException e) {
      fail(pod, name, new Waiting(e.reason(), e.message()), e.message());
      return Optional.of(now.plus(RETRY));
    }
  }

  private Optional<Instant> await(Pod pod, String container, ImageState state) {
    if (!(state instanceof ImageState.Missing missing)) {
      return Optional.empty();
    }
    fail(pod, container, new Waiting(missing.reason(), missing.message()), missing.reason());
    return Optional.of(missing.again());
  }

  private Optional<Instant> create(
      Pod pod,
      Container container,
      Ground ground,
      Observation seen,
      ImageState.Present image,
      Map<String, String> contents,
      Optional<Instant> ended) {
    String name = container.getName();
    Instant now = tools.clock().instant();
    var chapter = tools.story().of(pod, name);
    int attempt = seen.container(name).map(last -> last.attempt() + 1).orElse(0);
    try {
      String id = createOnly(pod, container, ground, seen, image, contents, attempt);
      chapter.normal("Created", "Container created");
      ended.ifPresent(at -> backOff.restarted(name, at, now));
      run(id);
      chapter.normal("Started", "Container started");
      waiting.remove(name);
      Optional<String> hook =
          tools
              .hooks()
              .postStart(pod, container, id, seen.podIps().stream().findFirst().orElse(""), ending);
      if (hook.isPresent()) {
        waiting.put(name, new Waiting(StartException.HOOK, hook.get()));
        unfit.add(id);
        wake.run();
      }
      removeOld(pod, seen, name, attempt);
      return Optional.empty();
    } catch (StartException e) {
      fail(pod, name, new Waiting(e.reason(), e.message()), e.message());
      return Optional.of(now.plus(RETRY));
    }
  }

  private String createOnly(
      Pod pod,
      Container container,
      Ground ground,
      Observation seen,
      ImageState.Present image,
      Map<String, String> contents,
      int attempt) {
    DownwardApi self = tools.self(pod, seen.podIps());
    Path hosts = tools.config().podDir(pod.getMetadata().getUid()).resolve("etc-hosts");
    String target =
        Containers.target(pod, container.getName())
            .flatMap(seen::container)
            .map(Seen::id)
            .orElse("");
    try {
      HostsFile.write(
          hosts,
          pod,
          SandboxConfigs.shortName(pod),
          tools.config().settings().clusterDomain(),
          seen.podIps());
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    var order =
        new ContainerConfigs.Order(
            self,
            container,
            attempt,
            seen.life(pod),
            image,
            ground.volumes(),
            contents,
            hosts,
            target);
    try {
      tools.admission().provision().beforeStart(pod, container);
    } catch (NotAssigned e) {
      throw new StartException(StartException.CONFIG, e.message());
    }
    var config = tools.userNamespaces().apply(pod, tools.containers().of(order));
    try {
      return times.of(
          StartTimes.Phase.CREATE,
          () ->
              tools
                  .runtime()
                  .createContainer(
                      ground.sandboxId(),
                      config,
                      tools.userNamespaces().apply(pod, ground.config())));
    } catch (CriException e) {
      throw new StartException(StartException.CREATE, e.said());
    }
  }

  private void run(String id) {
    try {
      times.of(
          StartTimes.Phase.START,
          () -> {
            tools.runtime().startContainer(id);
            return id;
          });
    } catch (CriException e) {
      throw new StartException(StartException.RUN, e.said());
    }
  }

  /// Keeps the newest dead container of a name for its log and status, and removes older ones.
  private void removeOld(Pod pod, Observation seen, String name, int attempt) {
    seen.ofName(name)
        .skip(1)
        .filter(container -> !container.isRunning())
        .forEach(container -> tools.runtime().removeContainer(container.id()));
    var meta = pod.getMetadata();
    try {
      Files.deleteIfExists(
          tools
              .config()
              .podLogDir(meta.getNamespace(), meta.getName(), meta.getUid())
              .resolve(name)
              .resolve(attempt - 2 + ".log"));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private void crashLoop(Pod pod, String name) {
    var meta = pod.getMetadata();
    String full = "%s_%s(%s)".formatted(meta.getName(), meta.getNamespace(), meta.getUid());
    var why =
        new Waiting(
            "CrashLoopBackOff",
            "back-off %s restarting failed container=%s pod=%s"
                .formatted(text(backOff.pause(name)), name, full));
    if (!why.equals(waiting.put(name, why))) {
      tools
          .story()
          .of(pod, name)
          .warning(
              "BackOff", "Back-off restarting failed container %s in pod %s".formatted(name, full));
    }
  }

  private void fail(Pod pod, String name, Waiting why, String error) {
    if (!why.equals(waiting.put(name, why))) {
      tools.story().of(pod, name).warning("Failed", "Error: " + error);
    }
  }

  /// `2m40s`, as people know it from events.
  static String text(Duration duration) {
    return duration.toMinutes() == 0
        ? duration.toSeconds() + "s"
        : duration.toMinutes() + "m" + duration.toSecondsPart() + "s";
  }
}
