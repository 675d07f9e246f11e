package dev.navarch.api;

import java.math.BigInteger;
import java.nio.charset.StandardCharsets;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.snakeyaml.engine.v2.events.ScalarEvent;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.JsonNodeFactory;

/// What a YAML scalar means where YAML becomes JSON: unquoted `yes` and `off` are booleans, `0644`
/// is octal, a date stays text.
final class YamlScalar {
  private static final Set<String> NULL = Set.of("", "~", "null", "Null", "NULL");
  private static final Set<String> TRUE =
      Set.of("y", "Y", "yes", "Yes", "YES", "true", "True", "TRUE", "on", "On", "ON");
  private static final Set<String> FALSE =
      Set.of("n", "N", "no", "No", "NO", "false", "False", "FALSE", "off", "Off", "OFF");
  private static final Pattern NOT_FINITE =
      Pattern.compile("[-+]?\\.(inf|Inf|INF)|\\.(nan|NaN|NAN)");
  private static final Pattern WHOLE =
      Pattern.compile(
          "(?<sign>[-+]?)(?:0[xX](?<hex>[0-9a-fA-F]+)|0[bB](?<binary>[01]+)"
              + "|0[oO]?(?<octal>[0-7]+)|(?<decimal>0|[1-9][0-9]*))");
  private static final Pattern DECIMAL =
      Pattern.compile("[-+]?(\\.[0-9]+|[0-9]+(\\.[0-9]*)?)([eE][-+]?[0-9]{1,6})?");
  private static final String TAG = "tag:yaml.org,2002:";

  private YamlScalar() {}

  static boolean isMerge(ScalarEvent scalar) {
    return scalar.isPlain() && scalar.getValue().equals("<<");
  }

  static JsonNode resolve(ScalarEvent scalar) {
    String text = scalar.getValue();
    String tag = scalar.getTag().orElse(scalar.isPlain() ? "" : TAG + "str");
    return switch (tag) {
      case TAG + "str", "!" -> Json.string(text);
      case TAG + "binary" -> Json.string(new String(binary(text), StandardCharsets.UTF_8));
      default -> plain(text);
    };
  }

  private static byte[] binary(String text) {
    try {
      return Scalars.bytes(text.replace("\n", "").replace("\r", ""));
    } catch (ApiException e) {
      throw ApiException.badRequest(
          "error converting YAML to JSON: yaml: !!binary value contains invalid base64 data");
    }
  }

  private static JsonNode plain(String text) {
    if (NULL.contains(text)) {
      return Json.nothing();
    }
    if (TRUE.contains(text)) {
      return Json.bool(true);
    }
    if (FALSE.contains(text)) {
      return Json.bool(false);
    }
    char first = text.charAt(0);
    boolean numeric = first == '.' || first == '-' || first == '+' || Character.isDigit(first);
    return numeric ? number(text) : Json.string(text);
  }

  private static JsonNode number(String text) {
    if (NOT_FINITE.matcher(text).matches()) {
      throw ApiException.badRequest(
          "error converting YAML to JSON: json: unsupported value: " + text);
    }
    String digits = text.replace("_", "");
    Matcher whole = WHOLE.matcher(digits);
    if (whole.matches()) {
      return digits.length() > Json.MAX_DIGITS ? Json.string(text) : whole(whole);
    }
    return DECIMAL.matcher(digits).matches()
        ? Json.decimalNode(digits).orElseGet(() -> Json.string(text))
        : Json.string(text);
  }

  private static JsonNode whole(Matcher number) {
    BigInteger value =
        number.group("hex") != null
            ? new BigInteger(number.group("hex"), 16)
            : number.group("binary") != null
                ? new BigInteger(number.group("binary"), 2)
                : number.group("octal") != null
                    ? new BigInteger(number.group("octal"), 8)
                    : new BigInteger(number.group("decimal"));
    BigInteger signed = number.group("sign").equals("-") ? value.negate() : value;
    return signed.bitLength() < Long.SIZE
        ? Json.number(signed.longValueExact())
        : JsonNodeFactory.instance.numberNode(signed);
  }
}
