package dev.navarch.apiserver.kinds;

import dev.navarch.api.FieldError;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;
import tools.jackson.databind.node.ObjectNode;

/// DaemonSets: one pod on each node that fits.
final class DaemonSets implements KindRules {

  @Override
  public void setDefaults(ObjectNode set) {
    ObjectNode spec = Defaults.object(set, "spec");
    Templates.setDefaults(spec);
    Defaults.put(spec, "revisionHistoryLimit", 10);
    ObjectNode strategy = Defaults.object(spec, "updateStrategy");
    Defaults.put(strategy, "type", "RollingUpdate");
    if (strategy.path("type").asString("").equals("RollingUpdate")) {
      ObjectNode rolling = Defaults.object(strategy, "rollingUpdate");
      Defaults.put(rolling, "maxUnavailable", 1);
      Defaults.put(rolling, "maxSurge", 0);
    }
  }

  @Override
  public void validate(ObjectNode set, Consumer<FieldError> errors) {
    Place spec = Place.root(set, errors).at("spec");
    spec.at("minReadySeconds").atLeast(0);
    spec.at("revisionHistoryLimit").atLeast(0);
    Place strategy = spec.at("updateStrategy");
    if (strategy.at("type").text().equals("RollingUpdate")) {
      validateRolling(strategy.at("rollingUpdate"));
    }
    Templates.validateLongRunning(spec, "daemonset");
  }

  private static void validateRolling(Place rolling) {
    Place unavailable = rolling.at("maxUnavailable");
    Place surge = rolling.at("maxSurge");
    Amounts.validate(unavailable);
    Amounts.validate(surge);
    boolean stuck = Amounts.isZero(unavailable.node()) && Amounts.isZero(surge.node());
    if (stuck) {
      unavailable.invalid("cannot be 0 when maxSurge is 0");
    } else if (!Amounts.isZero(unavailable.node()) && !Amounts.isZero(surge.node())) {
      surge.invalid("may not be set when maxUnavailable is non-zero");
    }
    Amounts.atMostAll(unavailable);
    Amounts.atMostAll(surge);
  }

  @Override
  public void validateUpdate(ObjectNode set, ObjectNode old, Consumer<FieldError> errors) {
    Place.root(set, errors).at("spec", "selector").sameAs(old.at("/spec/selector"));
  }

  @Override
  public void validateStatusUpdate(ObjectNode set, ObjectNode old, Consumer<FieldError> errors) {
    WorkloadStatuses.validateCounts(
        Place.root(set, errors),
        List.of(
            "currentNumberScheduled",
            "desiredNumberScheduled",
            "numberMisscheduled",
            "numberReady",
            "numberAvailable",
            "numberUnavailable",
            "updatedNumberScheduled",
            "observedGeneration"));
  }

  @Override
  public List<Column> columns() {
    List<Column> columns = new ArrayList<>();
    columns.add(Column.NAME);
    columns.add(
        Columns.number("Desired", "Nodes that should run it.", "/status/desiredNumberScheduled"));
    columns.add(Columns.number("Current", "Nodes that run it.", "/status/currentNumberScheduled"));
    columns.add(Columns.number("Ready", "Nodes where it is ready.", "/status/numberReady"));
    columns.add(
        Columns.number(
            "Up-to-date", "Nodes that run the newest template.", "/status/updatedNumberScheduled"));
    columns.add(
        Columns.number("Available", "Nodes where it is available.", "/status/numberAvailable"));
    columns.add(
        Columns.text(
            "Node Selector",
            "The labels of the nodes that should run it.",
            set -> Columns.labels(set.at("/spec/template/spec/nodeSelector"))));
    columns.add(Column.AGE);
    columns.addAll(Columns.containers("/spec/template/spec"));
    columns.add(Columns.selectorColumn("/spec/selector"));
    return columns;
  }
}
