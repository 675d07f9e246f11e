package dev.navarch.node.probes;

import dev.navarch.node.events.PodStory;
import dev.navarch.node.probes.ProbeBoard.Question;
import io.fabric8.kubernetes.api.model.Container;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.Probe;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutionException;
import org.jspecify.annotations.Nullable;

/// Asks running containers how they are, each question on its own virtual thread, and posts what it
/// hears on the {@link ProbeBoard}. Liveness and readiness wait until the startup probe has
/// succeeded.
public final class Probes {
  private final Checks checks;
  private final ProbeBoard board;
  private final PodStory story;
  private final InstantSource clock;
  private final ProbeCounts counts = new ProbeCounts();
  private final Map<String, Running> running = new ConcurrentHashMap<>();

  public Probes(Checks checks, ProbeBoard board, PodStory story, InstantSource clock) {
    this.checks = checks;
    this.board = board;
    this.story = story;
    this.clock = clock;
  }

  /// What is asked of one container.
  public record Subject(
      Pod pod, Container container, String containerId, String podIp, Instant startedAt) {}

  private record Asking(Question question, Thread thread) {}

  private record Running(List<Asking> asking, CompletableFuture<Void> started) {}

  public ProbeBoard board() {
    return board;
  }

  public ProbeCounts counts() {
    return counts;
  }

  /// Starts asking, unless it does already.
  ///
  /// @param changed is called whenever an answer differs from the one before
  public void watch(Subject subject, Runnable changed) {
    running.computeIfAbsent(subject.containerId(), id -> begin(subject, changed));
  }

  /// What an agent before this one knew of a container that still runs.
  public void adopt(String containerId, boolean started, boolean ready) {
    if (started) {
      board.set(containerId, Question.STARTUP, true);
    }
    if (ready) {
      board.set(containerId, Question.READINESS, true);
    }
  }

  /// Stops asking and forgets the answers.
  public void forget(String containerId) {
    Running stopped = running.remove(containerId);
    if (stopped != null) {
      stopped.asking().forEach(asking -> asking.thread().interrupt());
    }
    board.forget(containerId);
    counts.forget(containerId);
  }

  /// A container that is about to end is asked for its readiness alone.
  public void ending(String containerId) {
    Running run = running.get(containerId);
    if (run != null) {
      run.asking().stream()
          .filter(asking -> asking.question() != Question.READINESS)
          .forEach(asking -> asking.thread().interrupt());
    }
  }

  private Running begin(Subject subject, Runnable changed) {
    var run = new Running(new ArrayList<>(), new CompletableFuture<>());
    Container container = subject.container();
    if (container.getStartupProbe() == null
        || board.holds(subject.containerId(), Question.STARTUP, false)) {
      run.started().complete(null);
    } else {
      ask(run, subject, Question.STARTUP, container.getStartupProbe(), changed);
    }
    ask(run, subject, Question.LIVENESS, container.getLivenessProbe(), changed);
    ask(run, subject, Question.READINESS, container.getReadinessProbe(), changed);
    return run;
  }

  private void ask(
      Running run, Subject subject, Question question, @Nullable Probe probe, Runnable changed) {
    if (probe != null) {
      Thread thread =
          Thread.ofVirtual()
              .name(question.title() + " " + subject.container().getName())
              .start(() -> loop(run, subject, question, probe, changed));
      run.asking().add(new Asking(question, thread));
    }
  }

  private void loop(
      Running run, Subject subject, Question question, Probe probe, Runnable changed) {
    try {
      if (question != Question.STARTUP) {
        run.started().get();
      }
      Duration period =
          Duration.ofSeconds(Objects.requireNonNullElse(probe.getPeriodSeconds(), 10));
      int delay = Objects.requireNonNullElse(probe.getInitialDelaySeconds(), 0);
      var count = new Count(probe);
      Instant next = subject.startedAt().plusSeconds(delay);
      while (true) {
        Duration wait = Duration.between(clock.instant(), next);
        if (wait.isPositive()) {
          Thread.sleep(wait);
        }
        next = clock.instant().plus(period);
        Outcome outcome =
            checks.probe(probe, subject.container(), subject.containerId(), subject.podIp());
        if (Thread.currentThread().isInterrupted()) {
          return;
        }
        counts.add(subject, question, outcome);
        tell(subject, question, outcome);
        if (outcome instanceof Outcome.Unknown) {
          continue;
        }
        switch (count.add(outcome)) {
          case UNDECIDED -> {}
          case GOOD -> {
            post(subject, question, true, changed);
            if (question == Question.STARTUP) {
              run.started().complete(null);
              return;
            }
          }
          case BAD -> {
            post(subject, question, false, changed);
            if (question != Question.READINESS) {
              return;
            }
          }
        }
      }
    } catch (InterruptedException | ExecutionException stopped) {
      Thread.currentThread().interrupt();
    }
  }

  private void tell(Subject subject, Question question, Outcome outcome) {
    var chapter = story.of(subject.pod(), subject.container().getName());
    switch (outcome) {
      case Outcome.Success _ -> {}
      case Outcome.Warning warning ->
          chapter.warning(
              "ProbeWarning", "%s probe warning: %s".formatted(question.title(), warning.output()));
      case Outcome.Failure failure ->
          chapter.warning(
              "Unhealthy", "%s probe failed: %s".formatted(question.title(), failure.output()));
      case Outcome.Unknown unknown ->
          chapter.warning(
              "Unhealthy",
              "%s probe errored and resulted in unknown state: %s"
                  .formatted(question.title(), unknown.output()));
    }
  }

  private void post(Subject subject, Question question, boolean result, Runnable changed) {
    if (board.set(subject.containerId(), question, result)) {
      changed.run();
    }
  }

  private enum Decision {
    UNDECIDED,
    GOOD,
    BAD
  }

  /// Results count only when they came often enough in a row.
  private static final class Count {
    private final int successes;
    private final int failures;
    private boolean last;
    private int inARow;

    Count(Probe probe) {
      this.successes = Objects.requireNonNullElse(probe.getSuccessThreshold(), 1);
      this.failures = Objects.requireNonNullElse(probe.getFailureThreshold(), 3);
    }

    Decision add(Outcome outcome) {
      boolean good = !(outcome instanceof Outcome.Failure);
      inARow = good == last ? inARow + 1 : 1;
      last = good;
      if (inARow < (good ? successes : failures)) {
        return Decision.UNDECIDED;
      }
      return good ? Decision.GOOD : Decision.BAD;
    }
  }
}
