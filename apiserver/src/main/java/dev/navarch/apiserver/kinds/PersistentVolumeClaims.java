package dev.navarch.apiserver.kinds;

import dev.navarch.api.FieldError;
import dev.navarch.api.Quantity;
import java.util.List;
import java.util.Optional;
import java.util.function.Consumer;
import java.util.stream.Collectors;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/// PersistentVolumeClaims: storage that a pod asks for. Once bound, a claim may only grow.
final class PersistentVolumeClaims implements KindRules {

  @Override
  public void setDefaults(ObjectNode claim) {
    setSpecDefaults(claim);
  }

  /// For claims, and for the claim templates of stateful sets.
  static void setSpecDefaults(ObjectNode claim) {
    Defaults.put(Defaults.object(claim, "spec"), "volumeMode", "Filesystem");
    Defaults.put(Defaults.object(claim, "status"), "phase", "Pending");
  }

  @Override
  public void prepareForCreate(ObjectNode claim) {
    claim.putObject("status").put("phase", "Pending");
  }

  @Override
  public void validate(ObjectNode claim, Consumer<FieldError> errors) {
    validateSpec(Place.root(claim, errors).at("spec"));
  }

  /// For claims, and for the templates of them that pods and stateful sets hold.
  static void validateSpec(Place spec) {
    Place modes = spec.at("accessModes");
    modes.present("at least 1 access mode is required");
    boolean alone = modes.items().stream().anyMatch(m -> m.text().equals("ReadWriteOncePod"));
    if (alone && modes.items().size() > 1) {
      modes.forbidden("may not use ReadWriteOncePod with other access modes");
    }
    if (spec.at("dataSource").isSet()) {
      spec.at("dataSource", "name").present();
      spec.at("dataSource", "kind").present();
    }
    spec.ifSet("selector").ifPresent(LabelSelectors::validate);
    Place storage = spec.at("resources", "requests").child("storage");
    if (storage.isSet()) {
      Resources.positive(storage);
    } else {
      storage.required("");
    }
    if (!spec.at("storageClassName").isEmpty()) {
      spec.at("storageClassName").dnsSubdomain();
    }
  }

  @Override
  public void validateUpdate(ObjectNode claim, ObjectNode old, Consumer<FieldError> errors) {
    Place spec = Place.root(claim, errors).at("spec");
    boolean binding = old.at("/spec/volumeName").asString("").isEmpty();
    boolean bound = old.at("/status/phase").asString("").equals("Bound");
    if (!fixed(claim, binding, bound).equals(fixed(old, binding, bound))) {
      spec.forbidden(
          "spec is immutable after creation except resources.requests and"
              + " volumeAttributesClassName for bound claims");
    }
    String size = "/spec/resources/requests/storage";
    Optional<Quantity> now = Resources.quantity(claim.at(size));
    Optional<Quantity> before = Resources.quantity(old.at(size));
    if (now.isPresent() && before.isPresent() && now.get().compareTo(before.get()) < 0) {
      spec.at("resources", "requests", "storage")
          .forbidden("field can not be less than previous value");
    }
  }

  private static ObjectNode fixed(ObjectNode claim, boolean binding, boolean bound) {
    ObjectNode spec = (ObjectNode) claim.path("spec").deepCopy();
    spec.remove(List.of("volumeAttributesClassName"));
    if (binding) {
      spec.remove(List.of("volumeName", "storageClassName"));
    }
    if (bound && spec.path("resources") instanceof ObjectNode resources) {
      resources.remove("requests");
    }
    return spec;
  }

  @Override
  public boolean hasGeneration() {
    return false;
  }

  @Override
  public List<Column> columns() {
    return List.of(
        Column.NAME,
        Columns.text("Status", "Whether it has its volume.", PersistentVolumeClaims::phase),
        Columns.text("Volume", "The volume that it has.", "/spec/volumeName", ""),
        Columns.text(
            "Capacity", "How big that is.", claim -> ofBound(claim, "/status/capacity/storage")),
        Columns.text(
            "Access Modes",
            "How the volume may be mounted.",
            claim -> isBound(claim) ? modes(claim.at("/status/accessModes")) : ""),
        Columns.text("StorageClass", "The class that it asks for.", "/spec/storageClassName", ""),
        Columns.text(
            "VolumeAttributesClass",
            "The attributes that it asks for.",
            "/spec/volumeAttributesClassName",
            Columns.UNSET),
        Column.AGE,
        Columns.wide(
            Columns.text(
                "VolumeMode", "File system or block.", "/spec/volumeMode", Columns.UNSET)));
  }

  private static boolean isBound(ObjectNode claim) {
    return !claim.at("/spec/volumeName").asString("").isEmpty();
  }

  private static String ofBound(ObjectNode claim, String pointer) {
    return isBound(claim) ? claim.at(pointer).asString("0") : "";
  }

  static String phase(ObjectNode object) {
    boolean deleted = !object.at("/metadata/deletionTimestamp").asString("").isEmpty();
    return deleted ? "Terminating" : object.at("/status/phase").asString("");
  }

  /// `RWO,ROX`: access modes by their initials.
  static String modes(JsonNode modes) {
    return Columns.texts(modes)
        .distinct()
        .map(
            mode ->
                switch (mode) {
                  case "ReadWriteOnce" -> "RWO";
                  case "ReadOnlyMany" -> "ROX";
                  case "ReadWriteMany" -> "RWX";
                  case "ReadWriteOncePod" -> "RWOP";
                  default -> mode;
                })
        .collect(Collectors.joining(","));
  }
}
