package dev.navarch.apiserver.kinds;

import dev.navarch.api.FieldError;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import tools.jackson.databind.node.ObjectNode;

/// PriorityClasses: names for how much pods matter.
final class PriorityClasses implements KindRules {
  private static final long MOST_FOR_USERS = 1_000_000_000;
  private static final Map<String, Integer> OF_THE_SYSTEM =
      Map.of("system-cluster-critical", 2_000_000_000, "system-node-critical", 2_000_001_000);

  @Override
  public void setDefaults(ObjectNode priority) {
    Defaults.put(priority, "preemptionPolicy", "PreemptLowerPriority");
  }

  @Override
  public void validate(ObjectNode priority, Consumer<FieldError> errors) {
    Place root = Place.root(priority, errors);
    String name = root.at("metadata", "name").text();
    Integer ofSystem = OF_THE_SYSTEM.get(name);
    if (ofSystem != null) {
      if (root.at("value").number(0) != ofSystem || root.at("globalDefault").flag()) {
        root.at("metadata", "name")
            .forbidden(
                "priority class names with 'system-' prefix are reserved for system use only. error: value and globalDefault of %s must stay as they are"
                    .formatted(name));
      }
    } else {
      if (name.startsWith("system-")) {
        root.at("metadata", "name")
            .forbidden(
                "priority class names with 'system-' prefix are reserved for system use only");
      }
      if (root.at("value").number(0) > MOST_FOR_USERS) {
        root.at("value")
            .forbidden("maximum allowed value of a user defined priority is " + MOST_FOR_USERS);
      }
    }
  }

  @Override
  public void validateUpdate(ObjectNode priority, ObjectNode old, Consumer<FieldError> errors) {
    Place root = Place.root(priority, errors);
    if (root.at("value").number(0) != old.path("value").asLong(0)) {
      root.at("value").forbidden("may not be changed in an update.");
    }
    root.at("preemptionPolicy").sameAs(old.path("preemptionPolicy"));
  }

  @Override
  public List<Column> columns() {
    return List.of(
        Column.NAME,
        Columns.number("Value", "The priority.", "/value"),
        Columns.flag("Global-Default", "Whether pods without a class have it.", "/globalDefault"),
        Column.AGE,
        Columns.text(
            "PreemptionPolicy", "Whether its pods push others out.", "/preemptionPolicy", ""));
  }
}
