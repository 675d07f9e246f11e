package dev.navarch.apiserver.registry;

import dev.navarch.api.ApiError;
import dev.navarch.api.ApiException;
import dev.navarch.api.FieldError;
import dev.navarch.http.Exchange;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/// What a client asks of a list or a watch.
///
/// @param resourceVersion empty for the newest
/// @param match `NotOlderThan`, `Exact`, or empty for what the other options imply
/// @param limit 0 for all
/// @param next the token of the page before; empty for the first
/// @param timeout of a watch; zero when the client names none, below zero to end it at once
/// @param initialEvents whether a watch begins with what is there
public record ReadOptions(
    String labelSelector,
    String fieldSelector,
    String resourceVersion,
    String match,
    int limit,
    String next,
    boolean bookmarks,
    Optional<Boolean> initialEvents,
    Duration timeout) {
  public static final ReadOptions DEFAULT =
      new ReadOptions("", "", "", "", 0, "", false, Optional.empty(), Duration.ZERO);

  public static ReadOptions of(Map<String, List<String>> query) {
    String limit = first(query, "limit");
    String seconds = first(query, "timeoutSeconds");
    return new ReadOptions(
        first(query, "labelSelector"),
        first(query, "fieldSelector"),
        first(query, "resourceVersion"),
        first(query, "resourceVersionMatch"),
        (int) Math.min(Integer.MAX_VALUE, number("limit", limit)),
        first(query, "continue"),
        isSet(query, "allowWatchBookmarks"),
        query.containsKey("sendInitialEvents")
            ? Optional.of(isSet(query, "sendInitialEvents"))
            : Optional.empty(),
        Duration.ofSeconds(whole("timeoutSeconds", seconds)));
  }

  /// Checks what options may stand together in a list; all that is wrong is told at once.
  ReadOptions checkedForList() {
    if (match.isEmpty() && initialEvents.isEmpty()) {
      return this;
    }
    List<FieldError> errors = new ArrayList<>();
    if (!match.isEmpty()) {
      if (resourceVersion.isEmpty()) {
        errors.add(
            unmatched("resourceVersionMatch is forbidden unless resourceVersion is provided"));
      }
      if (!next.isEmpty()) {
        errors.add(unmatched("resourceVersionMatch is forbidden when continue is provided"));
      }
      if (!match.equals("Exact") && !match.equals("NotOlderThan")) {
        errors.add(unknownMatch("\"Exact\", \"NotOlderThan\", \"\""));
      }
      if (match.equals("Exact") && resourceVersion.equals("0")) {
        errors.add(
            unmatched("resourceVersionMatch \"exact\" is forbidden for resourceVersion \"0\""));
      }
    }
    if (initialEvents.isPresent()) {
      errors.add(
          FieldError.forbidden("sendInitialEvents", "sendInitialEvents is forbidden for list"));
    }
    return unless(errors);
  }

  /// Checks what options may stand together in a watch; all that is wrong is told at once.
  ReadOptions checkedForWatch() {
    List<FieldError> errors = new ArrayList<>();
    if (initialEvents.isPresent() && !match.equals("NotOlderThan")) {
      errors.add(
          unmatched("sendInitialEvents requires setting resourceVersionMatch to NotOlderThan"));
    }
    if (!match.isEmpty()) {
      if (initialEvents.isEmpty()) {
        errors.add(
            unmatched(
                "resourceVersionMatch is forbidden for watch unless sendInitialEvents is"
                    + " provided"));
      }
      if (!match.equals("NotOlderThan")) {
        errors.add(unknownMatch("\"NotOlderThan\""));
      }
      if (!next.isEmpty()) {
        errors.add(unmatched("resourceVersionMatch is forbidden when continue is provided"));
      }
    }
    return unless(errors);
  }

  private ReadOptions unless(List<FieldError> errors) {
    if (!errors.isEmpty()) {
      throw new ApiException(new ApiError.Invalid("meta.k8s.io", "ListOptions", "", errors));
    }
    return this;
  }

  private static FieldError unmatched(String why) {
    return FieldError.forbidden("resourceVersionMatch", why);
  }

  private FieldError unknownMatch(String supported) {
    return new FieldError(
        FieldError.Type.NOT_SUPPORTED,
        "resourceVersionMatch",
        "\"" + match + "\"",
        "supported values: " + supported);
  }

  ReadOptions at(String version) {
    return new ReadOptions(
        labelSelector,
        fieldSelector,
        version,
        match,
        limit,
        next,
        bookmarks,
        initialEvents,
        timeout);
  }

  ReadOptions selecting(String labels, String fields) {
    return new ReadOptions(
        labels, fields, resourceVersion, match, limit, next, bookmarks, initialEvents, timeout);
  }

  ReadOptions paged(int most, String token) {
    return new ReadOptions(
        labelSelector,
        fieldSelector,
        resourceVersion,
        match,
        most,
        token,
        bookmarks,
        initialEvents,
        timeout);
  }

  /// The same, of the one object with this name.
  ReadOptions only(String name) {
    return selecting(
        labelSelector,
        "metadata.name=" + name + (fieldSelector.isEmpty() ? "" : "," + fieldSelector));
  }

  /// The revision that a client names; 0 when it names none.
  long revision() {
    if (resourceVersion.isEmpty()) {
      return 0;
    }
    try {
      long revision = Long.parseLong(resourceVersion);
      if (revision >= 0) {
        return revision;
      }
    } catch (NumberFormatException e) {
      // told below, as for negative numbers
    }
    throw invalid(
        "ListOptions",
        FieldError.invalid(
            "resourceVersion",
            "\"" + resourceVersion + "\"",
            "strconv.ParseUint: parsing \"" + resourceVersion + "\": invalid syntax"));
  }

  private static ApiException invalid(String kind, FieldError error) {
    return new ApiException(new ApiError.Invalid("meta.k8s.io", kind, "", List.of(error)));
  }

  static String first(Map<String, List<String>> query, String name) {
    List<String> values = query.getOrDefault(name, List.of());
    return values.isEmpty() ? "" : values.getFirst();
  }

  /// A flag is set by its name alone, and by every value that does not say no.
  public static boolean isSet(Exchange exchange, String flag) {
    return exchange.query(flag).map(ReadOptions::isTrue).orElse(false);
  }

  private static boolean isSet(Map<String, List<String>> query, String flag) {
    return query.containsKey(flag) && isTrue(first(query, flag));
  }

  static boolean isTrue(String value) {
    return !value.equalsIgnoreCase("false") && !value.equals("0");
  }

  /// What is below zero counts as nothing.
  static long number(String name, String text) {
    return Math.max(0, whole(name, text));
  }

  private static long whole(String name, String text) {
    try {
      return text.isEmpty() ? 0 : Long.parseLong(text);
    } catch (NumberFormatException e) {
      throw ApiException.badRequest(
          "%s: expected a whole number, found \"%s\"".formatted(name, text));
    }
  }
}
