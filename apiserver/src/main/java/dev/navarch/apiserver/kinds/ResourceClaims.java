package dev.navarch.apiserver.kinds;

import static dev.navarch.apiserver.kinds.Defaults.objects;

import dev.navarch.api.FieldError;
import java.util.List;
import java.util.Set;
import java.util.function.Consumer;
import java.util.stream.Collectors;
import tools.jackson.databind.node.ObjectNode;

/// ResourceClaims and the templates of them: devices that pods ask for. What is asked never
/// changes.
///
/// @param spec where the claim's spec stands
record ResourceClaims(List<String> spec) implements KindRules {

  static ResourceClaims claims() {
    return new ResourceClaims(List.of("spec"));
  }

  static ResourceClaims templates() {
    return new ResourceClaims(List.of("spec", "spec"));
  }

  @Override
  public void setDefaults(ObjectNode claim) {
    ObjectNode at = claim;
    for (String field : spec) {
      at = Defaults.object(at, field);
    }
    for (ObjectNode request : objects(at.at("/devices/requests"))) {
      Defaults.ifObject(request, "exactly").ifPresent(ResourceClaims::setCount);
      objects(request.path("firstAvailable")).forEach(ResourceClaims::setCount);
    }
  }

  private static void setCount(ObjectNode request) {
    Defaults.put(request, "allocationMode", "ExactCount");
    if (request.path("allocationMode").asString("").equals("ExactCount")) {
      Defaults.putNonZero(request, "count", 1);
    }
  }

  @Override
  public void validate(ObjectNode claim, Consumer<FieldError> errors) {
    Place root = Place.root(claim, errors);
    for (String field : spec) {
      root = root.at(field);
    }
    Place devices = root.at("devices");
    Place requests = devices.at("requests");
    requests.distinct("name");
    for (Place request : requests.items()) {
      if (request.at("name").present()) {
        request.at("name").dnsLabel();
      }
      List<Place> forms =
          request.anyOf(List.of("exactly", "firstAvailable")).stream()
              .filter(f -> !f.isEmpty())
              .toList();
      if (forms.isEmpty()) {
        request.required("exactly one of `exactly` or `firstAvailable` is required");
      } else if (forms.size() > 1) {
        request.invalid(
            "exactly one of `exactly` or `firstAvailable` is required, but multiple fields are"
                + " set");
      }
      request.ifSet("exactly").ifPresent(ResourceClaims::validateRequest);
      request.at("firstAvailable").distinct("name");
      request.at("firstAvailable").items().forEach(ResourceClaims::validateRequest);
    }
    Set<String> names =
        requests.items().stream().map(one -> one.at("name").text()).collect(Collectors.toSet());
    for (String list : List.of("constraints", "config")) {
      for (Place one : devices.at(list).items()) {
        for (Place name : one.at("requests").items()) {
          if (!names.contains(name.text().split("/", 2)[0])) {
            name.invalid(
                "must be the name of a request in the claim or the name of a request and a"
                    + " subrequest separated by '/'");
          }
        }
      }
    }
  }

  private static void validateRequest(Place request) {
    if (request.at("deviceClassName").present()) {
      request.at("deviceClassName").dnsSubdomain();
    }
    Place count = request.at("count");
    boolean exact = request.at("allocationMode").text().equals("ExactCount");
    if (exact && count.number(1) <= 0) {
      count.invalid("must be greater than zero");
    } else if (!exact && count.number(0) != 0) {
      count.invalid(
          "must not be specified when allocationMode is '%s'"
              .formatted(request.at("allocationMode").text()));
    }
    for (Place selector : request.at("selectors").items()) {
      selector.at("cel", "expression").present();
    }
  }

  @Override
  public void validateUpdate(ObjectNode claim, ObjectNode old, Consumer<FieldError> errors) {
    Place now = Place.root(claim, errors).at("spec");
    if (!now.node().equals(old.path("spec"))) {
      now.invalid("field is immutable");
    }
  }

  @Override
  public boolean hasGeneration() {
    return false;
  }

  @Override
  public List<Column> columns() {
    return spec.size() > 1
        ? List.of(Column.NAME, Column.AGE)
        : List.of(
            Column.NAME,
            Columns.text("State", "How far it is.", ResourceClaims::state),
            Column.AGE);
  }

  private static String state(ObjectNode claim) {
    if (!claim.at("/metadata/deletionTimestamp").asString("").isEmpty()) {
      return claim.at("/status/allocation").isObject() ? "deleted,allocated" : "deleted";
    }
    boolean reserved = !claim.at("/status/reservedFor").isEmpty();
    return claim.at("/status/allocation").isObject()
        ? reserved ? "allocated,reserved" : "allocated"
        : "pending";
  }
}
