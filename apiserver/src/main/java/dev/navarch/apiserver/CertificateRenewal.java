package dev.navarch.apiserver;

import java.time.Duration;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Looks once a day whether certificates near their end, so that a server that runs for years needs
/// no restart. A failure is logged and tried again the next day: there are thirty left.
final class CertificateRenewal implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(CertificateRenewal.class);
  private static final Duration INTERVAL = Duration.ofDays(1);
  private final ScheduledExecutorService timer =
      Executors.newSingleThreadScheduledExecutor(
          Thread.ofPlatform().daemon().name("certificates").factory());

  private CertificateRenewal() {}

  static CertificateRenewal daily(Runnable renew) {
    CertificateRenewal renewal = new CertificateRenewal();
    long seconds = INTERVAL.toSeconds();
    renewal.timer.scheduleWithFixedDelay(() -> run(renew), seconds, seconds, TimeUnit.SECONDS);
    return renewal;
  }

  private static void run(Runnable renew) {
    try {
      renew.run();
    } catch (RuntimeException e) {
      LOG.atError().setCause(e).log("certificates not renewed");
    }
  }

  @Override
  public void close() {
    timer.shutdownNow();
  }
}
