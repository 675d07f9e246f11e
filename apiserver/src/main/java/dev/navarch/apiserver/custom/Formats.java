package dev.navarch.apiserver.custom;

import dev.navarch.api.GoDuration;
import dev.navarch.api.selectors.NameChecks;
import java.net.URI;
import java.net.URISyntaxException;
import java.time.DateTimeException;
import java.time.LocalDate;
import java.time.OffsetDateTime;
import java.util.Base64;
import java.util.Map;
import java.util.function.Predicate;
import java.util.regex.Pattern;

/// The formats of strings that a schema may name. Formats that nobody knows are not judged.
final class Formats {
  private static final Map<String, Predicate<String>> KNOWN =
      Map.ofEntries(
          Map.entry("date-time", Formats::isDateTime),
          Map.entry("datetime", Formats::isDateTime),
          Map.entry("date", Formats::isDate),
          Map.entry("duration", Formats::isDuration),
          Map.entry("byte", Formats::isBase64),
          Map.entry("uri", Formats::isUri),
          Map.entry("email", matches("[^@\\s]+@[^@\\s]+")),
          Map.entry("hostname", Formats::isHostname),
          Map.entry("ipv4", Formats::isIpv4),
          Map.entry("ipv6", Formats::isIpv6),
          Map.entry("cidr", Formats::isCidr),
          Map.entry("mac", matches("([0-9A-Fa-f]{2}[:-]){5}[0-9A-Fa-f]{2}")),
          Map.entry("uuid", uuid("[0-9a-fA-F]")),
          Map.entry("uuid3", uuid("3")),
          Map.entry("uuid4", uuid("4")),
          Map.entry("uuid5", uuid("5")),
          Map.entry("hexcolor", matches("#?([0-9a-fA-F]{3}|[0-9a-fA-F]{6})")),
          Map.entry("bsonobjectid", matches("[0-9a-fA-F]{24}")),
          Map.entry("ssn", matches("\\d{3}[- ]?\\d{2}[- ]?\\d{4}")),
          Map.entry("isbn10", matches("(\\d[ -]?){9}[\\dX]")),
          Map.entry("isbn13", matches("(\\d[ -]?){12}\\d")),
          Map.entry("isbn", matches("(\\d[ -]?){9}[\\dX]|(\\d[ -]?){12}\\d")),
          Map.entry("creditcard", matches("\\d{13,19}")),
          Map.entry(
              "rgbcolor", matches("rgb\\(\\s*\\d{1,3}\\s*,\\s*\\d{1,3}\\s*,\\s*\\d{1,3}\\s*\\)")),
          Map.entry("k8s-short-name", name -> NameChecks.dnsLabel(name).isEmpty()),
          Map.entry("k8s-long-name", name -> NameChecks.dnsSubdomain(name).isEmpty()));

  private Formats() {}

  static boolean fits(String format, String text) {
    Predicate<String> known = KNOWN.get(format);
    return known == null || known.test(text);
  }

  static boolean isKnown(String format) {
    return KNOWN.containsKey(format);
  }

  private static Predicate<String> matches(String pattern) {
    return Pattern.compile(pattern).asMatchPredicate();
  }

  private static Predicate<String> uuid(String version) {
    return matches(
        "[0-9a-fA-F]{8}-?[0-9a-fA-F]{4}-?"
            + version
            + "[0-9a-fA-F]{3}-?[0-9a-fA-F]{4}-?[0-9a-fA-F]{12}");
  }

  private static boolean isDateTime(String text) {
    try {
      OffsetDateTime.parse(text.toUpperCase(java.util.Locale.ROOT));
      return true;
    } catch (DateTimeException e) {
      return false;
    }
  }

  private static boolean isDate(String text) {
    try {
      LocalDate.parse(text);
      return true;
    } catch (DateTimeException e) {
      return false;
    }
  }

  private static boolean isDuration(String text) {
    try {
      GoDuration.parse(text);
      return true;
    } catch (RuntimeException e) {
      return text.matches("\\d+\\s*(ns|us|µs|ms|s|sec|secs|m|min|h|hr|hour|d|day|w|week)s?");
    }
  }

  private static boolean isBase64(String text) {
    try {
      Base64.getDecoder().decode(text);
      return true;
    } catch (IllegalArgumentException e) {
      return false;
    }
  }

  private static boolean isUri(String text) {
    try {
      return new URI(text).isAbsolute() || text.startsWith("/");
    } catch (URISyntaxException e) {
      return false;
    }
  }

  private static boolean isHostname(String text) {
    return text.length() <= 255
        && text.matches(
            "[a-zA-Z0-9]([a-zA-Z0-9-]{0,61}[a-zA-Z0-9])?"
                + "(\\.[a-zA-Z0-9]([a-zA-Z0-9-]{0,61}[a-zA-Z0-9])?)*\\.?");
  }

  private static boolean isIpv4(String text) {
    return text.matches("((25[0-5]|2[0-4]\\d|1\\d\\d|[1-9]?\\d)(\\.(?!$)|$)){4}");
  }

  private static boolean isIpv6(String text) {
    if (!text.contains(":") || !text.matches("[0-9a-fA-F:.]+")) {
      return false;
    }
    try {
      java.net.InetAddress.getByName(text);
      return true;
    } catch (java.net.UnknownHostException e) {
      return false;
    }
  }

  private static boolean isCidr(String text) {
    String[] parts = text.split("/", -1);
    if (parts.length != 2 || !parts[1].matches("\\d{1,3}")) {
      return false;
    }
    int bits = Integer.parseInt(parts[1]);
    return (isIpv4(parts[0]) && bits <= 32) || (isIpv6(parts[0]) && bits <= 128);
  }
}
