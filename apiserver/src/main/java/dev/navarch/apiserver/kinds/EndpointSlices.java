package dev.navarch.apiserver.kinds;

import static dev.navarch.apiserver.kinds.Defaults.objects;

import dev.navarch.api.FieldError;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/// EndpointSlices: the addresses behind a service, in pieces of one address family.
final class EndpointSlices implements KindRules {

  @Override
  public void setDefaults(ObjectNode slice) {
    for (ObjectNode port : objects(slice.path("ports"))) {
      if (port.path("name").isMissingNode()) {
        port.put("name", "");
      }
      Defaults.put(port, "protocol", "TCP");
    }
  }

  @Override
  public void validate(ObjectNode slice, Consumer<FieldError> errors) {
    Place root = Place.root(slice, errors);
    String type = root.at("addressType").text();
    root.at("addressType").present();
    for (Place endpoint : root.at("endpoints").items()) {
      if (endpoint.at("addresses").isEmpty()) {
        endpoint.at("addresses").required("must contain at least 1 address");
      }
      for (Place address : endpoint.at("addresses").items()) {
        if (type.startsWith("IP")) {
          Addresses.validate(address);
        }
      }
    }
    root.at("ports").distinct("name");
    for (Place port : root.at("ports").items()) {
      if (!port.at("name").isEmpty()) {
        port.at("name").dnsLabel();
      }
    }
  }

  @Override
  public void validateUpdate(ObjectNode slice, ObjectNode old, Consumer<FieldError> errors) {
    Place.root(slice, errors).at("addressType").sameAs(old.path("addressType"));
  }

  @Override
  public List<Column> columns() {
    return List.of(
        Column.NAME,
        Columns.text("AddressType", "The family of the addresses.", "/addressType", ""),
        Columns.text("Ports", "Ports of every endpoint.", EndpointSlices::ports),
        Columns.text("Endpoints", "The addresses.", EndpointSlices::addresses),
        Column.AGE);
  }

  private static String ports(ObjectNode slice) {
    List<String> all = new ArrayList<>();
    for (JsonNode port : slice.path("ports")) {
      long number = port.path("port").asLong(0);
      all.add(number > 0 ? Long.toString(number) : port.path("name").asString("") + "/*");
    }
    return Endpoints.shortened(all, Columns.UNSET);
  }

  private static String addresses(ObjectNode slice) {
    List<String> all = new ArrayList<>();
    for (JsonNode endpoint : slice.path("endpoints")) {
      Columns.texts(endpoint.path("addresses")).forEach(all::add);
    }
    return Endpoints.shortened(all, Columns.UNSET);
  }
}
