package dev.navarch.apiserver.kinds;

import static dev.navarch.apiserver.kinds.Defaults.objects;

import dev.navarch.api.FieldError;
import java.util.List;
import java.util.Set;
import java.util.function.Consumer;
import java.util.stream.Collectors;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/// ResourceClaims and the templates of them: devices that pods ask for. What is asked never
/// changes.
///
/// @param spec where the claim's spec stands
record ResourceClaims(List<String> spec) implements KindRules {
  private static final int MOST = 32;
  private static final int MOST_ALTERNATIVES = 8;
  private static final int MOST_USERS = 256;

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
    DeviceRules.atMost(requests, MOST);
    DeviceRules.configuration(devices.at("config"));
    DeviceRules.atMost(devices.at("constraints"), MOST);
    devices.at("constraints").items().forEach(ResourceClaims::validateConstraint);
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
      DeviceRules.atMost(request.at("firstAvailable"), MOST_ALTERNATIVES);
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
    DeviceRules.selectors(request.at("selectors"));
    DeviceRules.tolerations(request.at("tolerations"));
  }

  private static void validateConstraint(Place constraint) {
    List<Place> forms =
        constraint.anyOf(List.of("matchAttribute", "distinctAttribute")).stream()
            .filter(form -> !form.isEmpty())
            .toList();
    if (forms.size() != 1) {
      constraint.required("exactly one of `matchAttribute` or `distinctAttribute` is required");
    }
    for (Place name : forms) {
      if (!name.text().contains("/")) {
        name.invalid("must include a domain");
      }
    }
  }

  /// An allocation does not change while it is there; who uses it has devices.
  @Override
  public void validateStatusUpdate(ObjectNode claim, ObjectNode old, Consumer<FieldError> errors) {
    Place status = Place.root(claim, errors).at("status");
    Place allocation = status.at("allocation");
    Place users = status.at("reservedFor");
    JsonNode before = old.at("/status/allocation");
    if (allocation.isSet() && before.isObject() && !allocation.node().equals(before)) {
      allocation.invalid("field is immutable");
    }
    DeviceRules.atMost(users, MOST_USERS);
    users.distinct("uid");
    for (Place user : users.items()) {
      user.at("resource").present();
      user.at("name").present();
      user.at("uid").present();
    }
    if (!users.isEmpty() && !allocation.isSet()) {
      users.forbidden("may not be specified when `allocated` is not set");
    }
    boolean going = !claim.at("/metadata/deletionTimestamp").asString("").isEmpty();
    if (going && !users.isEmpty()) {
      Set<String> known =
          old.at("/status/reservedFor")
              .valueStream()
              .map(user -> user.path("uid").asString(""))
              .collect(Collectors.toSet());
      for (Place user : users.items()) {
        if (!known.contains(user.at("uid").text())) {
          users.forbidden("new entries may not be added while `deletionTimestamp` is set");
        }
      }
    }
    Set<String> given =
        allocation
            .node()
            .at("/devices/results")
            .valueStream()
            .map(ResourceClaims::device)
            .collect(Collectors.toSet());
    for (Place device : status.at("devices").items()) {
      if (!given.contains(device(device.node()))) {
        device.invalid("must be an allocated device in the claim");
      }
    }
  }

  private static String device(JsonNode at) {
    return List.of("driver", "pool", "device", "shareID").stream()
        .map(part -> at.path(part).asString(""))
        .collect(Collectors.joining("/"));
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
