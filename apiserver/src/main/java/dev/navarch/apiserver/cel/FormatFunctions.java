package dev.navarch.apiserver.cel;

import static dev.navarch.apiserver.cel.StandardFunctions.text;

import dev.navarch.api.selectors.NameChecks;
import dev.navarch.apiserver.cel.Functions.Function;
import java.time.DateTimeException;
import java.time.LocalDate;
import java.time.OffsetDateTime;
import java.util.Base64;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;

/// The named formats of Kubernetes: `format.dns1123Label().validate(name)` tells what is wrong.
final class FormatFunctions {
  private static final Map<String, NamedFormat> FORMATS = new TreeMap<>();

  static {
    add("dns1123Label", 30, NameChecks::dnsLabel);
    add("dns1123Subdomain", 60, NameChecks::dnsSubdomain);
    add("dns1035Label", 30, NameChecks::dns1035Label);
    add("qualifiedName", 60, NameChecks::qualifiedName);
    add("dns1123LabelPrefix", 30, value -> NameChecks.dnsLabel(unfinished(value)));
    add("dns1123SubdomainPrefix", 60, value -> NameChecks.dnsSubdomain(unfinished(value)));
    add("dns1035LabelPrefix", 30, value -> NameChecks.dns1035Label(unfinished(value)));
    add("labelValue", 40, NameChecks::labelValue);
    add("uri", 700, FormatFunctions::uri);
    add(
        "uuid",
        83,
        value ->
            value.matches("(?i)[0-9a-f]{8}-?[0-9a-f]{4}-?[0-9a-f]{4}-?[0-9a-f]{4}-?[0-9a-f]{12}")
                ? List.of()
                : List.of("does not match the UUID format"));
    add("byte", 89, FormatFunctions::base64);
    add("date", 71, FormatFunctions::date);
    add("datetime", 71, FormatFunctions::time);
  }

  private FormatFunctions() {}

  interface Check {
    List<String> errors(String value);
  }

  /// @param patternSize of the regular expression that it is taken to cost as much as
  record NamedFormat(String name, int patternSize, Check check) implements Values.Opaque {
    @Override
    public String typeName() {
      return "kubernetes.NamedFormat";
    }
  }

  static Map<String, Function> functions() {
    Map<String, Function> all = new HashMap<>();
    all.put("format.named", args -> Optional.ofNullable(FORMATS.get(text(args.getFirst()))));
    FORMATS.forEach((name, format) -> all.put("format." + name, args -> format));
    all.put("validate", args -> validate(args.getFirst(), text(args.get(1))));
    return all;
  }

  static List<String> names() {
    return List.copyOf(FORMATS.keySet());
  }

  private static void add(String name, int patternSize, Check check) {
    FORMATS.put(name, new NamedFormat(name, patternSize, check));
  }

  private static Object validate(Object format, String value) {
    if (format instanceof NamedFormat(_, _, Check check)) {
      List<String> errors = check.errors(value);
      return errors.isEmpty() ? Optional.empty() : Optional.of(List.copyOf(errors));
    }
    throw EvaluationFailed.noSuchOverload();
  }

  /// The start of a generated name may end in a dash.
  private static String unfinished(String prefix) {
    return prefix.length() > 1 && prefix.endsWith("-")
        ? prefix.substring(0, prefix.length() - 1) + "a"
        : prefix;
  }

  private static List<String> uri(String value) {
    try {
      Functions.call("url", List.of(value));
      return List.of();
    } catch (EvaluationFailed e) {
      return List.of(e.getMessage());
    }
  }

  private static List<String> base64(String value) {
    try {
      Base64.getDecoder().decode(value);
      return List.of();
    } catch (IllegalArgumentException e) {
      return List.of("invalid base64");
    }
  }

  private static List<String> date(String value) {
    try {
      LocalDate.parse(value);
      return List.of();
    } catch (DateTimeException e) {
      return List.of("invalid date");
    }
  }

  private static List<String> time(String value) {
    try {
      OffsetDateTime.parse(value);
      return List.of();
    } catch (DateTimeException e) {
      return List.of("invalid datetime");
    }
  }
}
