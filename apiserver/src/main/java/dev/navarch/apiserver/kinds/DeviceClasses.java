package dev.navarch.apiserver.kinds;

import dev.navarch.api.FieldError;
import java.util.List;
import java.util.function.Consumer;
import tools.jackson.databind.node.ObjectNode;

/// DeviceClasses: sorts of devices that claims name.
record DeviceClasses() implements KindRules {
  @Override
  public void validate(ObjectNode object, Consumer<FieldError> errors) {
    Place spec = Place.root(object, errors).at("spec");
    DeviceRules.selectors(spec.at("selectors"));
    DeviceRules.configuration(spec.at("config"));
    DeviceRules.notHere(spec, List.of("extendedResourceName"));
  }
}
