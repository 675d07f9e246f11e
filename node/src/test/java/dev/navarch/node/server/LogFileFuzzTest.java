package dev.navarch.node.server;

import static org.assertj.core.api.Assertions.assertThat;

import com.code_intelligence.jazzer.junit.FuzzTest;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;

/// Any bytes as a container's log: lines that are none are left out.
final class LogFileFuzzTest {
  @FuzzTest
  void lines(byte[] bytes) throws IOException {
    Path file = Files.createTempFile("navarch-fuzz", ".log");
    try {
      Files.write(file, bytes);
      for (long last = 0; last < 4; last++) {
        try (LogFile log = new LogFile(file)) {
          log.seekToLast(last);
          long size = 0;
          for (Optional<LogFile.Entry> next = log.next(); next.isPresent(); next = log.next()) {
            size += next.get().text().length;
          }
          assertThat(size).isLessThanOrEqualTo(bytes.length);
        }
      }
    } finally {
      Files.deleteIfExists(file);
    }
  }
}
