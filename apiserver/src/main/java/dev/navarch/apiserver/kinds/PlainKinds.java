package dev.navarch.apiserver.kinds;

import static dev.navarch.apiserver.kinds.Columns.number;
import static dev.navarch.apiserver.kinds.Columns.size;
import static dev.navarch.apiserver.kinds.Columns.text;

import dev.navarch.apiserver.kinds.KindRules.Column;
import java.util.List;
import java.util.stream.Collectors;
import tools.jackson.databind.node.ObjectNode;

/// Kinds whose schema says nearly all: they only need columns, and at most a default.
final class PlainKinds {
  private PlainKinds() {}

  /// Rules that consist of columns.
  record Shown(boolean hasGeneration, List<Column> columns) implements KindRules {
    static Shown of(Column... columns) {
      return new Shown(true, List.of(columns));
    }

    Shown withoutGeneration() {
      return new Shown(false, columns);
    }
  }

  static KindRules csiDrivers() {
    return new CsiDrivers();
  }

  static KindRules csiNodes() {
    return Shown.of(
            Column.NAME,
            size("Drivers", "How many drivers the node has.", "/spec/drivers"),
            Column.AGE)
        .withoutGeneration();
  }

  static KindRules csiStorageCapacities() {
    return Shown.of(
            Column.NAME,
            text("StorageClassName", "The class that it is about.", "/storageClassName", ""),
            text("Capacity", "How much is left.", "/capacity", Columns.UNSET),
            Column.AGE)
        .withoutGeneration();
  }

  static KindRules volumeAttachments() {
    return Shown.of(
            Column.NAME,
            text("Attacher", "The driver that attaches.", "/spec/attacher", ""),
            text("PV", "The volume.", "/spec/source/persistentVolumeName", ""),
            text("Node", "Where to.", "/spec/nodeName", ""),
            Columns.flag("Attached", "Whether it is done.", "/status/attached"),
            Column.AGE)
        .withoutGeneration();
  }

  static KindRules volumeAttributesClasses() {
    return Shown.of(Column.NAME, text("DriverName", "The driver.", "/driverName", ""), Column.AGE)
        .withoutGeneration();
  }

  static KindRules ingressClasses() {
    return Shown.of(
        Column.NAME,
        text("Controller", "Who serves these ingresses.", "/spec/controller", ""),
        text("Parameters", "What configures it.", PlainKinds::ingressParameters),
        Column.AGE);
  }

  private static String ingressParameters(ObjectNode ingressClass) {
    var parameters = ingressClass.at("/spec/parameters");
    if (!parameters.isObject()) {
      return Columns.NONE;
    }
    String group = parameters.path("apiGroup").asString("");
    return parameters.path("kind").asString("")
        + (group.isEmpty() ? "" : "." + group)
        + "/"
        + parameters.path("name").asString("");
  }

  static KindRules ipAddresses() {
    return Shown.of(
            Column.NAME, text("ParentRef", "Who has the address.", PlainKinds::parent), Column.AGE)
        .withoutGeneration();
  }

  private static String parent(ObjectNode address) {
    var parent = address.at("/spec/parentRef");
    String group = parent.path("group").asString("");
    String resource = parent.path("resource").asString("") + (group.isEmpty() ? "" : "." + group);
    return List.of(
            resource, parent.path("namespace").asString(""), parent.path("name").asString(""))
        .stream()
        .filter(part -> !part.isEmpty())
        .collect(Collectors.joining("/"));
  }

  static KindRules serviceCidrs() {
    return Shown.of(
            Column.NAME,
            text("CIDRs", "Ranges of service addresses.", o -> Columns.join(o.at("/spec/cidrs"))),
            Column.AGE)
        .withoutGeneration();
  }

  static KindRules flowSchemas() {
    return Shown.of(
        Column.NAME,
        text("PriorityLevel", "Where its requests queue.", "/spec/priorityLevelConfiguration/name"),
        number("MatchingPrecedence", "Lower ones match first.", "/spec/matchingPrecedence"),
        text("DistinguisherMethod", "What tells flows apart.", "/spec/distinguisherMethod/type"),
        Column.AGE,
        text(
            "MissingPL",
            "Whether its priority level is missing.",
            schema -> {
              String status = Conditions.status(schema, "Dangling");
              return status.isEmpty() ? "?" : status;
            }));
  }

  static KindRules priorityLevels() {
    return Shown.of(
        Column.NAME,
        text("Type", "Limited or Exempt.", "/spec/type", ""),
        text("NominalConcurrencyShares", "Its share.", "/spec/limited/nominalConcurrencyShares"),
        text("Queues", "How many queues.", "/spec/limited/limitResponse/queuing/queues"),
        text(
            "HandSize",
            "How many of them a flow uses.",
            "/spec/limited/limitResponse/queuing/handSize"),
        text(
            "QueueLengthLimit",
            "How long they may be.",
            "/spec/limited/limitResponse/queuing/queueLengthLimit"),
        Column.AGE);
  }

  static KindRules admissionPolicies() {
    return Shown.of(
        Column.NAME,
        size("Validations", "How many rules it has.", "/spec/validations"),
        text(
            "ParamKind",
            "The kind of its parameters.",
            policy -> {
              String kind = policy.at("/spec/paramKind/kind").asString("");
              String version = policy.at("/spec/paramKind/apiVersion").asString("");
              return kind.isEmpty() ? Columns.UNSET : version + "/" + kind;
            }),
        Column.AGE);
  }

  static KindRules admissionPolicyBindings() {
    return Shown.of(
        Column.NAME,
        text("PolicyName", "The policy that it binds.", "/spec/policyName", ""),
        text("ParamRef", "Its parameters.", "/spec/paramRef/name", Columns.UNSET),
        Column.AGE);
  }

  static KindRules podTemplates() {
    return new PodTemplates();
  }

  /// CSIDrivers default their switches.
  private record CsiDrivers() implements KindRules {
    @Override
    public void setDefaults(ObjectNode driver) {
      ObjectNode spec = Defaults.object(driver, "spec");
      Defaults.put(spec, "attachRequired", true);
      Defaults.put(spec, "podInfoOnMount", false);
      Defaults.put(spec, "storageCapacity", false);
      Defaults.put(spec, "fsGroupPolicy", "ReadWriteOnceWithFSType");
      Defaults.put(spec, "requiresRepublish", false);
      Defaults.put(spec, "seLinuxMount", false);
      if (spec.path("volumeLifecycleModes").isEmpty()) {
        spec.putArray("volumeLifecycleModes").add("Persistent");
      }
    }

    @Override
    public List<Column> columns() {
      return List.of(
          Column.NAME,
          Columns.flag("AttachRequired", "Whether volumes are attached.", "/spec/attachRequired"),
          Columns.flag("PodInfoOnMount", "Whether it hears of pods.", "/spec/podInfoOnMount"),
          Columns.flag("StorageCapacity", "Whether it reports capacity.", "/spec/storageCapacity"),
          text(
              "TokenRequests",
              "Audiences of the tokens that it gets.",
              driver -> {
                String all = Columns.fieldOfAll(driver.at("/spec/tokenRequests"), "audience");
                return all.isEmpty() ? Columns.UNSET : all;
              }),
          Columns.flag(
              "RequiresRepublish", "Whether mounts are renewed.", "/spec/requiresRepublish"),
          text(
              "Modes",
              "Lives of its volumes.",
              o -> Columns.join(o.at("/spec/volumeLifecycleModes"))),
          Column.AGE);
    }
  }

  /// PodTemplates get the defaults of the pods they describe.
  private record PodTemplates() implements KindRules {
    @Override
    public void setDefaults(ObjectNode template) {
      Templates.setDefaults(template);
    }

    @Override
    public List<Column> columns() {
      List<Column> shown =
          Columns.containers("/template/spec").stream()
              .map(c -> new Column(c.name(), c.type(), c.format(), c.description(), 0, c.value()))
              .toList();
      return List.of(
          Column.NAME,
          shown.getFirst(),
          shown.getLast(),
          text(
              "Pod Labels",
              "Labels of its pods.",
              o -> Columns.labels(o.at("/template/metadata/labels"))));
    }
  }
}
