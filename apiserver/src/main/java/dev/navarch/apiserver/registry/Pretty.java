package dev.navarch.apiserver.registry;

import dev.navarch.http.Exchange;
import java.util.Set;
import java.util.stream.Stream;

/// Whether JSON is to be indented: who asks for it gets it (`?pretty=true`), and so does who looks
/// at it with a tool for people, unless it says no.
public final class Pretty {
  private static final Set<String> YES = Set.of("1", "t", "T", "true", "TRUE", "True");

  private Pretty() {}

  public static boolean isWanted(Exchange exchange) {
    String said = exchange.query("pretty").orElse("");
    return said.isEmpty()
        ? isForPeople(exchange.header("User-Agent").orElse(""))
        : YES.contains(said);
  }

  private static boolean isForPeople(String userAgent) {
    return Stream.of("curl", "Wget", "Mozilla/5.0").anyMatch(userAgent::startsWith);
  }
}
