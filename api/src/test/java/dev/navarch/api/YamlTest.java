package dev.navarch.api;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class YamlTest {
  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      value = {
        "a: yes|{\"a\":true}",
        "a: Off|{\"a\":false}",
        "a: 'yes'|{\"a\":\"yes\"}",
        "on: x|{\"true\":\"x\"}",
        "'on': x|{\"on\":\"x\"}",
        "8080: x|{\"8080\":\"x\"}",
        "a: 0644|{\"a\":420}",
        "a: 0x1F|{\"a\":31}",
        "a: 1_000|{\"a\":1000}",
        "a: 1.50|{\"a\":1.5}",
        "a: -3|{\"a\":-3}",
        "a: 1e3|{\"a\":1000}",
        "a: 1.2.3|{\"a\":\"1.2.3\"}",
        "a: 100m|{\"a\":\"100m\"}",
        "a: 0899|{\"a\":899}",
        "a: 2024-01-01|{\"a\":\"2024-01-01\"}",
        "a: 2024-01-01T00:00:00Z|{\"a\":\"2024-01-01T00:00:00Z\"}",
        "a: ~|{\"a\":null}",
        "a:|{\"a\":null}",
        "a: \"\"|{\"a\":\"\"}",
        "a: !!str 5|{\"a\":\"5\"}",
        "a: !!binary aGk=|{\"a\":\"hi\"}",
        "{a: [1, two, {b: 3}]}|{\"a\":[1,\"two\",{\"b\":3}]}",
        "{\"a\": 1}|{\"a\":1}",
      })
  void meansWhatKubernetesMakesOfIt(String yaml, String json) {
    assertThat(Json.text(Yaml.parse(yaml.getBytes(UTF_8)))).isEqualTo(json);
  }

  @Test
  void aliasesAndMergesAreCopied() {
    String yaml =
        """
        base: &base {a: 1, b: 2}
        one: *base
        two:
          <<: *base
          b: 3
        """;
    assertThat(Json.text(Yaml.parse(yaml.getBytes(UTF_8))))
        .isEqualTo(
            "{\"base\":{\"a\":1,\"b\":2},\"one\":{\"a\":1,\"b\":2},\"two\":{\"b\":3,\"a\":1}}");
  }

  @Test
  void repeatedKeysAreNamedByLine() {
    Parsed parsed = Yaml.read("a: 1\nb:\n  c: 1\n  c: 2\na: 2\n".getBytes(UTF_8));
    assertThat(parsed.warnings())
        .containsExactly(
            "line 4: key \"c\" already set in map", "line 5: key \"a\" already set in map");
    assertThat(parsed.errors())
        .containsExactly(
            "yaml: unmarshal errors:\n  line 4: key \"c\" already set in map\n"
                + "  line 5: key \"a\" already set in map");
  }

  @Test
  @Timeout(1)
  void refusesAnAliasBomb() {
    StringBuilder bomb = new StringBuilder("a0: &a0 [x,x,x,x,x,x,x,x,x]\n");
    for (int i = 1; i < 30; i++) {
      bomb.append("a%d: &a%d [".formatted(i, i))
          .repeat("*a" + (i - 1) + ",", 8)
          .append("*a" + (i - 1) + "]\n");
    }
    byte[] bytes = bomb.toString().getBytes(UTF_8);
    assertThatThrownBy(() -> Yaml.parse(bytes))
        .isInstanceOf(ApiException.class)
        .hasMessageContaining("excessive aliasing");
  }

  @Test
  void refusesDepthThatAliasesMake() {
    StringBuilder yaml = new StringBuilder("a0: &a0 []\n");
    for (int i = 1; i <= 40; i++) {
      yaml.append(
          "a%1$d: &a%1$d %2$s*a%3$d%4$s\n".formatted(i, "[".repeat(90), i - 1, "]".repeat(90)));
    }
    assertThatThrownBy(() -> Yaml.parse(yaml.toString().getBytes(UTF_8)))
        .isInstanceOf(ApiException.class)
        .hasMessageContaining("exceeded max depth");
  }

  @Test
  @Timeout(1)
  void refusesTenThousandLevels() {
    byte[] bomb = ("a: " + "[".repeat(10_000)).getBytes(UTF_8);
    assertThatThrownBy(() -> Yaml.parse(bomb))
        .isInstanceOf(ApiException.class)
        .hasMessageContaining("exceeded max depth");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      value = {
        "a: &x [*x]|unknown anchor 'x'",
        "a: *x|unknown anchor 'x'",
        "a: .inf|unsupported value",
        "[1]|no object",
        "a: [|line 1:",
        "{a: 1}\t}|",
        "a: !!binary aGk|!!binary value contains invalid base64 data",
      })
  void refusesWhatHasNoJsonForm(String yaml, String why) {
    assertThatThrownBy(() -> Yaml.parse(yaml.getBytes(UTF_8)))
        .isInstanceOf(ApiException.class)
        .hasMessageContaining(why == null ? "" : why);
  }

  /// As numbers, three million of them took two minutes.
  @Test
  void endlessDigitsAreText() {
    for (String prefix : new String[] {"", "-", "0x", "0b", "1."}) {
      String digits = prefix + "1".repeat(200_000) + (prefix.equals("1.") ? "e400" : "");
      assertThat(Yaml.parse(("a: " + digits).getBytes(UTF_8)).path("a").asString())
          .isEqualTo(digits);
    }
  }

  @Test
  void refusesASecondDocument() {
    assertThatThrownBy(() -> Yaml.parse("a: 1\n---\nb: 2\n".getBytes(UTF_8)))
        .hasMessageContaining("more than one document");
  }
}
