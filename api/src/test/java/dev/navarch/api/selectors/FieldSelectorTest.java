package dev.navarch.api.selectors;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class FieldSelectorTest {
  private static final Map<String, String> POD =
      Map.of("metadata.name", "web", "spec.nodeName", "node-1", "odd", "a,b=c\\d");

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "metadata.name=web | true",
        "metadata.name==web | true",
        "metadata.name!=web | false",
        "metadata.name=web,spec.nodeName!=node-2 | true",
        "metadata.name=web,spec.nodeName=node-2 | false",
        "spec.none= | true",
        "spec.none!= | false",
        ",metadata.name=web, | true",
        "odd=a\\,b\\=c\\\\d | true"
      })
  void matchesFields(String selector, boolean matches) {
    assertThat(FieldSelector.parse(selector).matches(field -> POD.getOrDefault(field, "")))
        .isEqualTo(matches);
  }

  @Test
  void anEmptyTextSelectsEverything() {
    assertThat(FieldSelector.parse("")).isEqualTo(FieldSelector.EVERYTHING);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "metadata.name | invalid selector: 'metadata.name'; can't understand 'metadata.name'",
        "a=b=c | invalid field selector: unescaped character in value: 61",
        "a=b\\c | invalid field selector: invalid escape sequence: \\c",
        "a=b\\ | invalid field selector: invalid escape sequence: \\"
      })
  void explainsWhatItCannotRead(String selector, String message) {
    assertThatThrownBy(() -> FieldSelector.parse(selector)).hasMessage(message);
  }

  @Test
  void tellsTheOneValueOfAField() {
    FieldSelector selector = FieldSelector.parse("metadata.name=web,spec.nodeName!=x");
    assertThat(selector.exact("metadata.name")).contains("web");
    assertThat(selector.exact("spec.nodeName")).isEmpty();
    assertThat(selector).hasToString("metadata.name=web,spec.nodeName!=x");
    assertThat(FieldSelector.parse("odd=a\\,b\\=c\\\\d")).hasToString("odd=a\\,b\\=c\\\\d");
  }
}
