package dev.navarch.store;

import static org.awaitility.Awaitility.await;

import dev.navarch.store.Store.Event;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import org.jspecify.annotations.Nullable;

/// A listener that keeps what it hears.
final class Recorder implements Store.Listener {
  final List<Event> events = new CopyOnWriteArrayList<>();
  private final CountDownLatch ended = new CountDownLatch(1);
  volatile long progress;
  volatile @Nullable RuntimeException why;

  @Override
  public void changed(List<Event> changes) {
    events.addAll(changes);
  }

  @Override
  public void progress(long revision) {
    progress = revision;
  }

  @Override
  public void ended(@Nullable RuntimeException reason) {
    why = reason;
    ended.countDown();
  }

  List<Event> upTo(long revision) {
    await()
        .pollDelay(Duration.ZERO)
        .pollInterval(Duration.ofMillis(2))
        .until(() -> progress >= revision);
    return List.copyOf(events);
  }

  @Nullable RuntimeException end() {
    await()
        .pollDelay(Duration.ZERO)
        .pollInterval(Duration.ofMillis(2))
        .until(() -> ended.getCount() == 0);
    return why;
  }
}
