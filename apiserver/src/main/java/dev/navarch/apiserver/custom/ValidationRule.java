package dev.navarch.apiserver.custom;

import dev.cel.common.types.CelKind;
import dev.cel.common.types.OptionalType;
import dev.cel.common.types.SimpleType;
import dev.navarch.apiserver.cel.CompileFailed;
import dev.navarch.apiserver.cel.DeclaredType;
import dev.navarch.apiserver.cel.Documents;
import dev.navarch.apiserver.cel.Environment;
import dev.navarch.apiserver.cel.Expression;
import dev.navarch.apiserver.cel.Variables;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;

/// One of a schema's `x-kubernetes-validations`, compiled: a rule about a value, and perhaps about
/// what it was before.
///
/// @param transition whether it speaks of the old value, so that there must be one
record ValidationRule(
    JsonNode source,
    DeclaredType type,
    Expression rule,
    Optional<Expression> message,
    boolean transition) {
  private static final String SELF = "self";
  private static final String OLD = "oldSelf";

  /// What an old value that may be missing is declared as.
  private static final DeclaredType MAYBE =
      new DeclaredType.Scalar(
          OptionalType.create(SimpleType.DYN), 1, DeclaredType.MAX_REQUEST_BYTES - 2);

  /// What is wrong with an expression, and which.
  static final class Refused extends Exception {
    private static final long serialVersionUID = 1;
    private final String field;

    Refused(String field, String message) {
      super(message, null, false, false);
      this.field = field;
    }

    /// `rule` or `messageExpression`.
    String field() {
      return field;
    }

    @Override
    public String getMessage() {
      return String.valueOf(super.getMessage());
    }
  }

  /// @param environment of {@link #environment} for the type and for whether the old value may be
  ///   missing
  static ValidationRule compile(JsonNode source, DeclaredType type, Environment environment)
      throws Refused {
    Expression rule = expression(source, "rule", environment);
    if (!rule.yields(CelKind.BOOL)) {
      throw new Refused("rule", "cel expression must evaluate to a bool");
    }
    String text = source.path("messageExpression").asString("").strip();
    Optional<Expression> message = Optional.empty();
    if (!text.isEmpty()) {
      Expression made = expression(source, "messageExpression", environment);
      if (!made.yields(CelKind.STRING)) {
        throw new Refused("messageExpression", "messageExpression must evaluate to a string");
      }
      message = Optional.of(made);
    }
    return new ValidationRule(source, type, rule, message, rule.names(OLD));
  }

  private static Expression expression(JsonNode source, String field, Environment environment)
      throws Refused {
    try {
      return environment.compile(source.path(field).asString(""));
    } catch (CompileFailed e) {
      String prefix = field.equals("rule") ? "" : "messageExpression ";
      throw new Refused(field, prefix + e.getMessage());
    }
  }

  static Environment environment(DeclaredType type, boolean optionalOld) {
    return Environment.of(Map.of(SELF, type, OLD, optionalOld ? MAYBE : type));
  }

  static boolean isOptionalOld(JsonNode source) {
    return source.path("optionalOldSelf").asBoolean(false);
  }

  /// Whether there is something to judge.
  boolean applies(@Nullable JsonNode old) {
    return !transition || old != null || isOptionalOld(source);
  }

  Variables variables(JsonNode self, @Nullable JsonNode old) {
    Map<String, Object> values = new HashMap<>();
    values.put(SELF, Documents.value(self, type));
    if (isOptionalOld(source)) {
      values.put(OLD, Optional.ofNullable(old).map(value -> Documents.value(value, type)));
    } else if (old != null) {
      values.put(OLD, Documents.value(old, type));
    }
    return Variables.of(values);
  }

  /// What users read when the rule does not hold and says nothing better.
  String text() {
    String message = source.path("message").asString("").strip();
    return message.isEmpty() ? source.path("rule").asString("").strip() : message;
  }

  boolean hasMessage() {
    return !source.path("message").asString("").isEmpty();
  }
}
