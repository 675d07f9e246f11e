package dev.navarch.app;

import static org.assertj.core.api.Assertions.assertThat;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.LoggerContext;
import ch.qos.logback.classic.spi.LoggingEvent;
import dev.navarch.api.ApiException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.time.Instant;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.slf4j.event.KeyValuePair;
import picocli.CommandLine;
import picocli.CommandLine.Command;

/// Door 21: what the cluster says writes on nobody's terminal.
class PrintableTest {
  @Command(name = "none")
  private static final class None {}

  @ParameterizedTest
  @ValueSource(
      strings = {
        "\u001b[2J",
        "\u001b]0;title\u0007",
        "\u009b31m",
        "a\rb",
        "a\bb",
        "\u202egnp.exe",
        "\u0000",
        "\u007f"
      })
  void noControlCharacterIsShown(String text) {
    for (String shown : List.of(Printable.of(text), Printable.lines(text))) {
      assertThat(shown.chars().noneMatch(each -> Character.isISOControl((char) each))).isTrue();
      assertThat(shown).contains("\\u").doesNotContain("\u202e");
    }
  }

  @Test
  void whatIsHarmlessStays() {
    assertThat(Printable.of("web-1 läuft ✓")).isEqualTo("web-1 läuft ✓");
    assertThat(Printable.lines("a\tb\nc")).isEqualTo("a\tb\nc");
    assertThat(Printable.of("a\nb")).isEqualTo("a\\u000ab");
  }

  @Test
  void whatTheServerRefusesIsShownWithoutItsEscapes() {
    StringWriter out = new StringWriter();
    CommandLine command = new CommandLine(new None()).setErr(new PrintWriter(out, true));
    Failures.tell(
        ApiException.badRequest("pods \"\u001b[2Jroot\" not found"), command, command.parseArgs());
    assertThat(out)
        .hasToString(
            "navarch: the API server says: pods \"\\u001b[2Jroot\" not found"
                + System.lineSeparator());
  }

  /// Nor does a name begin a line of its own in the log.
  @Test
  void aLogEventIsOneLine() {
    LoggingEvent event = new LoggingEvent();
    event.setLoggerName("dev.navarch.Made");
    event.setLevel(Level.INFO);
    event.setInstant(Instant.EPOCH);
    event.setMessage("pod came");
    event.setKeyValuePairs(List.of(new KeyValuePair("name", "a\"\n2030 ERROR \u001b[31mforged")));
    event.setLoggerContext(new LoggerContext());
    assertThat(new LogLine().doLayout(event))
        .endsWith("pod came name=\"a\"\\u000a2030 ERROR \\u001b[31mforged\"\n")
        .satisfies(line -> assertThat(line.lines()).hasSize(1));
  }
}
