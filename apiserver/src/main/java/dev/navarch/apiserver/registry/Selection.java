package dev.navarch.apiserver.registry;

import dev.navarch.api.ApiException;
import dev.navarch.api.Kind;
import dev.navarch.api.selectors.FieldSelector;
import dev.navarch.api.selectors.LabelSelector;
import java.util.Map;
import java.util.function.Function;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/// Which objects of a collection a client wants, by their labels and by a few fields that the kind
/// offers for it.
record Selection(
    LabelSelector labels,
    FieldSelector fields,
    Map<String, Function<JsonNode, String>> selectable) {

  /// @throws ApiException BadRequest for a selector that is none, or asks for another field
  static Selection of(
      Kind kind, Map<String, Function<JsonNode, String>> selectable, String labels, String fields) {
    FieldSelector parsed = FieldSelector.parse(fields);
    for (FieldSelector.Term term : parsed.terms()) {
      boolean known =
          term.field().equals("metadata.name")
              || (term.field().equals("metadata.namespace") && kind.namespaced())
              || selectable.containsKey(term.field());
      if (!known) {
        throw ApiException.badRequest("field label not supported: " + term.field());
      }
    }
    return new Selection(parsedLabels(labels), parsed, selectable);
  }

  private static LabelSelector parsedLabels(String text) {
    try {
      return LabelSelector.parse(text);
    } catch (ApiException e) {
      throw ApiException.badRequest("unable to parse requirement: %s".formatted(e.getMessage()));
    }
  }

  boolean isEverything() {
    return labels.isEverything() && fields.terms().isEmpty();
  }

  boolean matches(ObjectNode object) {
    return labels.matchesObject(object) && fields.matches(field -> value(object, field));
  }

  private String value(ObjectNode object, String field) {
    Function<JsonNode, String> reader = selectable.get(field);
    return reader != null
        ? reader.apply(object)
        : object.at("/" + field.replace('.', '/')).asString("");
  }
}
