package dev.navarch.node.probes;

import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;

/// What the probes found last, by container id. A container without an entry was not probed yet.
public final class ProbeBoard {
  private final Map<Asked, Boolean> results = new ConcurrentHashMap<>();

  /// The three questions.
  public enum Question {
    STARTUP("Startup"),
    LIVENESS("Liveness"),
    READINESS("Readiness");

    private final String title;

    Question(String title) {
      this.title = title;
    }

    String title() {
      return title;
    }
  }

  private record Asked(String containerId, Question question) {}

  /// What is known, else `unknown`.
  public boolean holds(String containerId, Question question, boolean unknown) {
    return results.getOrDefault(new Asked(containerId, question), unknown);
  }

  /// Returns whether this is news.
  boolean set(String containerId, Question question, boolean result) {
    Boolean before = results.put(new Asked(containerId, question), result);
    return before == null || before != result;
  }

  public void forget(String containerId) {
    results.keySet().removeIf(asked -> asked.containerId().equals(containerId));
  }
}
