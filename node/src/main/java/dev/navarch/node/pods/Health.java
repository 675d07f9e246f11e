package dev.navarch.node.pods;

import dev.navarch.node.probes.ProbeBoard;
import dev.navarch.node.probes.ProbeBoard.Question;
import io.fabric8.kubernetes.api.model.Container;

/// What the probes mean for a running container; one without a probe passes it.
record Health(ProbeBoard board) {

  boolean isStarted(Container container, String id) {
    return container.getStartupProbe() == null || board.holds(id, Question.STARTUP, false);
  }

  boolean failedToStart(Container container, String id) {
    return container.getStartupProbe() != null && !board.holds(id, Question.STARTUP, true);
  }

  boolean isAlive(String id) {
    return board.holds(id, Question.LIVENESS, true);
  }

  boolean isReady(Container container, String id) {
    return isStarted(container, id)
        && (container.getReadinessProbe() == null || board.holds(id, Question.READINESS, false));
  }
}
