package dev.navarch.apiserver.kinds;

import static dev.navarch.apiserver.kinds.Defaults.objects;

import dev.navarch.api.FieldError;
import dev.navarch.api.Quantity;
import java.util.List;
import java.util.Optional;
import java.util.function.Consumer;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/// LimitRanges: bounds and defaults for what one container, pod or claim asks for. A missing
/// default follows from the bounds.
final class LimitRanges implements KindRules {

  @Override
  public void setDefaults(ObjectNode range) {
    for (ObjectNode limit : objects(range.at("/spec/limits"))) {
      if (limit.path("type").asString("").equals("Container")) {
        fill(limit, "default", limit.path("max"));
        fill(limit, "defaultRequest", limit.path("default"));
        fill(limit, "defaultRequest", limit.path("min"));
      }
    }
  }

  private static void fill(ObjectNode limit, String field, JsonNode from) {
    if (from.isObject() && !from.isEmpty()) {
      ObjectNode target = Defaults.object(limit, field);
      from.properties().forEach(entry -> Defaults.put(target, entry.getKey(), entry.getValue()));
    }
  }

  @Override
  public void validate(ObjectNode range, Consumer<FieldError> errors) {
    Place.root(range, errors).at("spec", "limits").distinct("type");
    for (Place limit : Place.root(range, errors).at("spec", "limits").items()) {
      limit.at("type").present();
      if (limit.at("type").text().equals("Pod")) {
        for (String field : List.of("default", "defaultRequest")) {
          if (!limit.at(field).isEmpty()) {
            limit.at(field).forbidden("may not be specified when `type` is 'Pod'");
          }
        }
      }
      if (limit.at("type").text().equals("PersistentVolumeClaim")
          && !limit.at("min").node().has("storage")
          && !limit.at("max").node().has("storage")) {
        limit
            .at("limits")
            .required(
                "either minimum or maximum storage value is required, but neither was provided");
      }
      for (Place ratio : limit.at("maxLimitRequestRatio").values()) {
        if (Resources.quantity(ratio.node()).filter(q -> q.milliValue() < 1000).isPresent()) {
          ratio.invalidText(ratio.text(), "ratio %s is less than 1".formatted(ratio.text()));
        }
      }
      Place least = limit.at("min");
      ordered(least, limit.at("max"), "min value %s is greater than max value %s");
      ordered(
          limit.at("defaultRequest"),
          limit.at("default"),
          "default request value %s is greater than default limit value %s");
      ordered(
          limit.at("default"), limit.at("max"), "default value %s is greater than max value %s");
      ordered(
          least,
          limit.at("defaultRequest"),
          "min value %s is greater than default request value %s");
    }
  }

  private static void ordered(Place smaller, Place larger, String otherwise) {
    for (Place amount : smaller.values()) {
      Optional<Quantity> low = Resources.quantity(amount.node());
      Optional<Quantity> high = Resources.quantity(larger.node().path(amount.mapKey()));
      if (low.isPresent() && high.isPresent() && low.get().compareTo(high.get()) > 0) {
        amount.invalidText(low.get().toString(), otherwise.formatted(low.get(), high.get()));
      }
    }
  }

  @Override
  public boolean hasGeneration() {
    return false;
  }

  @Override
  public List<Column> columns() {
    return List.of(Column.NAME, Columns.CREATED_AT);
  }
}
