package dev.navarch.apiserver.cel;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import com.code_intelligence.jazzer.junit.FuzzTest;
import dev.navarch.api.Json;
import java.util.Map;
import tools.jackson.databind.node.ObjectNode;

/// Any text as an expression: it is compiled or refused, its cost is estimated, and its evaluation
/// ends with a value or an error within its budget. What it yields is written as JSON where it has
/// such a form.
final class CelFuzzTest {
  private static final ObjectNode DOCUMENT = Json.parse(ExpressionTest.DOCUMENT.getBytes(UTF_8));

  @FuzzTest
  void expression(byte[] input) {
    evaluate(ExpressionTest.ENVIRONMENT, new String(input, UTF_8));
  }

  /// As policies that change objects write them.
  @FuzzTest
  void mutation(byte[] input) {
    String text = new String(input, UTF_8);
    evaluate(
        Environment.ofMutation(
            Map.of("self", ExpressionTest.SELF, "object", DeclaredType.DYN), text),
        text);
  }

  private static void evaluate(Environment environment, String text) {
    Budget budget = Budget.of(Budget.PER_REQUEST);
    try {
      Expression expression = environment.compile(text);
      assertThat(expression.estimatedCost()).isNotNegative();
      Object value =
          expression.evaluate(
              Variables.of(
                  Map.of(
                      "self", Documents.value(DOCUMENT, ExpressionTest.SELF),
                      "oldSelf", Documents.value(DOCUMENT, ExpressionTest.SELF),
                      "object", Documents.value(DOCUMENT, DeclaredType.DYN))),
              budget);
      Documents.node(value);
    } catch (CompileFailed | EvaluationFailed refused) {
      assertThat(refused.getMessage()).isNotEmpty();
    }
    assertThat(budget.remaining()).isNotNegative();
  }
}
