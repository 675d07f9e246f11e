package dev.navarch.http;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Instant;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.Test;

class HttpDateTest {
  @Test
  void followsTheClock() {
    AtomicReference<Instant> now = new AtomicReference<>(Instant.parse("2026-01-02T03:04:05.9Z"));
    HttpDate date = new HttpDate(now::get);
    String first = date.now();
    assertThat(first).isEqualTo("Fri, 02 Jan 2026 03:04:05 GMT");
    assertThat(date.now()).isSameAs(first);
    now.set(Instant.parse("2026-01-02T03:04:06Z"));
    assertThat(date.now()).isEqualTo("Fri, 02 Jan 2026 03:04:06 GMT");
  }
}
