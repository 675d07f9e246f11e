package dev.navarch.store;

import static org.assertj.core.api.Assertions.assertThat;

import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.read.ListAppender;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.slf4j.LoggerFactory;

/// A disk that is slow or nearly full is told of while there is time, and not at every write.
class DiskWarningsTest {
  private final Logger log = (Logger) LoggerFactory.getLogger(DiskWarnings.class);
  private final ListAppender<ILoggingEvent> heard = new ListAppender<>();
  private final AtomicReference<Instant> now =
      new AtomicReference<>(Instant.parse("2026-01-01T00:00:00Z"));
  private DiskWarnings.Room.Space space = new DiskWarnings.Room.Space(50L << 30, 100L << 30);
  private final DiskWarnings warnings =
      new DiskWarnings(Path.of("/data"), () -> space, () -> now.get());

  @BeforeEach
  void listen() {
    heard.start();
    log.addAppender(heard);
  }

  @AfterEach
  void stop() {
    log.detachAppender(heard);
  }

  private List<String> heard() {
    return heard.list.stream().map(ILoggingEvent::getMessage).toList();
  }

  private void commits(int count, Duration took) {
    for (int i = 0; i < count; i++) {
      warnings.committed(took);
      now.updateAndGet(time -> time.plusSeconds(1));
    }
  }

  @Test
  void aGoodDiskIsNotSpokenOf() {
    commits(100, Duration.ofMillis(20));
    assertThat(heard()).isEmpty();
  }

  @Test
  void aSlowDiskIsToldOnceAMinute() {
    commits(70, Duration.ofSeconds(2));
    assertThat(heard())
        .containsExactly(
            "the disk is slow: every write of the cluster waits for it",
            "the disk is slow: every write of the cluster waits for it");
  }

  @Test
  void aDiskThatFillsIsToldBeforeItIsFull() {
    space = new DiskWarnings.Room.Space(200L << 20, 100L << 30);
    commits(30, Duration.ofMillis(2));
    assertThat(heard())
        .containsExactly("the disk is nearly full: when it is, the store takes no more writes");
  }
}
