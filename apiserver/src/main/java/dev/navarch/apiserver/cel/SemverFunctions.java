package dev.navarch.apiserver.cel;

import static dev.navarch.apiserver.cel.StandardFunctions.text;

import dev.navarch.apiserver.cel.Functions.Function;
import java.math.BigInteger;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/// Versions as semver.org orders them; when asked to, lenient with a leading `v`, missing parts and
/// leading zeros.
final class SemverFunctions {
  private static final Pattern VERSION =
      Pattern.compile(
          "(0|[1-9][0-9]*)\\.(0|[1-9][0-9]*)\\.(0|[1-9][0-9]*)"
              + "(?:-([0-9A-Za-z-]+(?:\\.[0-9A-Za-z-]+)*))?(?:\\+([0-9A-Za-z-]+(?:\\.[0-9A-Za-z-]+)*))?");
  private static final int LONGEST = 256;

  private SemverFunctions() {}

  record Semver(long major, long minor, long patch, String preRelease, String build)
      implements Values.Ordered {
    @Override
    public String typeName() {
      return "kubernetes.Semver";
    }

    @Override
    public int order(Values.Ordered other) {
      if (!(other instanceof Semver semver)) {
        throw EvaluationFailed.noSuchOverload();
      }
      int numbers =
          Arrays.compare(
              new long[] {major, minor, patch},
              new long[] {semver.major, semver.minor, semver.patch});
      return Integer.signum(numbers == 0 ? preReleases(preRelease, semver.preRelease) : numbers);
    }

    @Override
    public boolean equals(Object other) {
      return other instanceof Semver semver && order(semver) == 0;
    }

    @Override
    public int hashCode() {
      return Long.hashCode(major * 31 * 31 + minor * 31 + patch);
    }

    @Override
    public String toString() {
      return major
          + "."
          + minor
          + "."
          + patch
          + (preRelease.isEmpty() ? "" : "-" + preRelease)
          + (build.isEmpty() ? "" : "+" + build);
    }
  }

  static Map<String, Function> functions() {
    return Map.of(
        "semver",
            args ->
                parse(args)
                    .orElseThrow(
                        () ->
                            new EvaluationFailed(
                                "semver parse error: invalid version \"%s\""
                                    .formatted(text(args.getFirst())))),
        "isSemver", args -> parse(args).isPresent(),
        "major", args -> version(args).major(),
        "minor", args -> version(args).minor(),
        "patch", args -> version(args).patch());
  }

  private static Semver version(List<Object> args) {
    if (args.getFirst() instanceof Semver semver) {
      return semver;
    }
    throw EvaluationFailed.noSuchOverload();
  }

  private static Optional<Object> parse(List<Object> args) {
    boolean lenient = args.size() > 1 && StandardFunctions.bool(args.get(1));
    String text = text(args.getFirst());
    if (text.length() > LONGEST) {
      return Optional.empty();
    }
    Matcher version = VERSION.matcher(lenient ? normalized(text) : text);
    if (!version.matches() || leadingZero(orEmpty(version.group(4)))) {
      return Optional.empty();
    }
    try {
      return Optional.of(
          new Semver(
              Long.parseLong(version.group(1)),
              Long.parseLong(version.group(2)),
              Long.parseLong(version.group(3)),
              orEmpty(version.group(4)),
              orEmpty(version.group(5))));
    } catch (NumberFormatException e) {
      return Optional.empty();
    }
  }

  private static boolean leadingZero(String preRelease) {
    return Arrays.stream(preRelease.split("\\.")).anyMatch(part -> part.matches("0[0-9]+"));
  }

  private static String normalized(String text) {
    String bare = text.startsWith("v") ? text.substring(1) : text;
    int end = 0;
    while (end < bare.length() && "+-".indexOf(bare.charAt(end)) < 0) {
      end++;
    }
    String numbers =
        Arrays.stream(bare.substring(0, end).split("\\.", -1))
            .map(part -> part.replaceFirst("^0+(?=[0-9])", ""))
            .collect(Collectors.joining("."));
    long missing = 2 - numbers.chars().filter(c -> c == '.').count();
    return numbers + ".0".repeat((int) Math.max(0, missing)) + bare.substring(end);
  }

  /// A version without a pre-release comes after all its pre-releases.
  private static int preReleases(String left, String right) {
    if (left.isEmpty() || right.isEmpty()) {
      return Boolean.compare(left.isEmpty(), right.isEmpty());
    }
    String[] a = left.split("\\.");
    String[] b = right.split("\\.");
    for (int i = 0; i < Math.min(a.length, b.length); i++) {
      boolean number = a[i].matches("[0-9]+");
      boolean otherNumber = b[i].matches("[0-9]+");
      int order =
          number && otherNumber
              ? new BigInteger(a[i]).compareTo(new BigInteger(b[i]))
              : number != otherNumber ? Boolean.compare(otherNumber, number) : a[i].compareTo(b[i]);
      if (order != 0) {
        return order;
      }
    }
    return Integer.compare(a.length, b.length);
  }

  private static String orEmpty(@org.jspecify.annotations.Nullable String text) {
    return text == null ? "" : text;
  }
}
