package dev.navarch.app.local;

import java.io.Console;
import java.io.PrintStream;
import java.time.Duration;
import java.util.Optional;
import java.util.function.Supplier;

/// Tells the user what is going on, step by step: one line that changes on a terminal, plain lines
/// otherwise.
public final class Progress {
  private final PrintStream out;
  private final boolean terminal;

  public Progress(PrintStream out, boolean terminal) {
    this.out = out;
    this.terminal = terminal;
  }

  public static Progress onStandardOutput() {
    return new Progress(System.out, isTerminal());
  }

  private static boolean isTerminal() {
    return Optional.ofNullable(System.console()).map(Console::isTerminal).orElse(false);
  }

  /// Runs one step; its line ends with how long it took.
  public <T> T step(String what, Supplier<T> work) {
    long start = System.nanoTime();
    now(what + " …");
    try {
      T result = work.get();
      done("✓", what, start);
      return result;
    } catch (RuntimeException e) {
      done("✗", what, start);
      throw e;
    }
  }

  public void step(String what, Runnable work) {
    step(
        what,
        () -> {
          work.run();
          return true;
        });
  }

  /// What happens inside the current step; only a terminal shows it.
  public void now(String what) {
    if (terminal) {
      out.print("\r\033[K  " + what);
      out.flush();
    }
  }

  public void say(String line) {
    if (terminal) {
      out.print("\r\033[K");
    }
    out.println(line);
  }

  private void done(String mark, String what, long start) {
    double seconds = Duration.ofNanos(System.nanoTime() - start).toMillis() / 1000.0;
    say("  %s %s (%.1f s)".formatted(mark, what, seconds));
  }
}
