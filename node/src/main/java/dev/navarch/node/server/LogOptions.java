package dev.navarch.node.server;

import dev.navarch.http.Exchange;
import dev.navarch.http.RequestException;
import java.time.Instant;
import java.time.format.DateTimeParseException;
import java.util.Optional;
import java.util.OptionalLong;

/// What part of a log is asked for.
///
/// @param tail the last lines; empty for all
/// @param limit bytes of the answer; empty for no limit
/// @param stream `stdout` or `stderr`; empty for both
record LogOptions(
    boolean follow,
    boolean previous,
    boolean timestamps,
    OptionalLong tail,
    OptionalLong limit,
    Optional<Instant> since,
    String stream) {

  static LogOptions of(Exchange exchange, Instant now) {
    OptionalLong seconds = number(exchange, "sinceSeconds", 1);
    Optional<Instant> since =
        seconds.isPresent()
            ? Optional.of(now.minusSeconds(seconds.getAsLong()))
            : exchange.query("sinceTime").filter(text -> !text.isEmpty()).map(LogOptions::time);
    return new LogOptions(
        flag(exchange, "follow"),
        flag(exchange, "previous"),
        flag(exchange, "timestamps"),
        number(exchange, "tailLines", 0),
        number(exchange, "limitBytes", 1),
        since,
        exchange
            .query("stream")
            .filter(s -> !s.equals("All"))
            .orElse("")
            .toLowerCase(java.util.Locale.ROOT));
  }

  private static boolean flag(Exchange exchange, String name) {
    return exchange.query(name).filter(text -> text.equals("true") || text.equals("1")).isPresent();
  }

  private static OptionalLong number(Exchange exchange, String name, long least) {
    Optional<String> text = exchange.query(name).filter(value -> !value.isEmpty());
    if (text.isEmpty()) {
      return OptionalLong.empty();
    }
    try {
      long value = Long.parseLong(text.get());
      if (value >= least) {
        return OptionalLong.of(value);
      }
    } catch (NumberFormatException e) {
      throw new RequestException(
          400, "%s: found %s, expected a number".formatted(name, text.get()));
    }
    throw new RequestException(
        400, "%s: found %s, expected at least %d".formatted(name, text.get(), least));
  }

  private static Instant time(String text) {
    try {
      return Instant.parse(text);
    } catch (DateTimeParseException e) {
      throw new RequestException(
          400, "sinceTime: found %s, expected a time as 2026-01-02T15:04:05Z".formatted(text));
    }
  }
}
