package dev.navarch.app.cli;

import dev.navarch.app.Failures;
import picocli.CommandLine;

/// `navarch server` as a program of its own: it reads no other command's options, which would take
/// a tenth of its start.
final class ServerMain {
  private ServerMain() {}

  public static void main(String[] arguments) {
    System.exit(commandLine().execute(arguments));
  }

  static CommandLine commandLine() {
    return new CommandLine(new Server())
        .setCommandName("navarch server")
        .setExecutionExceptionHandler(Failures::tell);
  }
}
