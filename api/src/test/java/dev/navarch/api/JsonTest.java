package dev.navarch.api;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.time.Duration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class JsonTest {
  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "{\"a\":1}|{\"a\":1}",
        "{\"a\":9223372036854775807}|{\"a\":9223372036854775807}",
        "{\"a\":18446744073709551616}|{\"a\":18446744073709551616}",
        "{\"a\":0.1}|{\"a\":0.1}",
        "{\"a\":1.0}|{\"a\":1}",
        "{\"a\":1e3}|{\"a\":1000}",
        "{\"a\":1e21}|{\"a\":1e+21}",
        "{\"a\":-2.5e-9}|{\"a\":-2.5e-09}",
        "{\"a\":0.1234567890123456789}|{\"a\":0.1234567890123456789}",
        "{\"a\":null,\"b\":[true,false],\"c\":{}}|{\"a\":null,\"b\":[true,false],\"c\":{}}",
        "{\"ä\":\"\\u00e9\\n\"}|{\"ä\":\"é\\n\"}",
      })
  void writesWhatItReads(String in, String out) {
    assertThat(Json.text(Json.parse(in.getBytes(UTF_8)))).isEqualTo(out);
  }

  @Test
  void indentsForPeople() {
    byte[] document = "{\"a\":[],\"b\":{},\"c\":[1,{\"d\":1e21}]}".getBytes(UTF_8);
    assertThat(Json.prettyBytes(Json.parse(document)))
        .asString(UTF_8)
        .isEqualTo(
            """
            {
              "a": [],
              "b": {},
              "c": [
                1,
                {
                  "d": 1e+21
                }
              ]
            }\
            """);
  }

  @Test
  void theLastOfRepeatedKeysCountsAndAllAreNoted() {
    Parsed parsed =
        Json.read(
            "{\"spec\":{\"a\":1,\"c\":[{\"n\":1,\"n\":2}],\"a\":3},\"spec\":{}}".getBytes(UTF_8));
    assertThat(parsed.warnings())
        .containsExactly(
            "duplicate field \"spec.c[0].n\"",
            "duplicate field \"spec.a\"",
            "duplicate field \"spec\"");
    assertThat(Json.text(parsed.tree())).isEqualTo("{\"spec\":{}}");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "[]",
        "{",
        "{\"a\":}",
        "{a:1}",
        "{\"a\":1}{}",
        "{\"a\":01}",
        "{\"a\":NaN}",
        "{'a':1}"
      })
  void refusesWhatIsNoJsonObject(String text) {
    assertThatThrownBy(() -> Json.parse(text.getBytes(UTF_8)))
        .isInstanceOfSatisfying(
            ApiException.class, e -> assertThat(e.error()).isInstanceOf(ApiError.BadRequest.class));
  }

  /// Jackson gave up on the first two with an exception that nobody expected.
  @ParameterizedTest
  @ValueSource(strings = {"1e100000100000", "-1E4089023421", "1e400", "1e999999999"})
  void refusesNumbersThatNoDoubleComesNear(String number) {
    assertThatThrownBy(() -> Json.parse(("{\"a\":" + number + "}").getBytes(UTF_8)))
        .isInstanceOf(ApiException.class)
        .hasMessage(
            "json: cannot unmarshal number %s into Go value of type float64".formatted(number));
  }

  @Test
  void aNumberTooSmallForADoubleIsNothing() {
    assertThat(Json.text(Json.parseAny("[1e-7112345678,-1e-400,0.1]".getBytes(UTF_8))))
        .isEqualTo("[0,0,0.1]");
  }

  @ParameterizedTest
  @ValueSource(strings = {"{\"a\":", "["})
  @Timeout(1)
  void refusesTenThousandLevels(String level) {
    byte[] bomb = ("{\"a\":" + level.repeat(10_000)).getBytes(UTF_8);
    assertThatThrownBy(() -> Json.parse(bomb))
        .isInstanceOf(ApiException.class)
        .hasMessageContaining("exceeded max depth");
  }

  @Test
  void aNumberPutEqualsTheSameNumberRead() {
    assertThat(Json.object().put("a", 1)).isEqualTo(Json.parse("{\"a\":1}".getBytes(UTF_8)));
    assertThat(Json.parse("{}".getBytes(UTF_8)).put("a", 1L)).isEqualTo(Json.object().put("a", 1));
  }

  @Test
  void durationsReadAndWriteAsInGo() {
    assertThat(GoDuration.parse("1h30m")).isEqualTo(Duration.ofMinutes(90));
    assertThat(GoDuration.format(Duration.ofMinutes(90))).isEqualTo("1h30m0s");
    assertThat(GoDuration.format(GoDuration.parse("1.5s"))).isEqualTo("1.5s");
    assertThat(GoDuration.format(GoDuration.parse("-300ms"))).isEqualTo("-300ms");
    assertThat(GoDuration.format(GoDuration.parse("0"))).isEqualTo("0s");
    assertThat(GoDuration.format(Duration.ofNanos(1_500))).isEqualTo("1.5µs");
    assertThatThrownBy(() -> GoDuration.parse("5 minutes"))
        .hasMessage("time: invalid duration \"5 minutes\"");
    assertThat(GoDuration.parse("-9223372036854775808ns").toNanos()).isEqualTo(Long.MIN_VALUE);
    assertThatThrownBy(() -> GoDuration.parse("99999999999h"))
        .hasMessage("time: invalid duration \"99999999999h\"");
  }
}
