package dev.navarch.apiserver.kinds;

import dev.navarch.api.FieldError;
import java.util.List;
import java.util.function.Consumer;
import tools.jackson.databind.node.ObjectNode;

/// Roles and ClusterRoles: verbs on resources; cluster roles may also speak of plain paths.
///
/// @param namespaced whether these are the roles of a namespace
record Roles(boolean namespaced) implements KindRules {

  @Override
  public void validate(ObjectNode role, Consumer<FieldError> errors) {
    Place root = Place.root(role, errors);
    for (Place rule : root.at("rules").items()) {
      rule.at("verbs").present("verbs must contain at least one value");
      Place paths = rule.at("nonResourceURLs");
      Place groups = rule.at("apiGroups");
      Place resources = rule.at("resources");
      if (!paths.isEmpty()) {
        if (namespaced) {
          paths.invalid("namespaced rules cannot apply to non-resource URLs");
        }
        if (!groups.isEmpty() || !resources.isEmpty() || !rule.at("resourceNames").isEmpty()) {
          paths.invalid("rules cannot apply to both regular resources and non-resource URLs");
        }
      } else {
        groups.present("resource rules must supply at least one api group");
        resources.present("resource rules must supply at least one resource");
      }
    }
    root.at("aggregationRule", "clusterRoleSelectors").items().forEach(LabelSelectors::validate);
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
    return List.of(Column.NAME, Columns.CREATED_AT);
  }
}
