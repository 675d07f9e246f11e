package dev.navarch.store;

import static java.nio.charset.StandardCharsets.UTF_8;

import dev.navarch.store.History.Answer;
import dev.navarch.store.History.Operation;
import dev.navarch.store.SimulatedDisk.Death;
import dev.navarch.store.SimulatedDisk.Fault;
import dev.navarch.store.Store.Outcome;
import dev.navarch.store.Store.UnavailableException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import org.jspecify.annotations.Nullable;

/// A life of an embedded store under a seed: clients that write and watch, a clock that jumps, a
/// disk that fails, fills and loses power, all on one thread. After every step the {@link
/// Invariant}s are checked, after every crash and at the end the whole history.
final class Simulation {
  private static final int CLIENTS = 4;
  private static final int KEYS = 5;
  private static final int WATCHES = 3;
  private static final String PREFIX = "/registry/faults/";

  final History history = new History();
  final List<WatchCheck> watches = new ArrayList<>();
  final SimulatedDisk disk;
  EmbeddedStore store;
  int crashes;
  int steps;

  private final Random random;
  private final SimulatedTurns turns;
  private final List<Client> clients = new ArrayList<>();
  private final List<Invariant> invariants = Invariant.all();
  private final List<String> found = new ArrayList<>();
  private final Fault planted;
  private boolean calm;
  private int operations;

  /// @param planted a bug that the disk has now and then; NONE for none
  Simulation(long seed, Fault planted) {
    this.random = new Random(seed);
    this.planted = planted;
    this.turns = new SimulatedTurns(random);
    this.disk = new SimulatedDisk(random, this::fault);
    this.store = open();
    for (int i = 0; i < CLIENTS; i++) {
      clients.add(new Client());
    }
    turns.afterEach(this::check);
  }

  private EmbeddedStore open() {
    return EmbeddedStore.open(disk, turns.clock(), turns, StoreMetrics.NONE, 64);
  }

  private Fault fault() {
    if (calm || random.nextInt(12) != 0) {
      return Fault.NONE;
    }
    if (planted != Fault.NONE) {
      return planted;
    }
    return switch (random.nextInt(8)) {
      case 0, 1 -> Fault.UNDONE;
      case 2, 3 -> Fault.DONE;
      case 4 -> Fault.FULL;
      case 5 -> Fault.DIES_BEFORE;
      case 6 -> Fault.DIES_AFTER;
      default -> Fault.NONE;
    };
  }

  /// Lives for so many steps, then ends well; returns what went wrong.
  List<String> run(int most) {
    for (int i = 0; i < most && found.isEmpty(); i++) {
      surviving(this::act);
    }
    if (found.isEmpty()) {
      end();
    }
    return List.copyOf(found);
  }

  private void act() {
    switch (random.nextInt(24)) {
      case 0 -> turns.pass(Duration.ofMillis(random.nextInt(1_500)));
      case 1 -> turns.jump(Duration.ofHours(random.nextInt(3) - 1));
      case 2 -> watch();
      case 3 -> compact();
      case 4 -> disk.free();
      case 5 -> {
        if (random.nextInt(6) == 0) {
          throw new Death();
        }
      }
      case 6 -> expiring();
      case 7, 8, 9, 10, 11, 12, 13 -> clients.get(random.nextInt(CLIENTS)).act();
      default -> turns.step();
    }
  }

  private void surviving(Runnable work) {
    try {
      work.run();
    } catch (Death e) {
      crash();
    } catch (UnavailableException e) {
      // the disk is full, or fails just now
    }
    check();
  }

  private void crash() {
    crashes++;
    turns.forget();
    disk.crash();
    clients.forEach(Client::forget);
    watches.clear();
    try {
      store = open();
      verdict();
    } catch (IllegalStateException e) {
      found.add(String.valueOf(e.getMessage()));
    }
  }

  private void verdict() {
    boolean before = calm;
    calm = true;
    found.addAll(Verdict.on(store, history, random, turns::until).violations());
    calm = before;
  }

  private void check() {
    steps++;
    for (Invariant each : invariants) {
      each.broken(this).ifPresent(how -> found.add("step %d: %s".formatted(steps, how)));
    }
  }

  private void watch() {
    if (watches.size() == WATCHES) {
      watches.clear();
    }
    long compacted = Math.max(1, store.compactedRevision());
    long after = compacted + random.nextLong(store.revision() - compacted + 1);
    var check = new WatchCheck(after);
    store.watch(PREFIX, after, check);
    watches.add(check);
  }

  private void compact() {
    store.compact(Math.max(1, store.revision() - random.nextInt(40)));
  }

  private void expiring() {
    String key = "/registry/events/e" + random.nextInt(3);
    long expected = store.get(key).map(Store.KeyValue::modRevision).orElse(0L);
    store.put(key, new byte[0], expected, Duration.ofSeconds(1 + random.nextInt(5)));
  }

  /// All is well again: everybody gets an answer, and what was to go has gone.
  private void end() {
    calm = true;
    disk.free();
    turns.pass(Duration.ofHours(4));
    surviving(() -> turns.until(() -> store.count("/registry/events/", "/registry/events0") == 0));
    surviving(() -> turns.until(() -> clients.stream().allMatch(Client::hear)));
    verdict();
    store.close();
    store = open();
    verdict();
    store.close();
  }

  /// Writes one key at a time, if nobody was faster.
  private final class Client {
    private @Nullable Operation asked;
    private @Nullable CompletableFuture<Outcome> answer;

    void act() {
      if (!hear()) {
        return;
      }
      String key = PREFIX + "k" + random.nextInt(KEYS);
      long seen = store.get(key).map(Store.KeyValue::modRevision).orElse(0L);
      long expected = random.nextInt(6) == 0 ? Math.max(0, seen - 1) : seen;
      boolean delete = expected != 0 && random.nextInt(4) == 0;
      String value = "v" + operations++;
      asked = new Operation(key, value, delete, Answer.UNKNOWN, 0);
      history.add(asked);
      answer = store.submit(key, delete ? null : value.getBytes(UTF_8), expected, 0);
    }

    /// Takes note of the answer; false while there is none.
    boolean hear() {
      Operation of = asked;
      if (answer == null || of == null) {
        return true;
      }
      if (!answer.isDone()) {
        return false;
      }
      try {
        history.add(
            switch (answer.join()) {
              case Outcome.Committed(long revision) -> answered(of, Answer.ACKNOWLEDGED, revision);
              case Outcome.Mismatch _ -> answered(of, Answer.REFUSED, 0);
            });
      } catch (CompletionException unknown) {
        // it may have been done or not
      }
      forget();
      return true;
    }

    private static Operation answered(Operation of, Answer answer, long revision) {
      return new Operation(of.key(), of.value(), of.delete(), answer, revision);
    }

    void forget() {
      asked = null;
      answer = null;
    }
  }
}
