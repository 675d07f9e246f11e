package dev.navarch.app.cli;

import dev.navarch.app.Failures;
import picocli.CommandLine;

/// `navarch agent` as a program of its own: it loads no class of the other commands, which would
/// cost every node their memory.
final class AgentMain {
  private AgentMain() {}

  public static void main(String[] arguments) {
    System.exit(commandLine().execute(arguments));
  }

  static CommandLine commandLine() {
    return new CommandLine(new Agent())
        .setCommandName("navarch agent")
        .setExecutionExceptionHandler(Failures::tell);
  }
}
