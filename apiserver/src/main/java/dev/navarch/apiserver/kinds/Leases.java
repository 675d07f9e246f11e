package dev.navarch.apiserver.kinds;

import dev.navarch.api.FieldError;
import java.util.List;
import java.util.function.Consumer;
import tools.jackson.databind.node.ObjectNode;

/// Leases: who leads, and whether a node is alive.
final class Leases implements KindRules {

  @Override
  public void validate(ObjectNode lease, Consumer<FieldError> errors) {
    Place spec = Place.root(lease, errors).at("spec");
    Place seconds = spec.at("leaseDurationSeconds");
    if (seconds.isSet() && seconds.number(1) <= 0) {
      seconds.invalid("must be greater than 0");
    }
    spec.at("leaseTransitions").atLeast(0);
  }

  @Override
  public boolean hasGeneration() {
    return false;
  }

  @Override
  public boolean allowsUnconditionalUpdate() {
    return false;
  }

  @Override
  public List<Column> columns() {
    return List.of(
        Column.NAME,
        Columns.text("Holder", "Who holds it.", "/spec/holderIdentity", ""),
        Column.AGE);
  }
}
