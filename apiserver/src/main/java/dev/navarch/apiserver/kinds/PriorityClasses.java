package dev.navarch.apiserver.kinds;

import dev.navarch.api.FieldError;
import java.util.List;
import java.util.Set;
import java.util.function.Consumer;
import tools.jackson.databind.node.ObjectNode;

/// PriorityClasses: names for how much pods matter.
final class PriorityClasses implements KindRules {
  private static final long MOST_FOR_USERS = 1_000_000_000;
  private static final Set<String> OF_THE_SYSTEM =
      Set.of("system-cluster-critical", "system-node-critical");

  @Override
  public void setDefaults(ObjectNode priority) {
    Defaults.put(priority, "preemptionPolicy", "PreemptLowerPriority");
  }

  @Override
  public void validate(ObjectNode priority, Consumer<FieldError> errors) {
    Place root = Place.root(priority, errors);
    String name = root.at("metadata", "name").text();
    if (!OF_THE_SYSTEM.contains(name)) {
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
