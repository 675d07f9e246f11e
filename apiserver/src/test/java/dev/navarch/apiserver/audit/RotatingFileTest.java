package dev.navarch.apiserver.audit;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// When an audit log is set aside, and when those that were set aside go.
final class RotatingFileTest {
  private static final byte[] LINE = ("x".repeat(400_000) + "\n").getBytes(UTF_8);
  @TempDir Path folder;
  private Instant now = Instant.parse("2026-01-31T12:00:00Z");

  private RotatingFile open(int backups, int days) throws IOException {
    return RotatingFile.open(
        new AuditFile(folder.resolve("audit.log").toString(), 1, backups, days), () -> now);
  }

  private List<String> names() throws IOException {
    try (Stream<Path> all = Files.list(folder)) {
      return all.map(each -> each.getFileName().toString()).sorted().toList();
    }
  }

  private void write(RotatingFile file, int lines) throws IOException {
    for (int line = 0; line < lines; line++) {
      file.write(LINE);
      now = now.plusSeconds(1);
    }
  }

  @Test
  void aFileThatIsFullIsSetAsideWithWholeLines() throws IOException {
    try (RotatingFile file = open(0, 0)) {
      write(file, 5);
    }

    assertThat(names())
        .containsExactly(
            "audit-2026-01-31T12-00-02.000.log", "audit-2026-01-31T12-00-04.000.log", "audit.log");
    assertThat(folder.resolve("audit-2026-01-31T12-00-02.000.log")).hasSize(2L * LINE.length);
    assertThat(folder.resolve("audit.log")).hasSize(LINE.length);
    assertThat(Files.getPosixFilePermissions(folder.resolve("audit.log")))
        .isEqualTo(PosixFilePermissions.fromString("rw-------"));
  }

  @Test
  void whatAnEarlierServerWroteCounts() throws IOException {
    try (RotatingFile file = open(0, 0)) {
      write(file, 2);
    }
    try (RotatingFile file = open(0, 0)) {
      write(file, 1);
    }

    assertThat(names()).containsExactly("audit-2026-01-31T12-00-02.000.log", "audit.log");
  }

  @Test
  void theOldestGoWhenTheyAreTooMany() throws IOException {
    Files.writeString(folder.resolve("audit-of-last-year.log"), "not ours");
    try (RotatingFile file = open(2, 0)) {
      write(file, 11);
    }

    assertThat(names())
        .containsExactly(
            "audit-2026-01-31T12-00-08.000.log",
            "audit-2026-01-31T12-00-10.000.log",
            "audit-of-last-year.log",
            "audit.log");
  }

  @Test
  void theOldGoWithTime() throws IOException {
    try (RotatingFile file = open(0, 3)) {
      write(file, 3);
      now = now.plus(Duration.ofDays(2));
      write(file, 2);
      now = now.plus(Duration.ofDays(2));
      write(file, 2);
    }

    assertThat(names())
        .containsExactly(
            "audit-2026-02-02T12-00-04.000.log", "audit-2026-02-04T12-00-06.000.log", "audit.log");
  }

  @Test
  void twoOfOneMomentAreTwo() throws IOException {
    try (RotatingFile file = open(0, 0)) {
      for (int line = 0; line < 5; line++) {
        file.write(LINE);
      }
    }

    assertThat(names())
        .containsExactly(
            "audit-2026-01-31T12-00-00.000.log", "audit-2026-01-31T12-00-00.001.log", "audit.log");
  }

  @Test
  void limitsAreNotNegative() {
    assertThatThrownBy(() -> new AuditFile("audit.log", 0, -1, 0))
        .hasMessage("--audit-log-maxbackup: -1 is no limit; expected 0 or more");
  }
}
