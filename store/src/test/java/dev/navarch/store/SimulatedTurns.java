package dev.navarch.store;

import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.PriorityQueue;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.function.BooleanSupplier;

/// One thread that does everything, in an order that a seed chooses, and the clock that only this
/// thread moves. Whoever waits does what others have to do meanwhile.
final class SimulatedTurns implements Turns {
  private final Random random;
  private final List<Runnable> ready = new ArrayList<>();
  private final PriorityQueue<Due> later =
      new PriorityQueue<>(Comparator.comparingLong(Due::at).thenComparingLong(Due::number));
  private long nanos;
  private long number;
  private Instant wall = Instant.parse("2026-01-01T00:00:00Z");
  private Runnable afterEach = () -> {};

  private record Due(long at, long number, Runnable work) {}

  SimulatedTurns(Random random) {
    this.random = random;
  }

  InstantSource clock() {
    return () -> wall;
  }

  /// What is done after every step: checks.
  void afterEach(Runnable check) {
    afterEach = check;
  }

  @Override
  public void commit(Runnable work) {
    ready.add(work);
  }

  @Override
  public void commit(Duration delay, Runnable work) {
    later.add(new Due(nanos + delay.toNanos(), number++, work));
  }

  @Override
  public void watch(Runnable work) {
    ready.add(work);
  }

  @Override
  public long nanos() {
    return nanos;
  }

  @Override
  public <T> T await(CompletableFuture<T> answer) {
    until(answer::isDone);
    return answer.join();
  }

  /// Goes on until something is so.
  void until(BooleanSupplier so) {
    while (!so.getAsBoolean()) {
      if (!step()) {
        throw new IllegalStateException("nothing is left to do, and it is not so");
      }
    }
  }

  /// Does one thing of those that are to be done; lets time pass when there is none. False when
  /// nothing is left, also not later.
  boolean step() {
    if (ready.isEmpty()) {
      Due next = later.poll();
      if (next == null) {
        return false;
      }
      pass(Duration.ofNanos(Math.max(0, next.at - nanos)));
      ready.add(next.work);
    }
    ready.remove(random.nextInt(ready.size())).run();
    afterEach.run();
    return true;
  }

  /// Does all that is to be done now.
  void settle() {
    while (!ready.isEmpty()) {
      step();
    }
  }

  /// Lets time go on: what falls due is ready.
  void pass(Duration time) {
    nanos += time.toNanos();
    wall = wall.plus(time);
    for (Due next = later.peek(); next != null && next.at <= nanos; next = later.peek()) {
      ready.add(next.work);
      later.poll();
    }
  }

  /// Sets the clock on the wall another way, which no time has passed for.
  void jump(Duration by) {
    wall = wall.plus(by);
  }

  /// As when a process dies: nothing of what was to be done is done.
  void forget() {
    ready.clear();
    later.clear();
  }

  @Override
  public void close() {
    settle();
    later.clear();
  }
}
