package dev.navarch.tests.nodes;

import java.io.IOException;
import java.io.Reader;
import java.io.StringWriter;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import java.util.concurrent.TimeUnit;

/// A program that runs beside the test; what it prints can be read while it runs. Its end is the
/// test's duty.
final class Running implements AutoCloseable {
  private final String command;
  private final Process process;
  private final StringWriter output = new StringWriter();
  private final StringWriter errors = new StringWriter();
  private final Thread outputReader;
  private final Thread errorReader;

  private Running(String command, Process process) {
    this.command = command;
    this.process = process;
    this.outputReader = read(process.inputReader(StandardCharsets.UTF_8), output);
    this.errorReader = read(process.errorReader(StandardCharsets.UTF_8), errors);
  }

  /// @param end the exit code
  record Ended(String command, int end, String output, String errors) {
    /// What it printed; fails the test when it did not succeed.
    String succeeded() {
      if (end != 0) {
        throw new AssertionError(
            "`%s` ended with %d: %s%s".formatted(command, end, errors, output));
      }
      return output;
    }

    String all() {
      return output + errors;
    }
  }

  static Running start(Map<String, String> environment, String... command) {
    var builder = new ProcessBuilder(command);
    builder.environment().putAll(environment);
    try {
      return new Running(String.join(" ", command), builder.start());
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  String output() {
    return output.toString();
  }

  String errors() {
    return errors.toString();
  }

  Running type(String text) {
    try {
      process.getOutputStream().write(text.getBytes(StandardCharsets.UTF_8));
      process.getOutputStream().flush();
      return this;
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  Ended finish(String input, long seconds) {
    type(input);
    return finish(seconds);
  }

  /// Closes its input and waits for its end.
  Ended finish(long seconds) {
    try {
      process.getOutputStream().close();
      if (!process.waitFor(seconds, TimeUnit.SECONDS)) {
        close();
        throw new AssertionError(
            "`%s` did not end within %d s; it said: %s%s"
                .formatted(command, seconds, output, errors));
      }
      outputReader.join();
      errorReader.join();
      return new Ended(command, process.exitValue(), output(), errors());
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException(e);
    }
  }

  @Override
  public void close() {
    process.descendants().forEach(ProcessHandle::destroyForcibly);
    process.destroyForcibly();
  }

  private static Thread read(Reader from, StringWriter into) {
    return Thread.ofVirtual()
        .start(
            () -> {
              var buffer = new char[4096];
              try (from) {
                for (int n = from.read(buffer); n >= 0; n = from.read(buffer)) {
                  into.write(buffer, 0, n);
                }
              } catch (IOException ended) {
                // the process was ended
              }
            });
  }
}
