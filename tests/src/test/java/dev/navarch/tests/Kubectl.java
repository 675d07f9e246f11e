package dev.navarch.tests;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Assumptions;

/// One kubectl in one namespace, run as a user runs it: a process with arguments, a standard input,
/// and two outputs that are looked at.
///
/// @param home where the kubeconfig is, and where kubectl may keep what it learned
/// @param editor what `kubectl edit` calls; empty for nothing
record Kubectl(Kubectls.Binary binary, Path home, String namespace, String editor) {
  private static final int LONGEST_SECONDS = 60;

  Kubectl(Kubectls.Binary binary, Path home, String namespace) {
    this(binary, home, namespace, "");
  }

  /// What one command came to.
  record Answer(List<String> command, int exit, String out, String err) {
    /// What it said with every line trimmed of what aligns its columns.
    List<String> lines() {
      return out.lines().map(line -> line.strip().replaceAll(" +", " ")).toList();
    }

    @Override
    public String toString() {
      return "$ %s%n%s%s[exit %d]".formatted(String.join(" ", command), out, err, exit);
    }
  }

  Kubectl in(String other) {
    return new Kubectl(binary, home, other, editor);
  }

  Kubectl editingWith(String command) {
    return new Kubectl(binary, home, namespace, command);
  }

  /// Runs a command that has to succeed.
  Answer ok(String... arguments) {
    Answer answer = run("", arguments);
    assertThat(answer.exit()).as("%s", answer).isZero();
    return answer;
  }

  /// Runs a command that has to be refused.
  Answer fails(String... arguments) {
    return refused(run("", arguments));
  }

  Answer apply(String manifest, String... more) {
    Answer answer = run(manifest, withFile("apply", more));
    assertThat(answer.exit()).as("%s", answer).isZero();
    return answer;
  }

  Answer refusesToApply(String manifest, String... more) {
    return refused(run(manifest, withFile("apply", more)));
  }

  Answer run(String input, String... arguments) {
    try (Running running = start(input, arguments)) {
      return running.await();
    }
  }

  /// Starts a command that goes on until it is closed.
  Running start(String input, String... arguments) {
    List<String> command = new ArrayList<>();
    command.add(binary.path().toString());
    if (!namespace.isEmpty()) {
      command.addAll(List.of("-n", namespace));
    }
    command.addAll(Arrays.asList(arguments));
    try {
      Path out = Files.createTempFile(home, "out", ".txt");
      Path err = Files.createTempFile(home, "err", ".txt");
      ProcessBuilder builder =
          new ProcessBuilder(command).redirectOutput(out.toFile()).redirectError(err.toFile());
      setEnvironment(builder.environment());
      Process process = builder.start();
      try (var stdin = process.outputWriter()) {
        stdin.write(input);
      } catch (IOException endedWithoutReading) {
        // Its answer tells why.
      }
      return new Running(Arrays.asList(arguments), process, out, err);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  void assumeAtLeast(int minor, String what) {
    Assumptions.assumeTrue(binary.minor() >= minor, what + " came with kubectl 1." + minor);
  }

  private static Answer refused(Answer answer) {
    assertThat(answer.exit()).as("%s", answer).isNotZero();
    assertThat(answer.err()).doesNotContain("Exception", "\tat ", "dev.navarch");
    return answer;
  }

  private static String[] withFile(String verb, String... more) {
    List<String> arguments = new ArrayList<>(List.of(verb, "-f", "-"));
    arguments.addAll(Arrays.asList(more));
    return arguments.toArray(String[]::new);
  }

  private void setEnvironment(Map<String, String> environment) {
    String path = environment.getOrDefault("PATH", "/usr/bin:/bin");
    environment.clear();
    environment.put("PATH", path);
    environment.put("HOME", home.toString());
    environment.put("KUBECONFIG", home.resolve("kubeconfig").toString());
    environment.put("LC_ALL", "C");
    environment.put("TZ", "UTC");
    if (!editor.isEmpty()) {
      environment.put("KUBE_EDITOR", editor);
    }
  }

  /// A command that was started.
  record Running(List<String> command, Process process, Path out, Path err)
      implements AutoCloseable {

    Answer await() {
      try {
        if (!process.waitFor(LONGEST_SECONDS, TimeUnit.SECONDS)) {
          throw new AssertionError(
              "kubectl %s did not end within %d s; so far: %s%s"
                  .formatted(String.join(" ", command), LONGEST_SECONDS, said(), complaints()));
        }
        return new Answer(command, process.exitValue(), said(), complaints());
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
        throw new IllegalStateException(e);
      }
    }

    String said() {
      return read(out);
    }

    private String complaints() {
      return read(err);
    }

    private static String read(Path file) {
      try {
        return Files.readString(file);
      } catch (IOException e) {
        throw new UncheckedIOException(e);
      }
    }

    @Override
    public void close() {
      process.destroyForcibly();
      try {
        Files.deleteIfExists(out);
        Files.deleteIfExists(err);
      } catch (IOException e) {
        throw new UncheckedIOException(e);
      }
    }
  }
}
