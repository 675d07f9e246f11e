package dev.navarch.scheduler;

import java.util.List;

/// Prefers some of the nodes on which a pod can run.
public interface ScorePlugin {
  long MOST = 100;

  String name();

  /// How much it counts beside the others.
  default int weight() {
    return 1;
  }

  /// One score from 0 to {@link #MOST} for each node, in order.
  long[] score(PodView pod, List<NodeView> nodes, Snapshot snapshot);

  /// Stretches raw scores so that the best node gets {@link #MOST}.
  static long[] normalized(long[] raw, boolean lessIsBetter) {
    long highest = 0;
    for (long value : raw) {
      highest = Math.max(highest, value);
    }
    long[] scores = new long[raw.length];
    for (int i = 0; i < raw.length; i++) {
      long share = highest == 0 ? 0 : raw[i] * MOST / highest;
      scores[i] = lessIsBetter ? MOST - share : share;
    }
    return scores;
  }
}
