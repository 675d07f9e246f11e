package dev.navarch.store;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletableFuture;

/// The embedded store keeps the contract in simulation, too: its committer, its watches and its
/// clients on one thread, on a disk in memory.
class SimulatedStoreTest extends StoreContract {
  private final Random random = new Random(42);
  private final SimulatedTurns turns = new SimulatedTurns(random);

  @Override
  Store fresh() {
    var disk = new SimulatedDisk(random, () -> SimulatedDisk.Fault.NONE);
    return EmbeddedStore.open(disk, turns.clock(), turns, StoreMetrics.NONE, 16_384);
  }

  @Override
  void pass(Duration time) {
    turns.pass(time);
  }

  @Override
  Waits waits() {
    return turns::until;
  }

  @Override
  <T> List<T> together(List<Callable<T>> tasks) {
    List<CompletableFuture<T>> answers = new ArrayList<>();
    for (Callable<T> task : tasks) {
      var answer = new CompletableFuture<T>();
      answers.add(answer);
      turns.watch(
          () -> {
            try {
              answer.complete(task.call());
            } catch (Exception e) {
              answer.completeExceptionally(e);
            }
          });
    }
    return answers.stream().map(turns::await).toList();
  }

  @Override
  void pause() {
    for (int i = random.nextInt(3); i >= 0; i--) {
      turns.step();
    }
  }
}
