package dev.navarch.apiserver.kinds;

import dev.navarch.api.FieldError;
import java.util.List;
import java.util.function.Consumer;
import java.util.stream.Collectors;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/// ResourceQuotas: how much a namespace may hold.
final class ResourceQuotas implements KindRules {

  @Override
  public void validate(ObjectNode quota, Consumer<FieldError> errors) {
    Place.root(quota, errors).at("spec", "hard").values().forEach(Resources::nonNegative);
  }

  @Override
  public boolean hasGeneration() {
    return false;
  }

  @Override
  public List<Column> columns() {
    return List.of(
        Column.NAME,
        Columns.text(
            "Request", "Used and allowed, of what is asked for.", quota -> used(quota, false)),
        Columns.text("Limit", "Used and allowed, of what is limited.", quota -> used(quota, true)),
        Column.AGE);
  }

  private static String used(ObjectNode quota, boolean limits) {
    JsonNode hard =
        quota.at("/status/hard").isEmpty() ? quota.at("/spec/hard") : quota.at("/status/hard");
    JsonNode used = quota.at("/status/used");
    return hard.properties().stream()
        .filter(entry -> entry.getKey().startsWith("limits.") == limits)
        .map(
            entry ->
                "%s: %s/%s"
                    .formatted(
                        entry.getKey(),
                        used.path(entry.getKey()).asString("0"),
                        entry.getValue().asString("")))
        .sorted()
        .collect(Collectors.joining(", "));
  }
}
