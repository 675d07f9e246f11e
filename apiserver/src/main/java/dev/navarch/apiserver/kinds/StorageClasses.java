package dev.navarch.apiserver.kinds;

import dev.navarch.api.FieldError;
import dev.navarch.api.selectors.NameChecks;
import java.util.List;
import java.util.function.Consumer;
import tools.jackson.databind.node.ObjectNode;

/// StorageClasses: ways to make volumes. One may be the default, which its name tells.
final class StorageClasses implements KindRules {
  static final String IS_DEFAULT = "storageclass.kubernetes.io/is-default-class";

  private static final Column NAME =
      new Column(
          "Name",
          "string",
          "name",
          "The object's name, and whether it is the default.",
          0,
          row ->
              row.object().at("/metadata/name").asString("")
                  + (isDefault(row.object()) ? " (default)" : ""));

  private static boolean isDefault(ObjectNode object) {
    return object.at("/metadata/annotations").path(IS_DEFAULT).asString("").equals("true");
  }

  @Override
  public void setDefaults(ObjectNode storageClass) {
    Defaults.put(storageClass, "reclaimPolicy", "Delete");
    Defaults.put(storageClass, "volumeBindingMode", "Immediate");
  }

  @Override
  public void validate(ObjectNode storageClass, Consumer<FieldError> errors) {
    Place root = Place.root(storageClass, errors);
    if (root.at("provisioner").present()) {
      root.at("provisioner").names(NameChecks.annotationKey(root.at("provisioner").text()));
    }
    root.at("reclaimPolicy").oneOf("Delete", "Retain");
    root.at("volumeBindingMode").oneOf("Immediate", "WaitForFirstConsumer");
    for (Place parameter : root.at("parameters").values()) {
      if (parameter.mapKey().isEmpty()) {
        root.at("parameters").invalidText("", "field can not be empty.");
      }
    }
    for (Place term : root.at("allowedTopologies").items()) {
      for (Place label : term.at("matchLabelExpressions").items()) {
        label.at("key").names(NameChecks.labelKey(label.at("key").text()));
        label.at("values").present();
      }
    }
  }

  @Override
  public void validateUpdate(ObjectNode storageClass, ObjectNode old, Consumer<FieldError> errors) {
    Place root = Place.root(storageClass, errors);
    for (String field : List.of("parameters", "provisioner", "reclaimPolicy")) {
      if (!root.at(field).node().equals(old.path(field))) {
        root.at(field).forbidden("updates to %s are forbidden.".formatted(field));
      }
    }
    root.at("volumeBindingMode").sameAs(old.path("volumeBindingMode"));
  }

  @Override
  public boolean hasGeneration() {
    return false;
  }

  @Override
  public List<Column> columns() {
    return List.of(
        NAME,
        Columns.text("Provisioner", "Who makes the volumes.", "/provisioner", ""),
        Columns.text("ReclaimPolicy", "What becomes of them.", "/reclaimPolicy", "Delete"),
        Columns.text("VolumeBindingMode", "When they are made.", "/volumeBindingMode", "Immediate"),
        Columns.flag("AllowVolumeExpansion", "Whether they may grow.", "/allowVolumeExpansion"),
        Column.AGE);
  }
}
