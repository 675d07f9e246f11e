package dev.navarch.node.server;

import dev.navarch.http.RequestException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.time.format.DateTimeParseException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Stream;

/// What somebody wants to know of a machine's services, or the one file that they want: `query`,
/// which may come several times, `sinceTime`, `untilTime`, `tailLines`, `pattern`, `boot`.
///
/// @param options for journalctl
record LogQuery(Optional<String> file, List<String> services, List<String> options) {
  private static final Set<String> KNOWN =
      Set.of("query", "sinceTime", "untilTime", "tailLines", "pattern", "boot");
  private static final int MOST_SERVICES = 4;
  private static final int MOST_LINES = 100_000;
  private static final DateTimeFormatter TIME =
      DateTimeFormatter.ofPattern("yyyy-MM-dd HH:mm:ss").withZone(ZoneOffset.UTC);

  static LogQuery of(Map<String, List<String>> query) {
    query.keySet().stream()
        .filter(name -> !KNOWN.contains(name))
        .findFirst()
        .ifPresent(
            name -> {
              throw wrong(name, "it", "one of " + KNOWN.stream().sorted().toList());
            });
    List<String> wanted = query.getOrDefault("query", List.of());
    List<String> files = wanted.stream().filter(each -> each.contains("/")).toList();
    List<String> services = wanted.stream().filter(each -> !each.contains("/")).toList();
    if (wanted.isEmpty() || files.size() > 1 || (!files.isEmpty() && !services.isEmpty())) {
      throw wrong("query", wanted.toString(), "names of services, or the path of one file");
    }
    List<String> options = new ArrayList<>();
    if (files.isEmpty()) {
      if (services.size() > MOST_SERVICES) {
        throw wrong("query", services.size() + " services", "at most " + MOST_SERVICES);
      }
      options.addAll(options(query, services));
    } else if (query.size() > 1) {
      throw wrong("query", files.getFirst(), "no other option beside a file");
    }
    return new LogQuery(files.stream().findFirst(), services, options);
  }

  private static List<String> options(Map<String, List<String>> query, List<String> services) {
    List<String> options = new ArrayList<>();
    for (String service : services) {
      if (!service.matches("[A-Za-z0-9][A-Za-z0-9._:@-]*")) {
        throw wrong("query", service, "the name of a service");
      }
      options.add("--unit=" + service);
    }
    first(query, "sinceTime").ifPresent(t -> options.add("--since=" + time("sinceTime", t)));
    first(query, "untilTime").ifPresent(t -> options.add("--until=" + time("untilTime", t)));
    first(query, "tailLines")
        .ifPresent(text -> options.add("--lines=" + number("tailLines", text, 0, MOST_LINES)));
    first(query, "boot")
        .ifPresent(text -> options.add("--boot=" + number("boot", text, -MOST_LINES, 0)));
    first(query, "pattern").ifPresent(text -> options.add("--grep=" + text));
    return options;
  }

  private static Optional<String> first(Map<String, List<String>> query, String name) {
    return query.getOrDefault(name, List.of()).stream().filter(text -> !text.isEmpty()).findFirst();
  }

  private static String time(String name, String text) {
    try {
      return TIME.format(Instant.parse(text));
    } catch (DateTimeParseException e) {
      throw wrong(name, text, "a time as 2026-01-02T15:04:05Z");
    }
  }

  private static long number(String name, String text, long least, long most) {
    try {
      long value = Long.parseLong(text);
      if (value >= least && value <= most) {
        return value;
      }
    } catch (NumberFormatException e) {
      throw wrong(name, text, "a number");
    }
    throw wrong(name, text, "a number from %d to %d".formatted(least, most));
  }

  private static RequestException wrong(String name, String found, String expected) {
    return new RequestException(400, "%s: found %s, expected %s".formatted(name, found, expected));
  }

  /// The program that knows what services have said.
  static Optional<Path> journal() {
    return Stream.of("/usr/bin/journalctl", "/bin/journalctl")
        .map(Path::of)
        .filter(Files::isExecutable)
        .findFirst();
  }

  List<String> command(Path journal) {
    List<String> command =
        new ArrayList<>(
            List.of(journal.toString(), "--utc", "--no-pager", "--output=short-precise"));
    command.addAll(options);
    return command;
  }
}
