package dev.navarch.apiserver.kinds;

import dev.navarch.api.FieldError;
import dev.navarch.api.selectors.NameChecks;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.Consumer;
import java.util.function.Function;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/// Nodes: the machines. Their agents write them whole, status included.
final class Nodes implements KindRules {
  private static final String ROLE = "node-role.kubernetes.io/";
  private static final String OLD_ROLE = "kubernetes.io/role";

  @Override
  public void setDefaults(ObjectNode node) {
    Defaults.object(node, "spec");
    if (node.at("/status/capacity") instanceof ObjectNode capacity && !capacity.isEmpty()) {
      Defaults.put(Defaults.object(node, "status"), "allocatable", capacity.deepCopy());
    }
  }

  @Override
  public void validate(ObjectNode node, Consumer<FieldError> errors) {
    Place spec = Place.root(node, errors).at("spec");
    Set<String> seen = new HashSet<>();
    for (Place taint : spec.at("taints").items()) {
      Place key = taint.at("key");
      if (key.present()) {
        key.names(NameChecks.labelKey(key.text()));
      }
      taint.at("value").names(NameChecks.labelValue(taint.at("value").text()));
      Place effect = taint.at("effect");
      effect.present();
      if (!seen.add(key.text() + ":" + effect.text())) {
        taint.duplicate();
      }
    }
    Place ranges = spec.at("podCIDRs");
    ranges.items().forEach(Addresses::validateRange);
    if (ranges.items().size() > 2) {
      ranges.invalid("may specify no more than one CIDR for each IP family");
    }
    if (!spec.at("podCIDR").isEmpty()) {
      Addresses.validateRange(spec.at("podCIDR"));
    }
  }

  @Override
  public void validateUpdate(ObjectNode node, ObjectNode old, Consumer<FieldError> errors) {
    Place spec = Place.root(node, errors).at("spec");
    JsonNode ranges = old.path("spec").path("podCIDRs");
    if (!ranges.isEmpty() && !ranges.equals(spec.at("podCIDRs").node())) {
      spec.at("podCIDRs")
          .forbidden("node updates may not change podCIDR except from \"\" to valid");
    }
    JsonNode provider = old.path("spec").path("providerID");
    if (!provider.asString("").isEmpty() && !provider.equals(spec.at("providerID").node())) {
      spec.at("providerID")
          .forbidden("node updates may not change providerID except from \"\" to valid");
    }
  }

  @Override
  public void validateStatusUpdate(ObjectNode node, ObjectNode old, Consumer<FieldError> errors) {
    Place status = Place.root(node, errors).at("status");
    Set<String> seen = new HashSet<>();
    for (Place address : status.at("addresses").items()) {
      if (!seen.add(address.at("type").text() + "/" + address.at("address").text())) {
        address.duplicate();
      }
    }
    for (String amounts : List.of("capacity", "allocatable")) {
      for (Place amount : status.at(amounts).values()) {
        NameChecks.qualifiedName(amount.mapKey()).forEach(amount::invalid);
        Resources.nonNegative(amount);
      }
    }
  }

  @Override
  public boolean keepsStatusOnCreate() {
    return true;
  }

  @Override
  public boolean hasGeneration() {
    return false;
  }

  @Override
  public Map<String, Function<JsonNode, String>> selectableFields() {
    return Map.of("spec.unschedulable", Fields.flag("/spec/unschedulable"));
  }

  @Override
  public List<Column> columns() {
    List<Column> columns = new ArrayList<>();
    columns.add(Column.NAME);
    columns.add(Columns.text("Status", "Whether it takes pods.", Nodes::status));
    columns.add(Columns.text("Roles", "What it is for.", Nodes::roles));
    columns.add(Column.AGE);
    columns.add(info("Version", "Version of its agent.", "kubeletVersion", ""));
    columns.add(Columns.wide(address("Internal-IP", "InternalIP")));
    columns.add(Columns.wide(address("External-IP", "ExternalIP")));
    columns.add(Columns.wide(info("OS-Image", "Its operating system.", "osImage", "<unknown>")));
    columns.add(Columns.wide(info("Kernel-Version", "Its kernel.", "kernelVersion", "<unknown>")));
    columns.add(
        Columns.wide(
            info(
                "Container-Runtime",
                "What runs its containers.",
                "containerRuntimeVersion",
                "<unknown>")));
    return columns;
  }

  private static Column info(String name, String description, String field, String fallback) {
    return Columns.text(name, description, "/status/nodeInfo/" + field, fallback);
  }

  private static Column address(String name, String type) {
    return Columns.text(
        name,
        "An address of the node.",
        node ->
            node.at("/status/addresses")
                .valueStream()
                .filter(address -> address.path("type").asString("").equals(type))
                .map(address -> address.path("address").asString(""))
                .findFirst()
                .orElse(Columns.NONE));
  }

  private static String status(ObjectNode node) {
    String ready =
        switch (Conditions.status(node, "Ready")) {
          case "True" -> "Ready";
          case "" -> "Unknown";
          default -> "NotReady";
        };
    boolean cordoned = node.at("/spec/unschedulable").asBoolean(false);
    return cordoned ? ready + ",SchedulingDisabled" : ready;
  }

  private static String roles(ObjectNode node) {
    TreeSet<String> roles = new TreeSet<>();
    for (var label : node.at("/metadata/labels").properties()) {
      if (label.getKey().startsWith(ROLE)) {
        roles.add(label.getKey().substring(ROLE.length()));
      } else if (label.getKey().equals(OLD_ROLE)) {
        roles.add(label.getValue().asString(""));
      }
    }
    roles.remove("");
    return Columns.orNone(String.join(",", roles));
  }
}
