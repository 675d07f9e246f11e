package dev.navarch.store;

import static org.awaitility.Awaitility.await;

import java.time.Duration;
import java.util.function.BooleanSupplier;

/// How a test waits until something is so: by looking again and again, or, in a simulation, by
/// letting the others go on.
interface Waits {
  Waits REAL =
      so ->
          await()
              .pollDelay(Duration.ZERO)
              .pollInterval(Duration.ofMillis(2))
              .until(so::getAsBoolean);

  void until(BooleanSupplier so);
}
