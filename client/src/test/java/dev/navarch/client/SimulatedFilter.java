package dev.navarch.client;

import java.util.function.Predicate;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/// A namespace and selectors of the simple kind: `a=b`, `a!=b`, joined by commas.
record SimulatedFilter(String namespace, String labelSelector, String fieldSelector)
    implements Predicate<ObjectNode> {

  @Override
  public boolean test(ObjectNode document) {
    return (namespace.isEmpty()
            || document.at("/metadata/namespace").asString("").equals(namespace))
        && all(labelSelector, name -> document.at("/metadata/labels").path(name))
        && all(fieldSelector, path -> document.at("/" + path.replace('.', '/')));
  }

  private static boolean all(String selector, java.util.function.Function<String, JsonNode> value) {
    for (String term : selector.isEmpty() ? new String[0] : selector.split(",", -1)) {
      int equals = term.indexOf('=');
      if (equals < 0 || term.contains("(")) {
        throw new UnsupportedOperationException("simulated selectors are a=b and a!=b: " + term);
      }
      boolean not = term.charAt(equals - 1) == '!';
      String name = term.substring(0, not ? equals - 1 : equals);
      String wanted = term.substring(equals + 1).replaceFirst("^=", "");
      if (value.apply(name).asString("").equals(wanted) == not) {
        return false;
      }
    }
    return true;
  }
}
