package dev.navarch.apiserver.custom;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.navarch.api.Json;
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
              .getBytes(UTF_8));

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
        ".spec.list[-2:].n | ['y', 'z']",
        ".spec.list[-9:-2].n | ['x']",
        "..n | ['x', 'y', 'z']",
        "....n | ['x', 'y', 'z']",
      })
  void findsValues(String path, String found) {
    assertThat(JsonPath.parse(path).of(OBJECT).toString().replace('"', '\'')).isEqualTo(found);
  }

  @Test
  void descentsInARowTakeEachPlaceOnce() {
    int depth = 100;
    JsonNode deep =
        Json.parse(("{\"a\":".repeat(depth) + "{}" + "}".repeat(depth)).getBytes(UTF_8));
    assertThat(JsonPath.parse("..a".repeat(depth / 2)).of(deep)).hasSize(depth / 2 + 1);
    assertThat(JsonPath.parse(".".repeat(2 * depth)).of(deep)).hasSize(depth + 1);
  }

  @Test
  void refusesWhatIsNoPath() {
    assertThatThrownBy(() -> JsonPath.parse(".a[")).hasMessage("unterminated array");
    assertThatThrownBy(() -> JsonPath.parse(".a[x]")).hasMessage("invalid array index x");
  }
}
