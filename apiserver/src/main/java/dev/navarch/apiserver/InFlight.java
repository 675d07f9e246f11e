package dev.navarch.apiserver;

import dev.navarch.api.ApiError;
import dev.navarch.api.ApiException;
import dev.navarch.apiserver.auth.User;
import java.time.Duration;
import java.util.Set;
import java.util.concurrent.atomic.AtomicInteger;

/// How many requests may be worked on at once, reads and writes apart, so that overload makes the
/// server refuse and never fall. Administrators always get through: somebody has to help.
public final class InFlight {
  private static final Set<String> WRITES =
      Set.of("create", "update", "patch", "delete", "deletecollection");
  private static final String ADMINISTRATORS = "system:masters";
  private final AtomicInteger reading = new AtomicInteger();
  private final AtomicInteger writing = new AtomicInteger();
  private final int mostReads;
  private final int mostWrites;

  /// Upstream's limits.
  public InFlight() {
    this(400, 200);
  }

  InFlight(int mostReads, int mostWrites) {
    this.mostReads = mostReads;
    this.mostWrites = mostWrites;
  }

  /// Requests that only read, at this moment.
  public int reads() {
    return reading.get();
  }

  /// Requests that change something, at this moment.
  public int writes() {
    return writing.get();
  }

  /// Does the work if there is room for it, else asks to come again in a second.
  void run(String verb, User user, Runnable work) {
    boolean writes = WRITES.contains(verb);
    AtomicInteger running = writes ? writing : reading;
    int most = writes ? mostWrites : mostReads;
    try {
      if (running.incrementAndGet() > most && !user.groups().contains(ADMINISTRATORS)) {
        throw new ApiException(
            new ApiError.TooManyRequests(
                "Too many requests, please try again later.", Duration.ofSeconds(1)));
      }
      work.run();
    } finally {
      running.decrementAndGet();
    }
  }
}
