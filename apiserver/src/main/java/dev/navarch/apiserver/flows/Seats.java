package dev.navarch.apiserver.flows;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.ReentrantLock;

/// The seats of a server, one or more for each request that is worked on, divided among the
/// priority levels by their shares. What a level lends and does not use, others may take.
final class Seats {
  /// Guards the queues of all levels. A request that finds a seat of its level free takes none.
  final ReentrantLock lock = new ReentrantLock();

  /// How many requests wait, on all levels.
  final AtomicInteger waiting = new AtomicInteger();

  private final int total;
  private volatile List<PriorityLevel> levels = List.of();

  Seats(int total) {
    this.total = total;
  }

  /// The levels by name; those that were there before go on with whom they serve.
  Map<String, PriorityLevel> divide(List<LevelSettings> settings) {
    lock.lock();
    try {
      int sum = Math.max(1, settings.stream().mapToInt(LevelSettings::shares).sum());
      Map<String, PriorityLevel> before = new HashMap<>();
      levels.forEach(level -> before.put(level.uid(), level));
      Map<String, PriorityLevel> now = new HashMap<>();
      for (LevelSettings each : settings) {
        PriorityLevel level = before.remove(each.uid());
        if (level == null) {
          level = new PriorityLevel(this, each.uid());
        }
        level.become(each, Math.ceilDiv(total * each.shares(), sum));
        now.put(each.name(), level);
      }
      List<PriorityLevel> all = new ArrayList<>(now.values());
      before.values().stream().filter(PriorityLevel::isWaitedFor).forEach(all::add);
      levels = List.copyOf(all);
      return Map.copyOf(now);
    } finally {
      lock.unlock();
      callNext();
    }
  }

  /// Whether there are so many seats that none of the others keeps or uses.
  boolean areToBorrow(PriorityLevel by, int wanted) {
    int taken = by.executing() + wanted;
    for (PriorityLevel level : levels) {
      if (level != by) {
        taken += Math.max(level.executing(), level.kept());
      }
    }
    return taken <= total;
  }

  /// Lets those go on for whom there are seats now.
  void callNext() {
    if (waiting.get() == 0) {
      return;
    }
    lock.lock();
    try {
      levels.forEach(PriorityLevel::callNext);
    } finally {
      lock.unlock();
    }
  }
}
