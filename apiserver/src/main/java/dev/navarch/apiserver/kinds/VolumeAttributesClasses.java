package dev.navarch.apiserver.kinds;

import dev.navarch.api.FieldError;
import java.util.List;
import java.util.function.Consumer;
import tools.jackson.databind.node.ObjectNode;

/// VolumeAttributesClasses: settings that a volume can change to while it lives. A class itself
/// never changes.
final class VolumeAttributesClasses implements KindRules {

  @Override
  public void validate(ObjectNode attributes, Consumer<FieldError> errors) {
    Place root = Place.root(attributes, errors);
    if (root.at("driverName").present()) {
      root.at("driverName").dnsSubdomain();
    }
    Place parameters = root.at("parameters");
    if (parameters.isEmpty()) {
      parameters.required("must contain at least one key/value pair");
    }
    for (var entry : parameters.node().properties()) {
      if (entry.getKey().isEmpty()) {
        parameters.invalidText("", "field can not be empty.");
      }
    }
  }

  @Override
  public void validateUpdate(ObjectNode attributes, ObjectNode old, Consumer<FieldError> errors) {
    Place root = Place.root(attributes, errors);
    root.at("driverName").sameAs(old.path("driverName"));
    root.at("parameters").sameAs(old.path("parameters"));
  }

  @Override
  public boolean hasGeneration() {
    return false;
  }

  @Override
  public List<Column> columns() {
    return List.of(
        Column.NAME, Columns.text("DriverName", "The driver.", "/driverName", ""), Column.AGE);
  }
}
