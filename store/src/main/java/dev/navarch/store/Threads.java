package dev.navarch.store;

import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/// One thread for the committer, and a virtual one for each watch that has something to tell.
final class Threads implements Turns {
  private final ScheduledThreadPoolExecutor committer =
      new ScheduledThreadPoolExecutor(
          1, Thread.ofPlatform().name("store-committer").daemon().factory());

  Threads() {
    committer.setExecuteExistingDelayedTasksAfterShutdownPolicy(false);
    committer.setRejectedExecutionHandler((_, _) -> {});
  }

  @Override
  public void commit(Runnable work) {
    committer.execute(work);
  }

  @Override
  public void commit(Duration later, Runnable work) {
    committer.schedule(work, later.toNanos(), TimeUnit.NANOSECONDS);
  }

  @Override
  public void watch(Runnable work) {
    Thread.ofVirtual().name("store-watch").start(work);
  }

  @Override
  public <T> T await(CompletableFuture<T> answer) throws TimeoutException {
    return Patience.join(answer);
  }

  @Override
  public long nanos() {
    return System.nanoTime();
  }

  @Override
  public void close() {
    committer.shutdown();
    boolean interrupted = false;
    while (!committer.isTerminated()) {
      try {
        committer.awaitTermination(1, TimeUnit.DAYS);
      } catch (InterruptedException e) {
        interrupted = true;
      }
    }
    if (interrupted) {
      Thread.currentThread().interrupt();
    }
  }
}
