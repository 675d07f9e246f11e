package dev.navarch.node.server;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class LogFileTest {
  private static final String AT = "2026-01-01T00:00:00.000000001Z ";
  @TempDir private Path dir;
  private Path path = Path.of("");

  @BeforeEach
  void write() throws IOException {
    path = dir.resolve("0.log");
    Files.writeString(
        path,
        AT + "stdout F one\n" + AT + "stderr P tw\n" + AT + "stderr F o\n" + AT + "stdout F \n");
  }

  @Test
  void joinsPartsAndKeepsEmptyLines() throws IOException {
    try (LogFile log = new LogFile(path)) {
      assertThat(rest(log)).isEqualTo("one\ntwo\n\n");
    }
  }

  /// Found by fuzzing: it ended the reading.
  @Test
  void aTagOfColonsIsNoPart() {
    assertThat(LogFile.parse("2026-01-02T03:04:05Z stdout : hello".getBytes(UTF_8)))
        .hasValueSatisfying(entry -> assertThat(entry.text()).asString(UTF_8).isEqualTo("hello\n"));
  }

  @Test
  void seeksToTheLastLines() throws IOException {
    try (LogFile log = new LogFile(path)) {
      log.seekToLast(1);
      assertThat(rest(log)).isEqualTo("\n");
    }
    try (LogFile log = new LogFile(path)) {
      log.seekToLast(0);
      assertThat(rest(log)).isEmpty();
    }
    try (LogFile log = new LogFile(path)) {
      log.seekToLast(100);
      assertThat(rest(log)).isEqualTo("one\ntwo\n\n");
    }
  }

  @Test
  void whatIsWrittenMeanwhileIsNoLastLine() throws IOException {
    try (LogFile log = new LogFile(path)) {
      log.endHere();
      Files.writeString(path, AT + "stdout F later\n", StandardOpenOption.APPEND);
      log.seekToLast(1);
      assertThat(rest(log)).isEqualTo("\n");
    }
  }

  @Test
  void waitsForTheEndOfALine() throws IOException {
    try (LogFile log = new LogFile(path)) {
      rest(log);
      Files.writeString(path, AT + "stdout F la", StandardOpenOption.APPEND);
      assertThat(rest(log)).isEmpty();
      Files.writeString(path, "ter\n", StandardOpenOption.APPEND);
      assertThat(rest(log)).isEqualTo("later\n");
    }
  }

  private static String rest(LogFile log) throws IOException {
    var text = new StringBuilder();
    for (var entry = log.next(); entry.isPresent(); entry = log.next()) {
      text.append(new String(entry.get().text(), StandardCharsets.UTF_8));
    }
    return text.toString();
  }
}
