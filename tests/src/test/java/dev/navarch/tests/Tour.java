package dev.navarch.tests;

import java.util.ArrayList;
import java.util.List;

/// What a user types and kubectl prints, one after the other, as it is kept for review.
final class Tour {
  private final StringBuilder text = new StringBuilder();
  private Kubectl kubectl;

  Tour(Kubectl kubectl) {
    this.kubectl = kubectl;
  }

  /// The rest of the tour is another kubectl's: of another editor or namespace.
  void with(Kubectl other) {
    kubectl = other;
  }

  Kubectl.Answer run(String... arguments) {
    return feed("", arguments);
  }

  /// Runs a command that reads a manifest from its standard input.
  Kubectl.Answer feed(String input, String... arguments) {
    Kubectl.Answer answer = kubectl.run(input, arguments);
    note(answer.command(), answer.out() + answer.err());
    if (answer.exit() != 0) {
      text.append("[exit ").append(answer.exit()).append("]\n");
    }
    return answer;
  }

  void note(List<String> command, String output) {
    List<String> shown = new ArrayList<>();
    command.forEach(word -> shown.add(word.contains(" ") ? "'" + word + "'" : word));
    text.append("$ kubectl ").append(String.join(" ", shown)).append('\n').append(output);
    if (!output.isEmpty() && !output.endsWith("\n")) {
      text.append('\n');
    }
  }

  String text() {
    return text.toString();
  }
}
