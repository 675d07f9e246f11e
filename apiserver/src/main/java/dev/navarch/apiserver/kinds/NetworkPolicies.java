package dev.navarch.apiserver.kinds;

import static dev.navarch.apiserver.kinds.Defaults.objects;

import dev.navarch.api.FieldError;
import java.util.List;
import java.util.function.Consumer;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/// NetworkPolicies: who may talk to a set of pods.
final class NetworkPolicies implements KindRules {

  @Override
  public void setDefaults(ObjectNode policy) {
    ObjectNode spec = Defaults.object(policy, "spec");
    if (spec.path("policyTypes").isEmpty()) {
      ArrayNode types = spec.putArray("policyTypes");
      types.add("Ingress");
      if (!spec.path("egress").isEmpty()) {
        types.add("Egress");
      }
    }
    for (String direction : List.of("ingress", "egress")) {
      for (ObjectNode rule : objects(spec.path(direction))) {
        objects(rule.path("ports")).forEach(port -> Defaults.put(port, "protocol", "TCP"));
      }
    }
  }

  @Override
  public void validate(ObjectNode policy, Consumer<FieldError> errors) {
    Place spec = Place.root(policy, errors).at("spec");
    LabelSelectors.validate(spec.at("podSelector"));
    spec.at("ingress").items().forEach(rule -> validateRule(rule, "from"));
    spec.at("egress").items().forEach(rule -> validateRule(rule, "to"));
    Place types = spec.at("policyTypes");
    if (types.items().size() > 2) {
      types.invalid("may not specify more than two policyTypes");
    }
    types.items().forEach(type -> type.oneOf("Egress", "Ingress"));
  }

  private static void validateRule(Place rule, String peers) {
    for (Place port : rule.at("ports").items()) {
      port.at("port").portOrName();
      validateEnd(port.at("endPort"), port.at("port"));
    }
    for (Place peer : rule.at(peers).items()) {
      boolean block = peer.at("ipBlock").isSet();
      boolean selects = !peer.anyOf(List.of("podSelector", "namespaceSelector")).isEmpty();
      if (!block && !selects) {
        peer.required("must specify a peer");
      } else if (block && selects) {
        peer.forbidden("may not specify both ipBlock and another peer");
      }
      peer.ifSet("podSelector").ifPresent(LabelSelectors::validate);
      peer.ifSet("namespaceSelector").ifPresent(LabelSelectors::validate);
      peer.ifSet("ipBlock").ifPresent(NetworkPolicies::validateBlock);
    }
  }

  private static void validateEnd(Place end, Place port) {
    if (!end.isSet()) {
      return;
    }
    if (!port.isSet()) {
      end.invalid("may not be specified when `port` is not specified");
    } else if (port.node().isString()) {
      end.invalid("may not be specified when `port` is non-numeric");
    } else if (end.number(0) < port.number(0)) {
      end.invalid("must be greater than or equal to `port`");
    } else {
      end.port();
    }
  }

  private static void validateBlock(Place block) {
    if (block.at("cidr").present()) {
      Addresses.validateRange(block.at("cidr"));
    }
    for (Place except : block.at("except").items()) {
      Addresses.validateRange(except);
      if (!Addresses.isWithin(except.text(), block.at("cidr").text())) {
        except.invalid("must be a strict subset of `cidr`");
      }
    }
  }

  @Override
  public List<Column> columns() {
    return List.of(
        Column.NAME,
        Columns.text(
            "Pod-Selector",
            "The pods that it is about.",
            policy -> Columns.selector(policy.at("/spec/podSelector"))),
        Column.AGE);
  }
}
