package dev.navarch.apiserver.kinds;

import dev.navarch.api.FieldError;
import java.util.List;
import java.util.function.Consumer;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/// CSINodes: the drivers that a node has, and what each calls the node. A driver's entry changes
/// only by going and coming again.
final class CsiNodes implements KindRules {

  @Override
  public void validate(ObjectNode node, Consumer<FieldError> errors) {
    Place drivers = Place.root(node, errors).at("spec", "drivers");
    drivers.distinct("name");
    for (Place driver : drivers.items()) {
      if (driver.at("name").present()) {
        driver.at("name").dnsSubdomain();
      }
      driver.at("nodeID").present();
      driver.at("allocatable", "count").atLeast(0);
      driver.at("topologyKeys").items().forEach(key -> key.present());
    }
  }

  @Override
  public void validateUpdate(ObjectNode node, ObjectNode old, Consumer<FieldError> errors) {
    Place drivers = Place.root(node, errors).at("spec", "drivers");
    for (JsonNode before : old.at("/spec/drivers")) {
      for (Place driver : drivers.items()) {
        boolean same = driver.node().path("name").equals(before.path("name"));
        if (same && !fixed(driver.node()).equals(fixed(before))) {
          driver.invalid("field is immutable");
        }
      }
    }
  }

  private static ObjectNode fixed(JsonNode driver) {
    ObjectNode copy = (ObjectNode) driver.deepCopy();
    copy.remove("allocatable");
    return copy;
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
        Columns.size("Drivers", "How many drivers the node has.", "/spec/drivers"),
        Column.AGE);
  }
}
