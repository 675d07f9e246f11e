package dev.navarch.app;

import dev.navarch.api.ApiException;
import dev.navarch.app.local.UserError;
import dev.navarch.node.host.Commands.CommandException;
import java.io.UncheckedIOException;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import picocli.CommandLine;

/// What a command that failed says: one sentence for what was found, one for what to do. Exit
/// codes: 1 it failed, 2 the command line is wrong.
public final class Failures {
  private static final Logger LOG = LoggerFactory.getLogger(Failures.class);

  private Failures() {}

  public static int tell(Exception e, CommandLine command, CommandLine.ParseResult parsed) {
    switch (e) {
      case UserError error -> {
        say(command, error.getMessage());
        command.getErr().println(Printable.lines("  → " + error.remedy()));
      }
      case ApiException error -> say(command, "the API server says: " + error.getMessage());
      case CommandException error -> say(command, error.getMessage());
      case IllegalArgumentException error -> {
        say(command, error.getMessage());
        return CommandLine.ExitCode.USAGE;
      }
      case UncheckedIOException error -> {
        String cause =
            error.getCause() == null ? "" : String.valueOf(error.getCause().getMessage());
        say(command, error.getMessage() + ": " + cause);
      }
      default -> {
        LOG.atDebug().setCause(e).log("command failed");
        say(command, e.toString());
      }
    }
    return CommandLine.ExitCode.SOFTWARE;
  }

  private static void say(CommandLine command, @Nullable String what) {
    command.getErr().println(Printable.lines("navarch: " + what));
  }
}
