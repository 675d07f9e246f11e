package dev.navarch.apiserver.kinds;

import java.time.Duration;
import java.time.Instant;
import tools.jackson.databind.JsonNode;

/// Times as `kubectl get` shows them: `45s`, `3m12s`, `5h`, `12d`.
public final class Ages {
  private Ages() {}

  public static String since(JsonNode timestamp, Instant now) {
    String text = timestamp.asString("");
    return text.isEmpty() ? "<unknown>" : of(Duration.between(Instant.parse(text), now));
  }

  public static String of(Duration age) {
    long seconds = age.toSeconds();
    if (seconds < -1) {
      return "<invalid>";
    }
    if (seconds < 0) {
      return "0s";
    }
    if (seconds < 120) {
      return seconds + "s";
    }
    long minutes = seconds / 60;
    if (minutes < 10) {
      return seconds % 60 == 0 ? minutes + "m" : minutes + "m" + seconds % 60 + "s";
    }
    if (minutes < 180) {
      return minutes + "m";
    }
    long hours = minutes / 60;
    if (hours < 8) {
      return minutes % 60 == 0 ? hours + "h" : hours + "h" + minutes % 60 + "m";
    }
    if (hours < 48) {
      return hours + "h";
    }
    long days = hours / 24;
    if (hours < 192) {
      return hours % 24 == 0 ? days + "d" : days + "d" + hours % 24 + "h";
    }
    if (days < 730) {
      return days + "d";
    }
    long years = days / 365;
    if (years < 8) {
      return days % 365 == 0 ? years + "y" : years + "y" + days % 365 + "d";
    }
    return years + "y";
  }
}
