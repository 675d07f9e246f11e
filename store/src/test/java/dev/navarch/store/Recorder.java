package dev.navarch.store;

import dev.navarch.store.Store.Event;
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
    return upTo(revision, Waits.REAL);
  }

  List<Event> upTo(long revision, Waits waits) {
    waits.until(() -> progress >= revision);
    return List.copyOf(events);
  }

  @Nullable RuntimeException end() {
    return end(Waits.REAL);
  }

  @Nullable RuntimeException end(Waits waits) {
    waits.until(() -> ended.getCount() == 0);
    return why;
  }
}
