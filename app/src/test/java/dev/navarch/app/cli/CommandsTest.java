package dev.navarch.app.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dev.navarch.app.Navarch;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import picocli.CommandLine;

class CommandsTest {
  @TempDir Path folder;

  private record Ended(int code, String output, String errors) {}

  private static Ended run(String... arguments) {
    StringWriter output = new StringWriter();
    StringWriter errors = new StringWriter();
    CommandLine line = Navarch.commandLine();
    line.setOut(new PrintWriter(output));
    line.setErr(new PrintWriter(errors));
    return new Ended(line.execute(arguments), output.toString(), errors.toString());
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "up",
        "down",
        "status",
        "server",
        "agent",
        "image",
        "node",
        "logs",
        "doctor",
        "kubeconfig",
        "test",
        "version"
      })
  void everyCommandHasItsHelp(String command) {
    Ended ended = run(command, "--help");

    assertThat(ended.code()).isZero();
    assertThat(ended.output()).startsWith("Usage: navarch " + command);
  }

  @Test
  void theProgramItselfHasHelpAndAVersion() {
    assertThat(run("--help").output()).contains("Starts a cluster on this machine");
    for (String[] asked : new String[][] {{"--version"}, {"-V"}, {"up", "--version"}}) {
      Ended ended = run(asked);
      assertThat(ended.code()).isZero();
      assertThat(ended.output()).contains("navarch 0.1.0, Kubernetes API v1.36");
    }
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "up --nodes -1|--nodes: -1 is not between 0 and 200",
        "up --nodes x|is not an int",
        "up --api-port 99999|--api-port: 99999 is not between 1 and 65535",
        "up --node-cidr 10.0.0.1/24|--node-cidr: 10.0.0.1/24 has host bits set",
        "up --name Q|is no cluster name",
        "frobnicate|frobnicate",
        "server|--advertise-address"
      })
  void aWrongCommandLineIsNamedAndEndsWithTwo(String arguments, String message) {
    Ended ended = run((arguments + (arguments.startsWith("up") ? dataDir() : "")).split(" "));

    assertThat(ended.errors()).contains(message).doesNotContain("\tat ");
    assertThat(ended.code()).isEqualTo(2);
  }

  @Test
  void aClusterThatIsNotThereIsNamed() {
    Ended ended = run(("status" + dataDir()).split(" "));

    assertThat(ended.code()).isEqualTo(1);
    assertThat(ended.errors()).contains("there is no cluster 'navarch'", "navarch up");
  }

  private String dataDir() {
    return " --data-dir " + folder;
  }
}
