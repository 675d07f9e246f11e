package dev.navarch.apiserver.kinds;

import dev.navarch.api.FieldError;
import java.util.List;
import java.util.function.Consumer;
import tools.jackson.databind.node.ObjectNode;

/// PodDisruptionBudgets: how many pods of a set may be taken away at once.
final class PodDisruptionBudgets implements KindRules {

  @Override
  public void validate(ObjectNode budget, Consumer<FieldError> errors) {
    Place spec = Place.root(budget, errors).at("spec");
    Place least = spec.at("minAvailable");
    Place most = spec.at("maxUnavailable");
    if (least.isSet() && most.isSet()) {
      spec.invalid("minAvailable and maxUnavailable cannot be both set");
    }
    for (Place amount : List.of(least, most)) {
      Amounts.validate(amount);
      Amounts.atMostAll(amount);
    }
    spec.ifSet("selector").ifPresent(LabelSelectors::validate);
  }

  @Override
  public boolean allowsUnconditionalUpdate() {
    return false;
  }

  @Override
  public List<Column> columns() {
    return List.of(
        Column.NAME,
        Columns.text("Min Available", "Pods that must stay.", "/spec/minAvailable", "N/A"),
        Columns.text("Max Unavailable", "Pods that may go.", "/spec/maxUnavailable", "N/A"),
        Columns.number(
            "Allowed Disruptions", "Pods that may go now.", "/status/disruptionsAllowed"),
        Column.AGE);
  }
}
