package dev.navarch.app;

import dev.navarch.app.cli.Commands;
import picocli.CommandLine;

/// The program. Exit codes: 0 done, 1 it failed (one sentence says why), 2 the command line is
/// wrong.
public final class Navarch {
  private Navarch() {}

  public static void main(String[] arguments) {
    System.exit(commandLine().execute(arguments));
  }

  public static CommandLine commandLine() {
    return Commands.commandLine().setExecutionExceptionHandler(Failures::tell);
  }
}
