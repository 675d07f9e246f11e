package dev.navarch.apiserver.kinds;

import dev.navarch.api.FieldError;
import dev.navarch.api.selectors.NameChecks;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import java.util.function.Function;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/// ResourceSlices: devices that a driver offers, on one node, on some or everywhere.
final class ResourceSlices implements KindRules {
  private static final int MOST_DEVICES = 128;
  private static final int MOST_COUNTER_SETS = 8;
  private static final int MOST_NAMES = 32;
  private static final int MOST_CONDITIONS = 4;

  @Override
  public void validate(ObjectNode slice, Consumer<FieldError> errors) {
    Place spec = Place.root(slice, errors).at("spec");
    if (spec.at("driver").present()) {
      spec.at("driver").dnsSubdomain();
    }
    spec.at("pool", "name").present();
    if (spec.at("pool", "resourceSliceCount").number(0) <= 0) {
      spec.at("pool", "resourceSliceCount").invalid("must be greater than zero");
    }
    spec.at("pool", "generation").atLeast(0);
    long places =
        spec
            .anyOf(List.of("nodeName", "nodeSelector", "allNodes", "perDeviceNodeSelection"))
            .stream()
            .filter(place -> !place.isEmpty())
            .count();
    String one =
        "exactly one of `nodeName`, `nodeSelector`, `allNodes`, `perDeviceNodeSelection` is"
            + " required";
    if (places == 0) {
      spec.required(one);
    } else if (places > 1) {
      spec.invalid(one + ", but multiple fields are set");
    }
    Place devices = spec.at("devices");
    devices.distinct("name");
    DeviceRules.atMost(devices, MOST_DEVICES);
    DeviceRules.atMost(spec.at("sharedCounters"), MOST_COUNTER_SETS);
    spec.at("sharedCounters").distinct("name");
    boolean each = spec.at("perDeviceNodeSelection").flag();
    for (Place device : devices.items()) {
      if (device.at("name").present()) {
        device.at("name").dnsLabel();
      }
      validateDevice(device, each);
    }
  }

  private static void validateDevice(Place device, boolean saysWhere) {
    for (Place attribute : device.at("attributes").values()) {
      DeviceRules.notHere(attribute, List.of("ints", "bools", "strings", "versions"));
      long values =
          attribute.anyOf(List.of("bool", "int", "string", "version")).stream()
              .filter(Place::isSet)
              .count();
      if (values != 1) {
        attribute.required("exactly one value must be specified");
      }
    }
    if (device.at("attributes").node().size() + device.at("capacity").node().size() > MOST_NAMES) {
      device.invalid("the total number of attributes and capacities must not exceed " + MOST_NAMES);
    }
    for (Place taint : device.at("taints").items()) {
      if (taint.at("key").present()) {
        taint.at("key").names(NameChecks.qualifiedName(taint.at("key").text()));
      }
    }
    long places =
        device.anyOf(List.of("nodeName", "nodeSelector", "allNodes")).stream()
            .filter(place -> !place.isEmpty())
            .count();
    if (saysWhere && places != 1) {
      device.required(
          "exactly one of `nodeName`, `nodeSelector`, or `allNodes` is required when"
              + " `perDeviceNodeSelection` is set to true in the spec");
    } else if (!saysWhere && places > 0) {
      device.forbidden(
          "`nodeName`, `nodeSelector` and `allNodes` of a device need `perDeviceNodeSelection` in"
              + " the spec");
    }
    for (String field : List.of("bindingConditions", "bindingFailureConditions")) {
      DeviceRules.atMost(device.at(field), MOST_CONDITIONS);
      for (Place type : device.at(field).items()) {
        type.names(NameChecks.qualifiedName(type.text()));
      }
    }
    if (device.at("bindingConditions").isEmpty()
        && !device.at("bindingFailureConditions").isEmpty()) {
      device.at("bindingConditions").required("needed by `bindingFailureConditions`");
    }
    DeviceRules.notHere(device, List.of("nodeAllocatableResourceMappings"));
  }

  @Override
  public void validateUpdate(ObjectNode slice, ObjectNode old, Consumer<FieldError> errors) {
    Place spec = Place.root(slice, errors).at("spec");
    for (String field : List.of("driver", "nodeName", "nodeSelector", "allNodes")) {
      spec.at(field).sameAs(old.path("spec").path(field));
    }
    spec.at("pool", "name").sameAs(old.at("/spec/pool/name"));
  }

  @Override
  public Map<String, Function<JsonNode, String>> selectableFields() {
    return Map.of(
        "spec.nodeName", Fields.text("/spec/nodeName"),
        "spec.driver", Fields.text("/spec/driver"));
  }

  @Override
  public List<Column> columns() {
    return List.of(
        Column.NAME,
        Columns.text("Node", "Where the devices are.", "/spec/nodeName", Columns.UNSET),
        Columns.text("Driver", "Whose they are.", "/spec/driver", ""),
        Columns.text("Pool", "What they belong to.", "/spec/pool/name", ""),
        Column.AGE);
  }
}
