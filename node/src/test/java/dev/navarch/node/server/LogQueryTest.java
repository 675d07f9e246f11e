package dev.navarch.node.server;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.navarch.http.RequestException;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class LogQueryTest {
  @Test
  void becomesAQuestionToTheJournal() {
    LogQuery query =
        LogQuery.of(
            Map.of(
                "query", List.of("containerd", "ssh"),
                "sinceTime", List.of("2026-01-02T03:04:05Z"),
                "tailLines", List.of("20"),
                "boot", List.of("-1"),
                "pattern", List.of("error")));
    assertThat(query.command(Path.of("/usr/bin/journalctl")))
        .containsExactly(
            "/usr/bin/journalctl",
            "--utc",
            "--no-pager",
            "--output=short-precise",
            "--unit=containerd",
            "--unit=ssh",
            "--since=2026-01-02 03:04:05",
            "--lines=20",
            "--boot=-1",
            "--grep=error");
  }

  @Test
  void orNamesOneFile() {
    assertThat(LogQuery.of(Map.of("query", List.of("/dpkg.log"))).file()).contains("/dpkg.log");
  }

  @ParameterizedTest
  @CsvSource({
    "query, '', query: found []",
    "query, --user, expected the name of a service",
    "query, 'a;b', expected the name of a service",
    "tailLines, -1, 'tailLines: found -1, expected a number from 0 to 100000'",
    "tailLines, x, 'tailLines: found x, expected a number'",
    "sinceTime, yesterday, 'sinceTime: found yesterday, expected a time as'",
    "boot, 1, 'boot: found 1, expected a number'",
    "command, ls, 'command: found it, expected one of'"
  })
  void whatIsWrongIsNamed(String name, String value, String message) {
    Map<String, List<String>> query = new java.util.HashMap<>();
    query.put("query", List.of("containerd"));
    query.put(name, value.isEmpty() ? List.of() : List.of(value));
    assertThatThrownBy(() -> LogQuery.of(query))
        .isInstanceOf(RequestException.class)
        .hasMessageContaining(message);
  }
}
