package dev.navarch.apiserver.cache;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/// The resourceVersion goes into the object's own metadata, and nowhere else.
class WireBytesTest {
  private static String at(long revision, String json) {
    return new String(WireBytes.at(revision, json.getBytes(UTF_8)), UTF_8);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '\u0001',
      value = {
        "{\"metadata\":{\"name\":\"a\"}}|{\"metadata\":{\"resourceVersion\":\"7\",\"name\":\"a\"}}",
        "{\"metadata\":{}}|{\"metadata\":{\"resourceVersion\":\"7\"}}",
        "{\"spec\":{\"metadata\":{\"x\":1}},\"metadata\":{\"x\":2}}"
            + "|{\"spec\":{\"metadata\":{\"x\":1}},\"metadata\":{\"resourceVersion\":\"7\",\"x\":2}}",
        "{\"a\":\"metadata\",\"b\":[{\"metadata\":{}}],\"metadata\":{\"x\":2}}"
            + "|{\"a\":\"metadata\",\"b\":[{\"metadata\":{}}],\"metadata\":{\"resourceVersion\":\"7\",\"x\":2}}",
        "{\"a\":\"\\\\\\\"{\",\"metadata\" : { \"x\":2}}"
            + "|{\"a\":\"\\\\\\\"{\",\"metadata\" : { \"resourceVersion\":\"7\",\"x\":2}}",
        "{\"metadata\":{\"resourceVersion\":\"123456\",\"x\":2}}"
            + "|{\"metadata\":{\"resourceVersion\":\"7\",\"x\":2}}",
        "{\"metadata\":{\"resourceVersion\":\"1\"}}|{\"metadata\":{\"resourceVersion\":\"7\"}}",
      })
  void theRevisionIsTheFirstFieldOfMetadata(String stored, String wire) {
    assertThat(at(7, stored)).isEqualTo(wire);
  }

  @Test
  void whatIsNoObjectPassesAsItIs() {
    for (String other :
        new String[] {"", "17", "[]", "{\"kind\":\"x\"}", "{\"metadata\":7}", "{\"a"}) {
      assertThat(at(7, other)).isEqualTo(other);
    }
  }

  @Test
  void bytesThatEndAnywhereDoNoHarm() {
    String whole = "{\"a\\\"\":[1],\"metadata\" : { \"resourceVersion\":\"12\",\"x\":{}}}";
    for (int end = 0; end < whole.length(); end++) {
      assertThat(at(7, whole.substring(0, end))).isNotNull();
    }
  }
}
