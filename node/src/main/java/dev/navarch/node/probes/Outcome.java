package dev.navarch.node.probes;

/// What one check found.
public sealed interface Outcome {
  Outcome SUCCESS = new Success();

  record Success() implements Outcome {}

  /// Good enough, but worth a word.
  record Warning(String output) implements Outcome {}

  /// @param output what the container or the network said, as the event shows it
  record Failure(String output) implements Outcome {}

  /// The check itself could not be made: it says nothing about the container.
  record Unknown(String output) implements Outcome {}
}
