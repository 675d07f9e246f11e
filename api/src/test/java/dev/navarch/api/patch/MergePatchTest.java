package dev.navarch.api.patch;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ObjectNode;

class MergePatchTest {

  /// The examples of RFC 7386 whose documents are objects.
  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      value = {
        "{'a':'b'}            | {'a':'c'}             | {'a':'c'}",
        "{'a':'b'}            | {'b':'c'}             | {'a':'b','b':'c'}",
        "{'a':'b'}            | {'a':null}            | {}",
        "{'a':'b','b':'c'}    | {'a':null}            | {'b':'c'}",
        "{'a':['b']}          | {'a':'c'}             | {'a':'c'}",
        "{'a':'c'}            | {'a':['b']}           | {'a':['b']}",
        "{'a':{'b':'c'}}      | {'a':{'b':'d','c':null}} | {'a':{'b':'d'}}",
        "{'a':[{'b':'c'}]}    | {'a':[1]}             | {'a':[1]}",
        "{'e':null}           | {'a':1}               | {'e':null,'a':1}",
        "{}                   | {'a':{'bb':{'ccc':null}}} | {'a':{'bb':{}}}",
        "{'a':'foo'}          | {'a':{'b':null,'c':1}} | {'a':{'c':1}}"
      })
  void merges(String document, String patch, String result) {
    ObjectNode before = (ObjectNode) json(document);
    assertThat(MergePatch.apply(before, json(patch))).isEqualTo(json(result));
    assertThat(before).isEqualTo(json(document));
  }

  @Test
  void refusesWhatIsNoObject() {
    assertThatThrownBy(() -> MergePatch.apply((ObjectNode) json("{}"), json("[1]")))
        .hasMessage("Invalid JSON Patch");
  }

  private static JsonNode json(String text) {
    return JsonMapper.shared().readTree(text.replace('\'', '"'));
  }
}
