package dev.navarch.apiserver.admission;

import dev.navarch.api.Quantity;
import dev.navarch.apiserver.kinds.PodResources;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;

/// Compares amounts with one limit of a limit range, and says what is out of its bounds.
final class LimitBounds {
  private LimitBounds() {}

  static void check(
      JsonNode limit,
      String type,
      Map<String, Quantity> requests,
      Map<String, Quantity> limits,
      List<String> wrong) {
    PodResources.quantities(limit.path("min"))
        .forEach(
            (name, least) -> {
              String rule = "minimum %s usage per %s is %s".formatted(name, type, least);
              below(rule, "request", requests.get(name), least, wrong, true);
              below(rule, "limit", limits.get(name), least, wrong, false);
            });
    PodResources.quantities(limit.path("max"))
        .forEach(
            (name, most) -> {
              String rule = "maximum %s usage per %s is %s".formatted(name, type, most);
              above(rule, "limit", limits.get(name), most, wrong, true);
              above(rule, "request", requests.get(name), most, wrong, false);
            });
    PodResources.quantities(limit.path("maxLimitRequestRatio"))
        .forEach((name, most) -> ratio(name, type, most, requests, limits, wrong));
  }

  static void checkRequests(
      JsonNode limit, String type, Map<String, Quantity> requests, List<String> wrong) {
    PodResources.quantities(limit.path("min"))
        .forEach(
            (name, least) -> {
              String rule = "minimum %s usage per %s is %s".formatted(name, type, least);
              below(rule, "request", requests.get(name), least, wrong, true);
            });
    PodResources.quantities(limit.path("max"))
        .forEach(
            (name, most) -> {
              String rule = "maximum %s usage per %s is %s".formatted(name, type, most);
              above(rule, "request", requests.get(name), most, wrong, true);
            });
  }

  private static void below(
      String rule,
      String what,
      @Nullable Quantity found,
      Quantity least,
      List<String> wrong,
      boolean needed) {
    if (found == null) {
      if (needed) {
        wrong.add("%s.  No %s is specified".formatted(rule, what));
      }
    } else if (found.compareTo(least) < 0) {
      wrong.add("%s, but %s is %s".formatted(rule, what, found));
    }
  }

  private static void above(
      String rule,
      String what,
      @Nullable Quantity found,
      Quantity most,
      List<String> wrong,
      boolean needed) {
    if (found == null) {
      if (needed) {
        wrong.add("%s.  No %s is specified".formatted(rule, what));
      }
    } else if (found.compareTo(most) > 0) {
      wrong.add("%s, but %s is %s".formatted(rule, what, found));
    }
  }

  private static void ratio(
      String name,
      String type,
      Quantity most,
      Map<String, Quantity> requests,
      Map<String, Quantity> limits,
      List<String> wrong) {
    Quantity request = requests.get(name);
    Quantity limit = limits.get(name);
    String rule = "%s max limit to request ratio per %s is %s".formatted(name, type, most);
    if (request == null || request.isZero() || limit == null) {
      wrong.add(rule + ", but no request is specified or request is 0");
      return;
    }
    double found = (double) limit.milliValue() / request.milliValue();
    if (found * 1000 > most.milliValue()) {
      wrong.add("%s, but provided ratio is %f".formatted(rule, found));
    }
  }
}
