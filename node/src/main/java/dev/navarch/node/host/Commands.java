package dev.navarch.node.host;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.TimeUnit;

/// Runs the system's own tools (`ip`, `nft`, `mount`…), where a library would only do the same
/// system calls with more code. A failure carries what the tool said.
public final class Commands {
  private static final long LIMIT_SECONDS = 60;

  private Commands() {}

  /// Runs a command to its end and returns what it printed.
  public static String run(String... argv) {
    return runWithInput("", argv);
  }

  public static String run(List<String> argv) {
    return runWithInput("", argv.toArray(String[]::new));
  }

  /// The same, with text on its standard input.
  public static String runWithInput(String input, String... argv) {
    Outcome outcome = outcome(input, argv);
    if (outcome.exit != 0) {
      throw new CommandException(argv, outcome);
    }
    return outcome.output;
  }

  public static boolean succeeds(String... argv) {
    return outcome("", argv).exit == 0;
  }

  public static Outcome outcome(String input, String... argv) {
    Path errors = temporaryFile();
    try {
      Process process = new ProcessBuilder(argv).redirectError(errors.toFile()).start();
      try (var in = process.getOutputStream()) {
        in.write(input.getBytes(StandardCharsets.UTF_8));
      } catch (IOException closedEarly) {
        // the command ended without reading its input: its exit code tells
      }
      String output;
      try (InputStream out = process.getInputStream()) {
        output = new String(out.readAllBytes(), StandardCharsets.UTF_8);
      }
      if (!process.waitFor(LIMIT_SECONDS, TimeUnit.SECONDS)) {
        process.destroyForcibly();
        return new Outcome(124, output, "no end after " + LIMIT_SECONDS + " s");
      }
      return new Outcome(process.exitValue(), output, Files.readString(errors).strip());
    } catch (IOException e) {
      return new Outcome(127, "", String.valueOf(e.getMessage()));
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return new Outcome(130, "", "interrupted");
    } finally {
      delete(errors);
    }
  }

  private static Path temporaryFile() {
    try {
      return Files.createTempFile("navarch", ".err");
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static void delete(Path file) {
    try {
      Files.deleteIfExists(file);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /// How a command ended; 127 when it could not be started.
  public record Outcome(int exit, String output, String errors) {}

  /// A command failed: says which, how, and what it printed.
  public static final class CommandException extends RuntimeException {
    CommandException(String[] argv, Outcome outcome) {
      super(
          "`%s` failed (exit code %d): %s"
              .formatted(
                  String.join(" ", Arrays.asList(argv)),
                  outcome.exit,
                  outcome.errors.isEmpty() ? outcome.output.strip() : outcome.errors));
    }
  }
}
