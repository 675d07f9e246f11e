package dev.navarch.node.dra;

import dev.navarch.api.Json;
import dev.navarch.node.topology.StateFile;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/// The claims that drivers were asked to make ready on this node, written down so that the next
/// agent can take them back. Not for use by several threads at a time.
final class ClaimState {
  private final StateFile file;
  private final Map<String, Entry> entries = new TreeMap<>();

  /// A device as its driver told of it.
  ///
  /// @param requests those of the claim that it serves; empty for all
  record Ready(
      String driver, String pool, String device, List<String> requests, List<String> cdi) {}

  /// @param pods the uids of those that use it
  /// @param asked the drivers that were asked to make it ready, whatever came of it
  /// @param prepared whether all of them have
  record Entry(
      String namespace,
      String name,
      String uid,
      Set<String> pods,
      Set<String> asked,
      List<Ready> devices,
      boolean prepared) {

    Entry with(String pod) {
      Set<String> all = new TreeSet<>(pods);
      all.add(pod);
      return new Entry(namespace, name, uid, all, asked, devices, prepared);
    }

    Entry without(String pod) {
      Set<String> all = new TreeSet<>(pods);
      all.remove(pod);
      return new Entry(namespace, name, uid, all, asked, devices, prepared);
    }

    Entry asking(Set<String> drivers) {
      Set<String> all = new TreeSet<>(asked);
      all.addAll(drivers);
      return new Entry(namespace, name, uid, pods, all, devices, prepared);
    }

    Entry ready(List<Ready> made) {
      return new Entry(namespace, name, uid, pods, asked, List.copyOf(made), true);
    }
  }

  ClaimState(Path file) {
    this.file = new StateFile(file);
    this.file
        .read()
        .ifPresent(document -> document.path("claims").forEach(each -> keep(entry(each))));
  }

  private void keep(Entry entry) {
    entries.put(entry.uid(), entry);
  }

  private static Entry entry(JsonNode from) {
    List<Ready> devices = new ArrayList<>();
    for (JsonNode device : from.path("devices")) {
      devices.add(
          new Ready(
              device.path("driver").asString(""),
              device.path("pool").asString(""),
              device.path("device").asString(""),
              texts(device.path("requests")),
              texts(device.path("cdiDeviceIDs"))));
    }
    return new Entry(
        from.path("namespace").asString(""),
        from.path("name").asString(""),
        from.path("uid").asString(""),
        new TreeSet<>(texts(from.path("podUIDs"))),
        new TreeSet<>(texts(from.path("drivers"))),
        devices,
        from.path("prepared").asBoolean(false));
  }

  private static List<String> texts(JsonNode list) {
    return list.valueStream().map(each -> each.asString("")).toList();
  }

  List<Entry> all() {
    return List.copyOf(entries.values());
  }

  void put(Entry entry) {
    keep(entry);
    save();
  }

  void remove(String uid) {
    entries.remove(uid);
    save();
  }

  private void save() {
    ObjectNode document = Json.object();
    var list = document.putArray("claims");
    for (Entry entry : entries.values()) {
      ObjectNode one =
          list.addObject()
              .put("namespace", entry.namespace())
              .put("name", entry.name())
              .put("uid", entry.uid())
              .put("prepared", entry.prepared());
      entry.pods().forEach(one.putArray("podUIDs")::add);
      entry.asked().forEach(one.putArray("drivers")::add);
      var devices = one.putArray("devices");
      for (Ready ready : entry.devices()) {
        ObjectNode device =
            devices
                .addObject()
                .put("driver", ready.driver())
                .put("pool", ready.pool())
                .put("device", ready.device());
        ready.requests().forEach(device.putArray("requests")::add);
        ready.cdi().forEach(device.putArray("cdiDeviceIDs")::add);
      }
    }
    file.write(document);
  }
}
