package dev.navarch.node.probes;

/// What one check found.
public sealed interface Outcome {
  Outcome SUCCESS = new Success();

  record Success() implements Outcome {}

  /// @param output what the container or the network said, as the event shows it
  record Failure(String output) implements Outcome {}
}
