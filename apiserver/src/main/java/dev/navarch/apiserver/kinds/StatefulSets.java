package dev.navarch.apiserver.kinds;

import static dev.navarch.apiserver.kinds.Defaults.objects;

import dev.navarch.api.FieldError;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/// StatefulSets: pods with names and storage that stay, in order.
final class StatefulSets implements KindRules {
  private static final List<String> CHANGEABLE =
      List.of(
          "replicas",
          "ordinals",
          "template",
          "updateStrategy",
          "revisionHistoryLimit",
          "persistentVolumeClaimRetentionPolicy",
          "minReadySeconds");

  @Override
  public void setDefaults(ObjectNode set) {
    ObjectNode spec = Defaults.object(set, "spec");
    Templates.setDefaults(spec);
    Defaults.put(spec, "podManagementPolicy", "OrderedReady");
    Defaults.put(spec, "replicas", 1);
    Defaults.put(spec, "revisionHistoryLimit", 10);
    ObjectNode strategy = Defaults.object(spec, "updateStrategy");
    Defaults.put(strategy, "type", "RollingUpdate");
    if (strategy.path("type").asString("").equals("RollingUpdate")) {
      Defaults.put(Defaults.object(strategy, "rollingUpdate"), "partition", 0);
    }
    ObjectNode retention = Defaults.object(spec, "persistentVolumeClaimRetentionPolicy");
    Defaults.put(retention, "whenDeleted", "Retain");
    Defaults.put(retention, "whenScaled", "Retain");
    for (ObjectNode claim : objects(spec.path("volumeClaimTemplates"))) {
      Defaults.put(claim, "apiVersion", "v1");
      Defaults.put(claim, "kind", "PersistentVolumeClaim");
      PersistentVolumeClaims.setSpecDefaults(claim);
    }
  }

  @Override
  public void validate(ObjectNode set, Consumer<FieldError> errors) {
    Place spec = Place.root(set, errors).at("spec");
    Place strategy = spec.at("updateStrategy");
    if (strategy.at("type").text().equals("OnDelete") && strategy.at("rollingUpdate").isSet()) {
      strategy.at("rollingUpdate").invalid("only allowed for updateStrategy 'RollingUpdate'");
    }
    strategy.at("rollingUpdate", "partition").atLeast(0);
    Place unavailable = strategy.at("rollingUpdate", "maxUnavailable");
    if (unavailable.isSet()) {
      Amounts.validate(unavailable);
      Amounts.atMostAll(unavailable);
      if (Amounts.isZero(unavailable.node())) {
        unavailable.invalid("cannot be 0");
      }
    }
    for (String when : List.of("whenDeleted", "whenScaled")) {
      spec.at("persistentVolumeClaimRetentionPolicy", when).oneOf("Retain", "Delete");
    }
    spec.at("replicas").atLeast(0);
    spec.at("minReadySeconds").atLeast(0);
    spec.at("revisionHistoryLimit").atLeast(0);
    spec.at("ordinals", "start").atLeast(0);
    Templates.validateLongRunning(withClaims(spec), "statefulset");
  }

  /// The spec as its pods will have it: a claim template is a volume of its name.
  private static Place withClaims(Place spec) {
    if (spec.at("volumeClaimTemplates").isEmpty()) {
      return spec;
    }
    ObjectNode copy = (ObjectNode) spec.node().deepCopy();
    ObjectNode pod = Defaults.object(Defaults.object(copy, "template"), "spec");
    var volumes = pod.withArray("volumes");
    for (JsonNode claim : spec.node().path("volumeClaimTemplates")) {
      JsonNode name = claim.at("/metadata/name");
      boolean replaced = volumes.valueStream().anyMatch(v -> v.path("name").equals(name));
      if (!replaced) {
        ObjectNode volume = volumes.addObject();
        volume.set("name", name);
        volume.putObject("persistentVolumeClaim").set("claimName", name);
      }
    }
    return new Place(spec.path(), copy, spec.errors());
  }

  @Override
  public void validateUpdate(ObjectNode set, ObjectNode old, Consumer<FieldError> errors) {
    if (!fixed(set).equals(fixed(old))) {
      Place.root(set, errors)
          .at("spec")
          .forbidden(
              "updates to statefulset spec for fields other than 'replicas', 'ordinals',"
                  + " 'template', 'updateStrategy', 'revisionHistoryLimit',"
                  + " 'persistentVolumeClaimRetentionPolicy' and 'minReadySeconds' are forbidden");
    }
  }

  private static ObjectNode fixed(ObjectNode set) {
    ObjectNode spec = (ObjectNode) set.path("spec").deepCopy();
    spec.remove(CHANGEABLE);
    return spec;
  }

  @Override
  public void validateStatusUpdate(ObjectNode set, ObjectNode old, Consumer<FieldError> errors) {
    WorkloadStatuses.validate(
        Place.root(set, errors),
        old,
        "replicas",
        "readyReplicas",
        "currentReplicas",
        "updatedReplicas",
        "availableReplicas");
  }

  @Override
  public List<Column> columns() {
    List<Column> columns = new ArrayList<>();
    columns.add(Column.NAME);
    columns.add(
        Columns.text(
            "Ready",
            "Pods that are ready, out of those wanted.",
            set ->
                set.at("/status/readyReplicas").asLong(0)
                    + "/"
                    + set.at("/spec/replicas").asLong(0)));
    columns.add(Column.AGE);
    columns.addAll(Columns.containers("/spec/template/spec"));
    return columns;
  }
}
