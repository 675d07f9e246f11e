package dev.navarch.http;

import java.time.Instant;
import java.time.InstantSource;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.Locale;

/// The date as it stands in every answer, written once a second.
final class HttpDate {
  private static final DateTimeFormatter FORM =
      DateTimeFormatter.ofPattern("EEE, dd MMM yyyy HH:mm:ss 'GMT'", Locale.US)
          .withZone(ZoneOffset.UTC);
  private final InstantSource clock;
  private volatile Written last = new Written(Long.MIN_VALUE, "");

  private record Written(long second, String text) {}

  HttpDate(InstantSource clock) {
    this.clock = clock;
  }

  String now() {
    long second = Math.floorDiv(clock.millis(), 1000L);
    Written known = last;
    if (known.second != second) {
      known = new Written(second, FORM.format(Instant.ofEpochSecond(second)));
      last = known;
    }
    return known.text;
  }
}
