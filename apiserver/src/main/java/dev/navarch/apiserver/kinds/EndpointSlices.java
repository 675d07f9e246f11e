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
  private static final int MOST_ENDPOINTS = 1000;
  private static final int MOST_ADDRESSES = 100;
  private static final int MOST_PORTS = 20_000;

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
    root.at("addressType").oneOf("FQDN", "IPv4", "IPv6");
    if (root.at("endpoints").items().size() > MOST_ENDPOINTS) {
      root.at("endpoints").tooMany(MOST_ENDPOINTS);
    }
    if (root.at("ports").items().size() > MOST_PORTS) {
      root.at("ports").tooMany(MOST_PORTS);
    }
    for (Place endpoint : root.at("endpoints").items()) {
      if (endpoint.at("addresses").isEmpty()) {
        endpoint.at("addresses").required("must contain at least 1 address");
      }
      if (endpoint.at("addresses").items().size() > MOST_ADDRESSES) {
        endpoint.at("addresses").tooMany(MOST_ADDRESSES);
      }
      if (!endpoint.at("hostname").isEmpty()) {
        endpoint.at("hostname").dnsLabel();
      }
      for (Place address : endpoint.at("addresses").items()) {
        switch (type) {
          case "IPv4" -> validateFamily(address, false);
          case "IPv6" -> validateFamily(address, true);
          case "FQDN" -> address.dnsSubdomain();
          default -> {}
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

  private static void validateFamily(Place address, boolean six) {
    boolean parsed = Addresses.parse(address.text()).isPresent();
    if (parsed && address.text().contains(":") != six) {
      address.invalid("must be an IPv%d address".formatted(six ? 6 : 4));
    } else {
      Addresses.validateReachable(address);
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
