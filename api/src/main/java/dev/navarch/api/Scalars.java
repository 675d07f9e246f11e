package dev.navarch.api;

import java.time.Instant;
import java.time.OffsetDateTime;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.time.format.DateTimeParseException;
import java.time.temporal.ChronoUnit;
import java.util.Base64;
import tools.jackson.databind.JsonNode;

/// The one canonical form of values that JSON writes as text: times in UTC, quantities, durations,
/// base64.
final class Scalars {
  private static final DateTimeFormatter SECONDS =
      DateTimeFormatter.ofPattern("uuuu-MM-dd'T'HH:mm:ss'Z'").withZone(ZoneOffset.UTC);
  private static final DateTimeFormatter MICROS =
      DateTimeFormatter.ofPattern("uuuu-MM-dd'T'HH:mm:ss.SSSSSS'Z'").withZone(ZoneOffset.UTC);

  private Scalars() {}

  static JsonNode time(JsonNode node) {
    return Json.string(time(instant(text(node), "2006-01-02T15:04:05Z07:00")));
  }

  static String time(Instant instant) {
    return SECONDS.format(instant);
  }

  static JsonNode microTime(JsonNode node) {
    return Json.string(microTime(instant(text(node), "2006-01-02T15:04:05.000000Z07:00")));
  }

  static String microTime(Instant instant) {
    return MICROS.format(instant.truncatedTo(ChronoUnit.MICROS));
  }

  static Instant instant(String text, String layout) {
    try {
      return OffsetDateTime.parse(text).toInstant();
    } catch (DateTimeParseException e) {
      throw ApiException.badRequest(
          "parsing time \"\\\"%s\\\"\" as \"\\\"%s\\\"\": cannot parse \"%s\" as a time"
              .formatted(text, layout, text.substring(Math.min(e.getErrorIndex(), text.length()))));
    }
  }

  static JsonNode duration(JsonNode node) {
    return Json.string(GoDuration.format(GoDuration.parse(text(node))));
  }

  static JsonNode intOrString(JsonNode node) {
    if (node.isString() || (node.isIntegralNumber() && node.canConvertToInt())) {
      return node;
    }
    throw ApiException.badRequest(
        "json: cannot unmarshal %s into Go value of type int32"
            .formatted(GoTypes.found(node, node.isNumber())));
  }

  static JsonNode quantity(JsonNode node) {
    String text = node.isNumber() ? Json.text(node) : node.asString("").strip();
    try {
      return Json.string(Quantity.canonical(text));
    } catch (IllegalArgumentException e) {
      throw ApiException.badRequest(String.valueOf(e.getMessage()));
    }
  }

  static JsonNode base64(JsonNode node) {
    String text = node.stringValue().replace("\n", "").replace("\r", "");
    return Json.string(Base64.getEncoder().encodeToString(bytes(text)));
  }

  static byte[] bytes(String base64) {
    if (base64.length() % 4 != 0) {
      throw ApiException.badRequest("illegal base64 data at input byte " + base64.length() / 4 * 4);
    }
    try {
      return Base64.getDecoder().decode(base64);
    } catch (IllegalArgumentException e) {
      throw ApiException.badRequest("illegal base64 data at input byte " + firstWrong(base64));
    }
  }

  private static int firstWrong(String base64) {
    for (int i = 0; i < base64.length(); i++) {
      char c = base64.charAt(i);
      boolean known = (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9');
      if (!known && c != '+' && c != '/' && c != '=') {
        return i;
      }
    }
    return base64.indexOf('=');
  }

  private static String text(JsonNode node) {
    if (!node.isString()) {
      throw ApiException.badRequest(
          "json: cannot unmarshal %s into Go value of type string"
              .formatted(GoTypes.found(node, false)));
    }
    return node.stringValue();
  }
}
