package dev.navarch.node;

import dev.navarch.api.ApiException;
import dev.navarch.node.cri.CriException;
import java.io.UncheckedIOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// What has to be done on a node every so often, each chore on its own thread; one that fails is
/// tried again at its next time.
final class Housekeeping implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(Housekeeping.class);
  private final List<Thread> threads = new ArrayList<>();

  void every(Duration period, String name, Runnable chore) {
    threads.add(
        Thread.ofVirtual()
            .name(name)
            .start(
                () -> {
                  try {
                    while (true) {
                      Thread.sleep(period);
                      attempt(name, chore);
                    }
                  } catch (InterruptedException e) {
                    Thread.currentThread().interrupt();
                  }
                }));
  }

  private static void attempt(String name, Runnable chore) {
    try {
      chore.run();
    } catch (ApiException | CriException | UncheckedIOException e) {
      LOG.atWarn()
          .addKeyValue("chore", name)
          .addKeyValue("reason", e.getMessage())
          .log("a chore failed, it will be tried again");
    }
  }

  @Override
  public void close() {
    threads.forEach(Thread::interrupt);
  }
}
