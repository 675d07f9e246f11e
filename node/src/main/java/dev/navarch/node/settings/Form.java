package dev.navarch.node.settings;

import dev.navarch.api.ApiException;
import dev.navarch.api.GoDuration;
import dev.navarch.api.Quantity;
import dev.navarch.node.topology.CpuSet;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.function.Predicate;
import java.util.stream.Collectors;
import tools.jackson.databind.JsonNode;

/// What may stand in a field.
///
/// @param expected in words, for whoever wrote something else
record Form(String expected, Predicate<JsonNode> fits) {
  static final Form ANY = new Form("anything", _ -> true);
  static final Form FLAG = new Form("true or false", JsonNode::isBoolean);
  static final Form TEXT = new Form("text", JsonNode::isString);
  static final Form DURATION =
      new Form("a duration as \"1m30s\", not below 0", node -> text(node, Form::isDuration));
  static final Form QUANTITY =
      new Form("an amount as \"200m\" or \"1Gi\"", node -> text(node, Form::isQuantity));
  static final Form ADDRESS = new Form("an IP address", node -> text(node, Form::isAddress));
  static final Form CPUS = new Form("CPUs as \"0-1,4\"", node -> text(node, Form::isCpus));
  static final Form PATH =
      new Form("an absolute path", node -> text(node, path -> path.matches("(/.*)?")));
  static final Form THRESHOLD =
      new Form(
          "an amount as \"1Gi\" or a share as \"10%\"",
          node -> text(node, text -> percent(text).isPresent() || isQuantity(text)));

  static Form number(long least, long most) {
    return new Form(
        "a number from %d to %d".formatted(least, most),
        node -> node.isIntegralNumber() && node.asLong() >= least && node.asLong() <= most);
  }

  static Form multiple(long of) {
    return new Form(
        "a multiple of " + of,
        node -> node.isIntegralNumber() && node.asLong() > 0 && node.asLong() % of == 0);
  }

  static Form choice(String... words) {
    List<String> all = List.of(words);
    return new Form(
        "one of " + String.join(", ", all),
        node -> node.isString() && all.contains(node.asString()));
  }

  static Form list(Form each) {
    return new Form(
        "a list, each " + each.expected,
        node -> node.isArray() && node.valueStream().allMatch(each.fits));
  }

  /// @param names empty for any
  static Form map(Form each, String... names) {
    List<String> known = List.of(names);
    String keys = known.isEmpty() ? "" : " of " + String.join(", ", known);
    return new Form(
        "a map%s, each %s".formatted(keys, each.expected),
        node ->
            node.isObject()
                && node.properties().stream()
                    .allMatch(
                        entry ->
                            (known.isEmpty() || known.contains(entry.getKey()))
                                && each.fits.test(entry.getValue())));
  }

  /// An object with these fields and no others.
  static Form object(Map<String, Form> fields, String... required) {
    Map<String, Form> sorted = new TreeMap<>(fields);
    String expected =
        sorted.entrySet().stream()
            .map(field -> field.getKey() + ": " + field.getValue().expected)
            .collect(Collectors.joining(", ", "{", "}"));
    return new Form(
        expected,
        node ->
            node.isObject()
                && List.of(required).stream().allMatch(node::has)
                && node.properties().stream()
                    .allMatch(
                        entry ->
                            Optional.ofNullable(sorted.get(entry.getKey()))
                                .filter(field -> field.fits.test(entry.getValue()))
                                .isPresent()));
  }

  static Form duration(String least, String most) {
    return new Form(
        "a duration from %s to %s".formatted(least, most),
        node ->
            DURATION.fits.test(node)
                && GoDuration.parse(node.asString()).compareTo(GoDuration.parse(least)) >= 0
                && GoDuration.parse(node.asString()).compareTo(GoDuration.parse(most)) <= 0);
  }

  static Form zeroOrFrom(String least) {
    return new Form(
        "0s or a duration from %s up".formatted(least),
        node -> {
          if (!DURATION.fits.test(node)) {
            return false;
          }
          var found = GoDuration.parse(node.asString());
          return found.isZero() || found.compareTo(GoDuration.parse(least)) >= 0;
        });
  }

  /// Percent as `12.5%`, without its sign.
  static Optional<Double> percent(String text) {
    if (!text.matches("[0-9]+(\\.[0-9]+)?%")) {
      return Optional.empty();
    }
    double value = Double.parseDouble(text.substring(0, text.length() - 1));
    return value <= 100 ? Optional.of(value) : Optional.empty();
  }

  private static boolean text(JsonNode node, Predicate<String> test) {
    return node.isString() && test.test(node.asString());
  }

  private static boolean isDuration(String text) {
    try {
      return !GoDuration.parse(text).isNegative();
    } catch (ApiException e) {
      return false;
    }
  }

  private static boolean isQuantity(String text) {
    try {
      return Quantity.parse(text).signum() >= 0;
    } catch (ApiException | IllegalArgumentException e) {
      return false;
    }
  }

  private static boolean isCpus(String text) {
    try {
      CpuSet.parse(text);
      return true;
    } catch (IllegalArgumentException e) {
      return false;
    }
  }

  private static boolean isAddress(String text) {
    try {
      return text.matches("[0-9a-fA-F:.]+") && InetAddress.getByName(text) != null;
    } catch (UnknownHostException e) {
      return false;
    }
  }
}
