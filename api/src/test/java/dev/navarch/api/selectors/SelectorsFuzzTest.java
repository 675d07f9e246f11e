package dev.navarch.api.selectors;

import static org.assertj.core.api.Assertions.assertThat;

import com.code_intelligence.jazzer.junit.FuzzTest;
import dev.navarch.api.ApiException;
import dev.navarch.api.Json;
import java.nio.charset.StandardCharsets;
import java.util.Map;

/// Selectors as queries and as parts of specs: read or refused, and what was read says the same
/// again when it is written.
final class SelectorsFuzzTest {
  private static final Map<String, String> LABELS = Map.of("app", "web", "tier", "5", "a", "");

  @FuzzTest
  void labels(byte[] bytes) {
    try {
      LabelSelector selector = LabelSelector.parse(new String(bytes, StandardCharsets.UTF_8));
      boolean matches = selector.matches(LABELS);
      LabelSelector again = LabelSelector.parse(selector.toString());
      assertThat(again).hasToString(selector.toString());
      assertThat(again.matches(LABELS)).isEqualTo(matches);
    } catch (ApiException refused) {
      assertThat(refused).hasMessageNotContaining("Exception");
    }
  }

  @FuzzTest
  void fields(byte[] bytes) {
    try {
      FieldSelector selector = FieldSelector.parse(new String(bytes, StandardCharsets.UTF_8));
      selector.matches(field -> field);
      assertThat(FieldSelector.parse(selector.toString())).isEqualTo(selector);
    } catch (ApiException refused) {
      assertThat(refused).hasMessageNotContaining("Exception");
    }
  }

  @FuzzTest
  void labelsOfASpec(byte[] bytes) {
    try {
      LabelSelector selector = LabelSelector.of(Json.parseAny(bytes));
      boolean matches = selector.matches(LABELS);
      if (!selector.nothing()) {
        assertThat(LabelSelector.parse(selector.toString()).matches(LABELS)).isEqualTo(matches);
      }
    } catch (ApiException refused) {
      assertThat(refused).hasMessageNotContaining("Exception");
    }
  }
}
