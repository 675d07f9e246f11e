package dev.navarch.apiserver.kinds;

import dev.navarch.api.FieldError;
import java.util.List;
import java.util.function.Consumer;
import tools.jackson.databind.node.ObjectNode;

/// ServiceCIDRs: ranges that addresses of services come from, one for each family at most.
final class ServiceCidrs implements KindRules {

  @Override
  public void validate(ObjectNode cidr, Consumer<FieldError> errors) {
    Place cidrs = Place.root(cidr, errors).at("spec", "cidrs");
    if (!cidrs.present("at least one CIDR required")) {
      return;
    }
    if (cidrs.items().size() > 2) {
      cidrs.invalid("may only hold up to 2 values");
    }
    cidrs.items().forEach(Addresses::validateRange);
    boolean sameFamily =
        cidrs.items().stream().map(one -> one.text().contains(":")).distinct().count()
            < Math.min(2, cidrs.items().size());
    if (sameFamily) {
      cidrs.invalid(
          "may specify no more than one IP for each IP family, i.e 192.168.0.0/24 and 2001:db8::/64");
    }
  }

  @Override
  public void validateUpdate(ObjectNode cidr, ObjectNode old, Consumer<FieldError> errors) {
    Place.root(cidr, errors).at("spec", "cidrs").sameAs(old.at("/spec/cidrs"));
  }

  @Override
  public boolean hasGeneration() {
    return false;
  }

  @Override
  public List<Column> columns() {
    return List.of(
        Column.NAME,
        Columns.text(
            "CIDRs", "Ranges of service addresses.", o -> Columns.join(o.at("/spec/cidrs"))),
        Column.AGE);
  }
}
