package dev.navarch.client;

import dev.navarch.api.selectors.FieldSelector;
import dev.navarch.api.selectors.LabelSelector;
import java.util.function.Predicate;
import tools.jackson.databind.node.ObjectNode;

/// A namespace (empty for all) and selectors, over documents. Any field can be selected.
record SimulatedFilter(String namespace, LabelSelector labels, FieldSelector fields)
    implements Predicate<ObjectNode> {

  SimulatedFilter(String namespace, String labelSelector, String fieldSelector) {
    this(namespace, LabelSelector.parse(labelSelector), FieldSelector.parse(fieldSelector));
  }

  @Override
  public boolean test(ObjectNode document) {
    return (namespace.isEmpty()
            || document.at("/metadata/namespace").asString("").equals(namespace))
        && labels.matchesObject(document)
        && fields.matches(field -> document.at("/" + field.replace('.', '/')).asString(""));
  }
}
