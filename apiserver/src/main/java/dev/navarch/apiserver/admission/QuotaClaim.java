package dev.navarch.apiserver.admission;

import dev.navarch.api.Json;
import dev.navarch.api.Quantity;
import java.util.LinkedHashSet;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/// What an object on its way to the store takes of its namespace's quotas.
///
/// @param resource of the object, as `services`
/// @param revision the object's resourceVersion before; empty when it is new
/// @param quotas the names of those that it counts for
/// @param amounts what it takes, or takes more than before
record QuotaClaim(
    String resource,
    String name,
    String revision,
    Set<String> quotas,
    Map<String, Quantity> amounts) {

  String line() {
    ObjectNode object =
        Json.object().put("resource", resource).put("name", name).put("revision", revision);
    ArrayNode names = object.putArray("quotas");
    quotas.forEach(names::add);
    ObjectNode taken = object.putObject("amounts");
    amounts.forEach((key, amount) -> taken.put(key, amount.toString()));
    return Json.text(object);
  }

  static QuotaClaim read(String line) {
    ObjectNode object = Json.parse(line.getBytes(java.nio.charset.StandardCharsets.UTF_8));
    Set<String> quotas = new LinkedHashSet<>();
    for (JsonNode name : object.path("quotas")) {
      quotas.add(name.asString());
    }
    Map<String, Quantity> amounts = new TreeMap<>();
    object
        .path("amounts")
        .properties()
        .forEach(each -> amounts.put(each.getKey(), Quantity.parse(each.getValue().asString())));
    return new QuotaClaim(
        object.path("resource").asString(""),
        object.path("name").asString(""),
        object.path("revision").asString(""),
        quotas,
        amounts);
  }

  /// Whether it is still on its way: the object is as it was before, or not there yet.
  ///
  /// @param stored the resourceVersions of the objects that are there, by name
  boolean isOnItsWay(Map<String, String> stored) {
    return stored.getOrDefault(name, "").equals(revision);
  }
}
