package dev.navarch.store;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Locale;
import java.util.Random;

/// A row of the fault table: how often a fault was made, what was judged after it, and what was
/// found. A failure prints its seed; `-Dnavarch.faults.seed=N` makes the same choices again, and
/// `-Dnavarch.faults=long` makes each fault as often as promised. The rows are appended to the file
/// that `-Dnavarch.faults.table` names.
public final class FaultRow {
  public static final long SEED = Long.getLong("navarch.faults.seed", System.nanoTime() & 0xffff);
  private static final boolean LONG = "long".equals(System.getProperty("navarch.faults"));
  private static final long TELL = 60_000_000_000L;

  private final String fault;
  private final Random random = new Random(SEED);
  private final List<String> violations = new ArrayList<>();
  private final long started = System.nanoTime();
  private long last = started;
  private int runs;
  private int kills;
  private long operations;

  public FaultRow(String fault) {
    this.fault = fault;
  }

  public Random random() {
    return random;
  }

  /// How often to make a fault.
  public static int times(int inShort, int inLong) {
    return LONG ? inLong : inShort;
  }

  public void killed() {
    kills++;
  }

  /// Judges a store by what it had acknowledged.
  void judge(Store store, History history) {
    judged(history.size(), Verdict.on(store, history, random).violations());
  }

  /// Takes note of a judgement.
  ///
  /// @param checked how many operations were looked at
  /// @param found what was wrong, a sentence each
  public void judged(long checked, Collection<String> found) {
    runs++;
    operations += checked;
    found.forEach(this::violated);
    if (System.nanoTime() - last > TELL) {
      last = System.nanoTime();
      System.out.println(line());
    }
  }

  public void violated(String how) {
    violations.add("run %d: %s".formatted(runs, how));
  }

  private String line() {
    return String.format(
        Locale.ROOT,
        "%-58s %6d %6d %10d %10d %6d s",
        fault,
        runs,
        kills,
        operations,
        violations.size(),
        (System.nanoTime() - started) / 1_000_000_000L);
  }

  /// Adds the row to the table, and fails when anything was wrong.
  public void end() {
    System.out.println(line());
    String table = System.getProperty("navarch.faults.table");
    if (table != null) {
      try {
        Files.writeString(
            Path.of(table), line() + "\n", StandardOpenOption.CREATE, StandardOpenOption.APPEND);
      } catch (IOException e) {
        throw new UncheckedIOException(e);
      }
    }
    assertThat(violations).as("%s, seed %d", fault, SEED).isEmpty();
  }
}
