package dev.navarch.apiserver.kinds;

/// When a job has succeeded before all its indexes have: rules that name indexes, a number of them,
/// or both.
final class SuccessPolicies {
  private static final int MOST_RULES = 20;
  private static final int LONGEST = 64 * 1024;

  private SuccessPolicies() {}

  /// Why a list of indexes is none.
  private static final class WrongException extends Exception {
    private static final long serialVersionUID = 1;

    WrongException(String message) {
      super(message);
    }
  }

  static void validate(Place rules, long completions) {
    if (rules.isEmpty()) {
      rules.required("at least one rules must be specified when the successPolicy is specified");
    }
    if (rules.items().size() > MOST_RULES) {
      rules.tooMany(MOST_RULES);
    }
    rules.items().forEach(rule -> validateRule(rule, completions));
  }

  private static void validateRule(Place rule, long completions) {
    Place indexes = rule.at("succeededIndexes");
    Place count = rule.at("succeededCount");
    if (!indexes.isSet() && !count.isSet()) {
      rule.required("at least one of succeededCount or succeededIndexes must be specified");
    }
    long named = completions;
    if (indexes.isSet()) {
      if (indexes.text().length() > LONGEST) {
        indexes.tooLong(LONGEST);
      }
      try {
        named = count(indexes.text(), completions);
      } catch (WrongException e) {
        indexes.invalid("error parsing succeededIndexes: " + e.getMessage());
      }
    }
    count.atLeast(0);
    if (count.number(0) > completions) {
      count.invalid(
          "must be less than or equal to %d (the number of specified completions)"
              .formatted(completions));
    } else if (count.number(0) > named) {
      count.invalid(
          ("must be less than or equal to %d (the number of indexes in the specified"
                  + " succeededIndexes field)")
              .formatted(named));
    }
  }

  /// How many indexes a text such as `0,3-5` names.
  private static long count(String text, long completions) throws WrongException {
    if (text.isEmpty()) {
      return 0;
    }
    long total = 0;
    long last = -1;
    for (String part : text.split(",", -1)) {
      String[] ends = part.split("-", -1);
      if (ends.length > 2) {
        throw new WrongException(
            ("the fragment \"%s\" violates the requirement that an index interval can have at most"
                    + " two parts separated by '-'")
                .formatted(part));
      }
      long first = index(ends[0], completions);
      if (first <= last) {
        throw notRising(last, first);
      }
      last = first;
      if (ends.length == 2) {
        last = index(ends[1], completions);
        if (last <= first) {
          throw notRising(first, last);
        }
      }
      total += last - first + 1;
    }
    return total;
  }

  private static long index(String text, long completions) throws WrongException {
    if (!text.matches("[0-9]{1,18}")) {
      throw new WrongException(
          "cannot convert string to integer for index: \"%s\"".formatted(text));
    }
    long index = Long.parseLong(text);
    if (index >= completions) {
      throw new WrongException("too large index: \"%s\"".formatted(text));
    }
    return index;
  }

  private static WrongException notRising(long previous, long current) {
    return new WrongException(
        "non-increasing order, previous: %d, current: %d".formatted(previous, current));
  }
}
