package dev.navarch.bench;

import java.util.List;

/// The benchmarks, by name. Each prints what it measured beside its target, as text.
public final class Bench {
  private Bench() {}

  public static void main(String[] arguments) throws Exception {
    switch (List.of(arguments)) {
      case List<String> one when one.equals(List.of("start")) -> StartBench.run();
      default -> {
        System.err.println("navarch: no such benchmark: " + String.join(" ", arguments));
        System.err.println("  → there is: start");
        System.exit(2);
      }
    }
  }
}
