package dev.navarch.apiserver.kinds;

import dev.navarch.api.FieldError;
import java.util.List;
import java.util.function.Consumer;
import tools.jackson.databind.node.ObjectNode;

/// VolumeAttachments: that a driver should attach a volume to a node; what is asked never changes.
final class VolumeAttachments implements KindRules {

  @Override
  public void validate(ObjectNode attachment, Consumer<FieldError> errors) {
    Place spec = Place.root(attachment, errors).at("spec");
    spec.at("attacher").present();
    spec.at("nodeName").present();
    Place source = spec.at("source");
    List<Place> set = source.anyOf(List.of("persistentVolumeName", "inlineVolumeSpec"));
    if (set.isEmpty()) {
      source.required("must specify exactly one of inlineVolumeSpec and persistentVolumeName");
    } else if (set.size() > 1) {
      source.forbidden("must specify exactly one of inlineVolumeSpec and persistentVolumeName");
    } else if (!source.at("inlineVolumeSpec").isSet()) {
      source.at("persistentVolumeName").present("must specify non empty persistentVolumeName");
    }
  }

  @Override
  public void validateUpdate(ObjectNode attachment, ObjectNode old, Consumer<FieldError> errors) {
    Place spec = Place.root(attachment, errors).at("spec");
    if (!spec.node().equals(old.path("spec"))) {
      spec.invalid("field is immutable");
    }
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
        Columns.text("Attacher", "The driver that attaches.", "/spec/attacher", ""),
        Columns.text("PV", "The volume.", "/spec/source/persistentVolumeName", ""),
        Columns.text("Node", "Where to.", "/spec/nodeName", ""),
        Columns.flag("Attached", "Whether it is done.", "/status/attached"),
        Column.AGE);
  }
}
