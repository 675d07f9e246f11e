package dev.navarch.apiserver;

import java.util.Set;
import java.util.concurrent.atomic.AtomicInteger;

/// How many requests are worked on at this moment, reads and writes apart.
public final class InFlight {
  private static final Set<String> WRITES =
      Set.of("create", "update", "patch", "delete", "deletecollection");
  private final AtomicInteger reading = new AtomicInteger();
  private final AtomicInteger writing = new AtomicInteger();

  /// Requests that only read.
  public int reads() {
    return reading.get();
  }

  /// Requests that change something.
  public int writes() {
    return writing.get();
  }

  void run(String verb, Runnable work) {
    AtomicInteger running = WRITES.contains(verb) ? writing : reading;
    running.incrementAndGet();
    try {
      work.run();
    } finally {
      running.decrementAndGet();
    }
  }
}
