package dev.navarch.client;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.function.Consumer;

/// Does many calls at once for one reconciler, in groups of 1, 2, 4, 8 … so that a call that is
/// bound to fail (a quota, an invalid template) fails once and not five hundred times.
public final class Parallel {
  private Parallel() {}

  /// Hands each item to `task`. After the first group with a failure, the rest is left undone and
  /// the failure is thrown.
  public static <I> void slowStart(List<I> items, Consumer<I> task) {
    int size = 1;
    for (int from = 0; from < items.size(); ) {
      int to = Math.min(items.size(), from + size);
      together(items.subList(from, to), task);
      from = to;
      size *= 2;
    }
  }

  /// Hands all items to `task` at once; throws the first failure after all are done.
  public static <I> void together(List<I> items, Consumer<I> task) {
    if (items.size() == 1) {
      task.accept(items.getFirst());
      return;
    }
    try (ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
      List<Future<?>> running = new ArrayList<>();
      for (I item : items) {
        running.add(threads.submit(TrackingCluster.inherit(() -> task.accept(item))));
      }
      await(running);
    }
  }

  private static void await(List<Future<?>> running) {
    RuntimeException failure = null;
    for (Future<?> one : running) {
      try {
        one.get();
      } catch (ExecutionException e) {
        if (failure == null) {
          failure =
              e.getCause() instanceof RuntimeException cause
                  ? cause
                  : new IllegalStateException(e.getCause());
        }
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
        throw new IllegalStateException("interrupted", e);
      }
    }
    if (failure != null) {
      throw failure;
    }
  }
}
