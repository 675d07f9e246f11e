package dev.navarch.api;

import java.util.List;
import tools.jackson.databind.node.ObjectNode;

/// A document as it was read, with the keys that stood in it more than once (the last one counts).
///
/// @param warnings one sentence for each repeated key
/// @param errors the same, as the parts of a strict decoding error
public record Parsed(ObjectNode tree, List<String> warnings, List<String> errors) {
  public Parsed {
    warnings = List.copyOf(warnings);
    errors = List.copyOf(errors);
  }

  public static Parsed of(ObjectNode tree) {
    return new Parsed(tree, List.of(), List.of());
  }
}
