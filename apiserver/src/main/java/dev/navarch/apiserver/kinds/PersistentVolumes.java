package dev.navarch.apiserver.kinds;

import dev.navarch.api.FieldError;
import java.util.List;
import java.util.Set;
import java.util.function.Consumer;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/// PersistentVolumes: pieces of storage that claims are bound to.
final class PersistentVolumes implements KindRules {
  private static final Set<String> NOT_SOURCES =
      Set.of(
          "accessModes",
          "capacity",
          "claimRef",
          "mountOptions",
          "nodeAffinity",
          "persistentVolumeReclaimPolicy",
          "storageClassName",
          "volumeAttributesClassName",
          "volumeMode");

  @Override
  public void setDefaults(ObjectNode volume) {
    ObjectNode spec = Defaults.object(volume, "spec");
    Defaults.put(spec, "persistentVolumeReclaimPolicy", "Retain");
    Defaults.put(spec, "volumeMode", "Filesystem");
    Defaults.ifObject(spec, "hostPath").ifPresent(path -> Defaults.put(path, "type", ""));
  }

  @Override
  public void prepareForCreate(ObjectNode volume) {
    volume.putObject("status").put("phase", "Pending");
  }

  @Override
  public void validate(ObjectNode volume, Consumer<FieldError> errors) {
    Place spec = Place.root(volume, errors).at("spec");
    spec.at("accessModes").present();
    if (spec.at("capacity").present()) {
      spec.at("capacity").values().forEach(Resources::positive);
      if (!spec.at("capacity").node().has("storage") || spec.at("capacity").node().size() > 1) {
        spec.at("capacity").notSupported(List.of("storage"));
      }
    }
    List<Place> sources = sources(spec);
    if (sources.isEmpty()) {
      spec.required("must specify a volume type");
    }
    sources.stream()
        .skip(1)
        .forEach(more -> more.forbidden("may not specify more than 1 volume type"));
    sources.stream().limit(1).forEach(source -> validateSource(spec, source));
    Place modes = spec.at("accessModes");
    boolean alone = modes.items().stream().anyMatch(m -> m.text().equals("ReadWriteOncePod"));
    if (alone && modes.items().size() > 1) {
      modes.forbidden("may not use ReadWriteOncePod with other access modes");
    }
    spec.at("persistentVolumeReclaimPolicy").oneOf("Delete", "Recycle", "Retain");
    if (!spec.at("storageClassName").isEmpty()) {
      spec.at("storageClassName").dnsSubdomain();
    }
    spec.at("nodeAffinity").ifSet("required").ifPresent(Placement::validateNodeSelector);
  }

  private static void validateSource(Place spec, Place source) {
    switch (source.mapField()) {
      case "hostPath" -> {
        source.at("path").present();
        if (List.of(source.at("path").text().split("/", -1)).contains("..")) {
          source.at("path").invalid("must not contain '..'");
        }
        boolean recycled = spec.at("persistentVolumeReclaimPolicy").text().equals("Recycle");
        if (source.at("path").text().equals("/") && recycled) {
          spec.at("persistentVolumeReclaimPolicy")
              .forbidden("may not be 'recycle' for a hostPath mount of '/'");
        }
      }
      case "local" -> {
        source.at("path").present();
        if (!spec.at("nodeAffinity").isSet()) {
          spec.at("nodeAffinity").required("Local volume requires node affinity");
        }
      }
      case "nfs" -> {
        source.at("server").present();
        if (source.at("path").present() && !source.at("path").text().startsWith("/")) {
          source.at("path").invalid("must be an absolute path");
        }
      }
      case "csi" -> {
        if (source.at("driver").present()) {
          source.at("driver").dnsSubdomain();
        }
        source.at("volumeHandle").present();
      }
      default -> {}
    }
  }

  private static List<Place> sources(Place spec) {
    return spec.node().properties().stream()
        .filter(field -> !NOT_SOURCES.contains(field.getKey()) && field.getValue().isObject())
        .map(field -> spec.at(field.getKey()))
        .toList();
  }

  @Override
  public void validateUpdate(ObjectNode volume, ObjectNode old, Consumer<FieldError> errors) {
    ObjectNode now = sourceOnly(volume);
    ObjectNode before = sourceOnly(old);
    if (!now.equals(before)) {
      Place.root(volume, errors)
          .at("spec", "persistentvolumesource")
          .forbidden("spec.persistentvolumesource is immutable after creation");
    }
    Place spec = Place.root(volume, errors).at("spec");
    spec.at("volumeMode").sameAs(old.at("/spec/volumeMode"));
    JsonNode affinity = old.at("/spec/nodeAffinity");
    if (affinity.isObject() && !affinity.equals(spec.at("nodeAffinity").node())) {
      spec.at("nodeAffinity")
          .invalid("field is immutable, except for updating from beta label to GA");
    }
  }

  private static ObjectNode sourceOnly(ObjectNode volume) {
    ObjectNode spec = (ObjectNode) volume.path("spec").deepCopy();
    spec.remove(NOT_SOURCES);
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
        Columns.text("Capacity", "How big it is.", "/spec/capacity/storage", ""),
        Columns.text(
            "Access Modes",
            "How it may be mounted.",
            volume -> PersistentVolumeClaims.modes(volume.at("/spec/accessModes"))),
        Columns.text(
            "Reclaim Policy",
            "What becomes of it after its claim.",
            "/spec/persistentVolumeReclaimPolicy",
            ""),
        Columns.text("Status", "Whether a claim has it.", PersistentVolumeClaims::phase),
        Columns.text("Claim", "The claim that has it.", PersistentVolumes::claim),
        Columns.text("StorageClass", "The class that it belongs to.", "/spec/storageClassName", ""),
        Columns.text(
            "VolumeAttributesClass",
            "The attributes that it has.",
            "/spec/volumeAttributesClassName",
            Columns.UNSET),
        Columns.text("Reason", "Why it is in its state.", "/status/reason", ""),
        Column.AGE,
        Columns.wide(
            Columns.text(
                "VolumeMode", "File system or block.", "/spec/volumeMode", Columns.UNSET)));
  }

  private static String claim(ObjectNode volume) {
    var claim = volume.at("/spec/claimRef");
    return claim.isObject()
        ? claim.path("namespace").asString("") + "/" + claim.path("name").asString("")
        : "";
  }
}
