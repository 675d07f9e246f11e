package dev.navarch.apiserver.custom;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.navarch.api.Json;
import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import tools.jackson.databind.JsonNode;

/// Where the paths of printer columns lead.
class JsonPathTest {
  private static final JsonNode OBJECT =
      Json.parse(
          """
          {"spec":{"a":1,"b.c":"dotted","list":[{"n":"x","v":1},{"n":"y","v":2},{"n":"z","v":3}]},
          "status":{"conditions":[{"type":"Ready","status":"True"},{"type":"Old","status":"False"}]}}
          """
              .getBytes(StandardCharsets.UTF_8));

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      value = {
        ".spec.a | [1]",
        "{.spec.a} | [1]",
        ".spec.none | []",
        ".spec.b\\.c | ['dotted']",
        ".spec['b.c'] | ['dotted']",
        ".spec.list[0].n | ['x']",
        ".spec.list[-1].n | ['z']",
        ".spec.list[1:].n | ['y', 'z']",
        ".spec.list[*].n | ['x', 'y', 'z']",
        ".spec.list[?(@.v>1)].n | ['y', 'z']",
        ".status.conditions[?(@.type=='Ready')].status | ['True']",
        "..n | ['x', 'y', 'z']",
      })
  void findsValues(String path, String found) {
    assertThat(JsonPath.parse(path).of(OBJECT).toString().replace('"', '\'')).isEqualTo(found);
  }

  @Test
  void refusesWhatIsNoPath() {
    assertThatThrownBy(() -> JsonPath.parse(".a[")).hasMessage("unterminated array");
    assertThatThrownBy(() -> JsonPath.parse(".a[x]")).hasMessage("invalid array index x");
  }
}
