package dev.navarch.node.pods;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Map;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class ExpansionTest {

  @ParameterizedTest
  @CsvSource({
    "$(A), one",
    "x$(A)y, xoney",
    "$$(A), $(A)",
    "$$$(A), $one",
    "$(B), $(B)",
    "$(A, $(A",
    "$A, $A",
    "$, $",
    "a$$b, a$b"
  })
  void replacesKnownNames(String text, String expected) {
    assertThat(Expansion.expand(text, Map.of("A", "one"))).isEqualTo(expected);
  }
}
