package dev.navarch.apiserver.kinds;

import dev.navarch.api.FieldError;
import java.util.List;
import java.util.Locale;
import java.util.function.Consumer;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/// ControllerRevisions: what a workload's template was at a time; never changed.
final class ControllerRevisions implements KindRules {

  @Override
  public void validate(ObjectNode revision, Consumer<FieldError> errors) {
    Place.root(revision, errors).at("revision").atLeast(0);
  }

  @Override
  public void validateUpdate(ObjectNode revision, ObjectNode old, Consumer<FieldError> errors) {
    Place.root(revision, errors).at("data").sameAs(old.path("data"));
  }

  @Override
  public boolean hasGeneration() {
    return false;
  }

  @Override
  public List<Column> columns() {
    return List.of(
        Column.NAME,
        Columns.text("Controller", "The workload that it belongs to.", ControllerRevisions::owner),
        Columns.number("Revision", "Its number.", "/revision"),
        Column.AGE);
  }

  private static String owner(ObjectNode revision) {
    for (JsonNode owner : revision.at("/metadata/ownerReferences")) {
      if (owner.path("controller").asBoolean(false)) {
        String version = owner.path("apiVersion").asString("");
        int slash = version.indexOf('/');
        String group = slash < 0 ? "" : "." + version.substring(0, slash);
        return owner.path("kind").asString("").toLowerCase(Locale.ROOT)
            + group
            + "/"
            + owner.path("name").asString("");
      }
    }
    return Columns.NONE;
  }
}
