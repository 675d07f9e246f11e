package dev.navarch.apiserver.kinds;

import dev.navarch.api.FieldError;
import java.util.List;
import java.util.function.Consumer;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import tools.jackson.databind.node.ObjectNode;

/// IPAddresses: an address that a service has, by its own name.
final class IpAddresses implements KindRules {

  @Override
  public void validate(ObjectNode address, Consumer<FieldError> errors) {
    Place root = Place.root(address, errors);
    Place name = root.at("metadata", "name");
    if (Addresses.parse(name.text()).isEmpty()) {
      name.invalid("must be a valid IP address, (e.g. 10.9.8.7 or 2001:db8::ffff)");
    }
    Place parent = root.at("spec", "parentRef");
    if (parent.present()) {
      parent.at("resource").present();
      parent.at("name").present();
    }
  }

  @Override
  public void validateUpdate(ObjectNode address, ObjectNode old, Consumer<FieldError> errors) {
    Place.root(address, errors).at("spec", "parentRef").sameAs(old.at("/spec/parentRef"));
  }

  @Override
  public NameRule nameRule() {
    return NameRule.PATH_SEGMENT;
  }

  @Override
  public boolean hasGeneration() {
    return false;
  }

  @Override
  public List<Column> columns() {
    return List.of(
        Column.NAME,
        Columns.text("ParentRef", "Who has the address.", IpAddresses::parent),
        Column.AGE);
  }

  private static String parent(ObjectNode address) {
    var parent = address.at("/spec/parentRef");
    String group = parent.path("group").asString("");
    String resource = parent.path("resource").asString("") + (group.isEmpty() ? "" : "." + group);
    return Stream.of(
            resource, parent.path("namespace").asString(""), parent.path("name").asString(""))
        .filter(part -> !part.isEmpty())
        .collect(Collectors.joining("/"));
  }
}
