package dev.navarch.apiserver.kinds;

import dev.navarch.api.FieldError;
import java.util.List;
import java.util.function.Consumer;
import tools.jackson.databind.node.ObjectNode;

/// RuntimeClasses: other ways to run containers, by the name of their handler.
final class RuntimeClasses implements KindRules {

  @Override
  public void validate(ObjectNode runtime, Consumer<FieldError> errors) {
    Place root = Place.root(runtime, errors);
    if (root.at("handler").present()) {
      root.at("handler").dnsLabel();
    }
    root.at("overhead", "podFixed").values().forEach(Resources::nonNegative);
    root.at("scheduling", "nodeSelector").labels();
  }

  @Override
  public void validateUpdate(ObjectNode runtime, ObjectNode old, Consumer<FieldError> errors) {
    Place.root(runtime, errors).at("handler").sameAs(old.path("handler"));
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
        Columns.text("Handler", "What runs the containers.", "/handler", ""),
        Column.AGE);
  }
}
