package dev.navarch.node;

import dev.navarch.api.ApiException;
import dev.navarch.node.cri.CriException;
import java.time.Duration;
import java.util.concurrent.Callable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// What fails as long as runtime or API server are away is tried again, and said once.
final class Attempts {
  private static final Logger LOG = LoggerFactory.getLogger(Attempts.class);
  private static final Duration RETRY = Duration.ofSeconds(1);

  private Attempts() {}

  /// The next time is soon enough.
  static void once(String what, Runnable action) {
    try {
      action.run();
    } catch (ApiException | CriException e) {
      LOG.atWarn()
          .addKeyValue("what", what)
          .addKeyValue("reason", e.getMessage())
          .log("heartbeat failed, trying again");
    }
  }

  /// Returns when it has worked.
  static <T> T untilItWorks(String what, Callable<T> action) throws InterruptedException {
    String said = "";
    while (true) {
      try {
        return action.call();
      } catch (ApiException | CriException e) {
        String reason = String.valueOf(e.getMessage());
        if (!reason.equals(said)) {
          LOG.atWarn()
              .addKeyValue("what", what)
              .addKeyValue("reason", reason)
              .log("waiting, trying again");
          said = reason;
        }
        Thread.sleep(RETRY);
      } catch (RuntimeException e) {
        throw e;
      } catch (Exception e) {
        throw new IllegalStateException(e);
      }
    }
  }
}
