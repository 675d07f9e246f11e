package dev.navarch.apiserver.kinds;

import dev.navarch.api.FieldError;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;
import tools.jackson.databind.node.ObjectNode;

/// Deployments: replicas of one template, replaced a quarter at a time unless told otherwise.
final class Deployments implements KindRules {

  @Override
  public void setDefaults(ObjectNode deployment) {
    ObjectNode spec = Defaults.object(deployment, "spec");
    Templates.setDefaults(spec);
    Defaults.put(spec, "replicas", 1);
    Defaults.put(spec, "revisionHistoryLimit", 10);
    Defaults.put(spec, "progressDeadlineSeconds", 600);
    ObjectNode strategy = Defaults.object(spec, "strategy");
    Defaults.put(strategy, "type", "RollingUpdate");
    if (strategy.path("type").asString("").equals("RollingUpdate")) {
      ObjectNode rolling = Defaults.object(strategy, "rollingUpdate");
      Defaults.put(rolling, "maxUnavailable", "25%");
      Defaults.put(rolling, "maxSurge", "25%");
    }
  }

  @Override
  public void validate(ObjectNode deployment, Consumer<FieldError> errors) {
    Place spec = Place.root(deployment, errors).at("spec");
    spec.at("replicas").atLeast(0);
    spec.at("minReadySeconds").atLeast(0);
    spec.at("revisionHistoryLimit").atLeast(0);
    spec.at("progressDeadlineSeconds").atLeast(0);
    if (spec.at("progressDeadlineSeconds").number(Long.MAX_VALUE)
        <= spec.at("minReadySeconds").number(0)) {
      spec.at("progressDeadlineSeconds").invalid("must be greater than minReadySeconds");
    }
    Templates.validateLongRunning(spec, "deployment");
    validateStrategy(spec.at("strategy"));
  }

  private static void validateStrategy(Place strategy) {
    Place rolling = strategy.at("rollingUpdate");
    if (strategy.at("type").text().equals("Recreate")) {
      if (rolling.isSet()) {
        rolling.forbidden("may not be specified when strategy `type` is 'Recreate'");
      }
      return;
    }
    Place unavailable = rolling.at("maxUnavailable");
    Place surge = rolling.at("maxSurge");
    Amounts.validate(unavailable);
    Amounts.validate(surge);
    if (Amounts.isZero(unavailable.node()) && Amounts.isZero(surge.node())) {
      unavailable.invalid("may not be 0 when `maxSurge` is 0");
    }
    Amounts.atMostAll(unavailable);
  }

  @Override
  public void validateUpdate(ObjectNode deployment, ObjectNode old, Consumer<FieldError> errors) {
    Place.root(deployment, errors).at("spec", "selector").sameAs(old.at("/spec/selector"));
  }

  @Override
  public void validateStatusUpdate(
      ObjectNode deployment, ObjectNode old, Consumer<FieldError> errors) {
    WorkloadStatuses.validate(
        Place.root(deployment, errors),
        old,
        "replicas",
        "updatedReplicas",
        "readyReplicas",
        "availableReplicas");
  }

  @Override
  public List<Column> columns() {
    List<Column> columns = new ArrayList<>();
    columns.add(Column.NAME);
    columns.add(
        Columns.text(
            "Ready",
            "Pods that are ready, out of those wanted.",
            deployment ->
                deployment.at("/status/readyReplicas").asLong(0)
                    + "/"
                    + deployment.at("/spec/replicas").asLong(0)));
    columns.add(
        Columns.number("Up-to-date", "Pods of the newest template.", "/status/updatedReplicas"));
    columns.add(
        Columns.number(
            "Available", "Pods that have been ready long enough.", "/status/availableReplicas"));
    columns.add(Column.AGE);
    columns.addAll(Columns.containers("/spec/template/spec"));
    columns.add(Columns.selectorColumn("/spec/selector"));
    return columns;
  }
}
