package dev.navarch.apiserver.kinds;

import dev.navarch.api.FieldError;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.function.Consumer;
import tools.jackson.databind.node.ObjectNode;

/// CSIDrivers: what a driver of volumes wants to be told and given.
final class CsiDrivers implements KindRules {
  private static final long LEAST_SECONDS = 600;

  @Override
  public void setDefaults(ObjectNode driver) {
    ObjectNode spec = Defaults.object(driver, "spec");
    Defaults.put(spec, "attachRequired", true);
    Defaults.put(spec, "podInfoOnMount", false);
    Defaults.put(spec, "storageCapacity", false);
    Defaults.put(spec, "fsGroupPolicy", "ReadWriteOnceWithFSType");
    Defaults.put(spec, "requiresRepublish", false);
    Defaults.put(spec, "seLinuxMount", false);
    if (spec.path("volumeLifecycleModes").isEmpty()) {
      spec.putArray("volumeLifecycleModes").add("Persistent");
    }
  }

  @Override
  public void validate(ObjectNode driver, Consumer<FieldError> errors) {
    Place root = Place.root(driver, errors);
    if (root.at("metadata", "name").text().length() > 63) {
      root.at("metadata", "name").tooLong(63);
    }
    Set<String> audiences = new HashSet<>();
    for (Place request : root.at("spec", "tokenRequests").items()) {
      Place audience = request.at("audience");
      if (!audiences.add(audience.text())) {
        audience.duplicate(audience.text());
      }
      Place seconds = request.at("expirationSeconds");
      if (seconds.isSet() && seconds.number(0) < LEAST_SECONDS) {
        seconds.invalid("may not specify a duration less than 10 minutes");
      }
    }
  }

  @Override
  public void validateUpdate(ObjectNode driver, ObjectNode old, Consumer<FieldError> errors) {
    Place spec = Place.root(driver, errors).at("spec");
    for (String field : List.of("attachRequired", "volumeLifecycleModes")) {
      spec.at(field).sameAs(old.path("spec").path(field));
    }
  }

  @Override
  public boolean allowsUnconditionalUpdate() {
    return false;
  }

  @Override
  public List<Column> columns() {
    return List.of(
        Column.NAME,
        Columns.flag("AttachRequired", "Whether volumes are attached.", "/spec/attachRequired"),
        Columns.flag("PodInfoOnMount", "Whether it hears of pods.", "/spec/podInfoOnMount"),
        Columns.flag("StorageCapacity", "Whether it reports capacity.", "/spec/storageCapacity"),
        Columns.text(
            "TokenRequests",
            "Audiences of the tokens that it gets.",
            driver -> {
              String all = Columns.fieldOfAll(driver.at("/spec/tokenRequests"), "audience");
              return all.isEmpty() ? Columns.UNSET : all;
            }),
        Columns.flag("RequiresRepublish", "Whether mounts are renewed.", "/spec/requiresRepublish"),
        Columns.text(
            "Modes",
            "Lives of its volumes.",
            o -> Columns.join(o.at("/spec/volumeLifecycleModes"))),
        Column.AGE);
  }
}
