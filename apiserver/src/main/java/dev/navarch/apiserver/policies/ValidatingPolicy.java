package dev.navarch.apiserver.policies;

import dev.cel.common.types.CelKind;
import dev.navarch.apiserver.cel.DeclaredType;
import dev.navarch.apiserver.cel.Expression;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/// A ValidatingAdmissionPolicy, ready for use.
///
/// @param annotations expressions whose values go into the audit log
record ValidatingPolicy(Policy policy, List<Validation> validations, List<Annotation> annotations) {

  /// One thing that must be true.
  ///
  /// @param words makes the message; null when it is fixed
  record Validation(Expression test, String message, @Nullable Expression words, String reason) {

    /// What is said when nothing better is at hand.
    String plainMessage() {
      return message.isEmpty() ? "failed expression: " + test.text().strip() : message;
    }
  }

  /// A note for the audit log.
  record Annotation(String key, Expression value) {}

  static ValidatingPolicy read(ObjectNode document) {
    return read(document, compiler(document));
  }

  static PolicyCompiler compiler(ObjectNode document) {
    return new PolicyCompiler(document.path("spec"), DeclaredType.DYN, DeclaredType.DYN, false);
  }

  static ValidatingPolicy read(ObjectNode document, PolicyCompiler compiler) {
    JsonNode spec = document.path("spec");
    List<Validation> validations = new ArrayList<>();
    int index = 0;
    for (JsonNode each : spec.path("validations")) {
      String field = "spec.validations[%d].".formatted(index++);
      Expression test =
          compiler.compile(field + "expression", each.path("expression"), CelKind.BOOL);
      Expression words =
          each.path("messageExpression").asString("").isEmpty()
              ? null
              : compiler.compile(
                  field + "messageExpression", each.path("messageExpression"), CelKind.STRING);
      if (test != null) {
        validations.add(
            new Validation(
                test,
                each.path("message").asString("").strip(),
                words,
                each.path("reason").asString("Invalid")));
      }
    }
    List<Annotation> annotations = new ArrayList<>();
    index = 0;
    for (JsonNode each : spec.path("auditAnnotations")) {
      Expression value =
          compiler.compile(
              "spec.auditAnnotations[%d].valueExpression".formatted(index++),
              each.path("valueExpression"),
              CelKind.STRING,
              CelKind.NULL_TYPE);
      if (value != null) {
        annotations.add(new Annotation(each.path("key").asString(""), value));
      }
    }
    return new ValidatingPolicy(Policy.read(document, compiler), validations, annotations);
  }
}
