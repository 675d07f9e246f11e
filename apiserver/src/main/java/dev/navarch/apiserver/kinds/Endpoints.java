package dev.navarch.apiserver.kinds;

import static dev.navarch.apiserver.kinds.Defaults.objects;

import dev.navarch.api.FieldError;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/// Endpoints: the older list of the addresses behind a service.
final class Endpoints implements KindRules {
  private static final int SHOWN = 3;

  @Override
  public String warning() {
    return "v1 Endpoints is deprecated in v1.33+; use discovery.k8s.io/v1 EndpointSlice";
  }

  @Override
  public void setDefaults(ObjectNode endpoints) {
    for (ObjectNode subset : objects(endpoints.path("subsets"))) {
      objects(subset.path("ports")).forEach(port -> Defaults.put(port, "protocol", "TCP"));
    }
  }

  @Override
  public void validate(ObjectNode endpoints, Consumer<FieldError> errors) {
    for (Place subset : Place.root(endpoints, errors).at("subsets").items()) {
      if (subset.at("addresses").isEmpty() && subset.at("notReadyAddresses").isEmpty()) {
        subset.required("must specify `addresses` or `notReadyAddresses`");
      }
      for (String list : List.of("addresses", "notReadyAddresses")) {
        subset.at(list).items().forEach(address -> Addresses.validateReachable(address.at("ip")));
      }
      for (Place port : subset.at("ports").items()) {
        port.at("port").between(1, 65535);
        if (subset.at("ports").items().size() > 1) {
          port.at("name").present();
        }
      }
    }
  }

  @Override
  public boolean hasGeneration() {
    return false;
  }

  @Override
  public List<Column> columns() {
    return List.of(
        Column.NAME,
        Columns.text("Endpoints", "Addresses with their ports.", Endpoints::list),
        Column.AGE);
  }

  private static String list(ObjectNode endpoints) {
    List<String> all = new ArrayList<>();
    for (JsonNode subset : endpoints.path("subsets")) {
      for (JsonNode address : subset.path("addresses")) {
        String ip = address.path("ip").asString("");
        String host = ip.contains(":") ? "[" + ip + "]" : ip;
        if (subset.path("ports").isEmpty()) {
          all.add(ip);
        }
        for (JsonNode port : subset.path("ports")) {
          all.add(host + ":" + port.path("port").asInt(0));
        }
      }
    }
    return shortened(all, Columns.NONE);
  }

  /// The first three, and how many more there are.
  static String shortened(List<String> all, String whenEmpty) {
    if (all.isEmpty()) {
      return whenEmpty;
    }
    String first = String.join(",", all.subList(0, Math.min(SHOWN, all.size())));
    return all.size() > SHOWN ? first + " + " + (all.size() - SHOWN) + " more..." : first;
  }
}
