package dev.navarch.app;

import dev.navarch.api.ApiException;
import dev.navarch.app.cli.Commands;
import dev.navarch.app.local.UserError;
import dev.navarch.node.host.Commands.CommandException;
import java.io.UncheckedIOException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import picocli.CommandLine;

/// The program. Exit codes: 0 done, 1 it failed (one sentence says why), 2 the command line is
/// wrong.
public final class Navarch {
  private static final Logger LOG = LoggerFactory.getLogger(Navarch.class);

  private Navarch() {}

  public static void main(String[] arguments) {
    System.exit(commandLine().execute(arguments));
  }

  public static CommandLine commandLine() {
    return Commands.commandLine().setExecutionExceptionHandler(Navarch::fail);
  }

  private static int fail(Exception e, CommandLine command, CommandLine.ParseResult parsed) {
    switch (e) {
      case UserError error -> {
        command.getErr().println("navarch: " + error.getMessage());
        command.getErr().println("  → " + error.remedy());
      }
      case ApiException error ->
          command.getErr().println("navarch: the API server says: " + error.getMessage());
      case CommandException error -> command.getErr().println("navarch: " + error.getMessage());
      case IllegalArgumentException error -> {
        command.getErr().println("navarch: " + error.getMessage());
        return CommandLine.ExitCode.USAGE;
      }
      case UncheckedIOException error -> {
        String cause =
            error.getCause() == null ? "" : String.valueOf(error.getCause().getMessage());
        command.getErr().printf("navarch: %s: %s%n", error.getMessage(), cause);
      }
      default -> {
        LOG.atDebug().setCause(e).log("command failed");
        command.getErr().println("navarch: " + e);
      }
    }
    return CommandLine.ExitCode.SOFTWARE;
  }
}
