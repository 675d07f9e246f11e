package dev.navarch.apiserver.kinds;

import static dev.navarch.apiserver.kinds.Columns.text;

import dev.navarch.api.FieldError;
import dev.navarch.apiserver.kinds.KindRules.Column;
import java.util.List;
import java.util.function.Consumer;
import tools.jackson.databind.node.ObjectNode;

/// Kinds whose schema says nearly all: they only need columns, and at most a default.
final class PlainKinds {
  private PlainKinds() {}

  /// Rules that consist of columns.
  record Shown(boolean hasGeneration, List<Column> columns) implements KindRules {
    static Shown of(Column... columns) {
      return new Shown(true, List.of(columns));
    }

    Shown withoutGeneration() {
      return new Shown(false, columns);
    }
  }

  static KindRules csiStorageCapacities() {
    return Shown.of(
            Column.NAME,
            text("StorageClassName", "The class that it is about.", "/storageClassName", ""),
            text("Capacity", "How much is left.", "/capacity", Columns.UNSET),
            Column.AGE)
        .withoutGeneration();
  }

  static KindRules componentStatuses() {
    return Shown.of(
            Column.NAME,
            text("Status", "Whether the component works.", PlainKinds::health),
            text("Message", "What it said.", "/conditions/0/message", ""),
            text("Error", "Why it could not be asked.", "/conditions/0/error", ""))
        .withoutGeneration();
  }

  private static String health(ObjectNode component) {
    return switch (component.at("/conditions/0/status").asString("")) {
      case "True" -> "Healthy";
      case "False" -> "Unhealthy";
      default -> "Unknown";
    };
  }

  static KindRules podTemplates() {
    return new PodTemplates();
  }

  /// PodTemplates get the defaults of the pods they describe.
  private record PodTemplates() implements KindRules {
    @Override
    public void setDefaults(ObjectNode template) {
      Templates.setDefaults(template);
    }

    @Override
    public void validate(ObjectNode template, Consumer<FieldError> errors) {
      Templates.validatePods(Place.root(template, errors).at("template"));
    }

    @Override
    public List<Column> columns() {
      List<Column> shown =
          Columns.containers("/template/spec").stream()
              .map(c -> new Column(c.name(), c.type(), c.format(), c.description(), 0, c.value()))
              .toList();
      return List.of(
          Column.NAME,
          shown.getFirst(),
          shown.getLast(),
          text(
              "Pod Labels",
              "Labels of its pods.",
              o -> Columns.labels(o.at("/template/metadata/labels"))));
    }
  }
}
