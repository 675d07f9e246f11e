package dev.navarch.apiserver.registry;

import dev.navarch.api.Kind;
import dev.navarch.apiserver.admission.RequestForm;
import tools.jackson.databind.node.ObjectNode;

/// Whole objects: others see them in whatever version they ask for.
///
/// @param requested the version in which the request came
/// @param worked the version in which its objects are worked on
record VersionForm(Versions versions, Kind requested, Kind worked) implements RequestForm {
  @Override
  public String type() {
    return "";
  }

  @Override
  public ObjectNode shown(ObjectNode object, Kind as) {
    return as.equals(worked)
        ? object
        : versions.of(as).from(versions.of(worked), object.deepCopy());
  }

  @Override
  public ObjectNode worked(ObjectNode shown, Kind as, ObjectNode before) {
    return as.equals(worked) ? shown : versions.of(worked).from(versions.of(as), shown);
  }
}
