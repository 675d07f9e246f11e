package dev.navarch.api;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import tools.jackson.databind.node.ObjectNode;

/// Pruning and defaulting of custom resources.
class StructuralSchemaTest {
  private static final Schema META =
      BuiltInKinds.load()
          .definition("io.k8s.apimachinery.pkg.apis.meta.v1.ObjectMeta")
          .orElseThrow();

  private static ObjectNode json(String text) {
    return Json.parse(text.replace('\'', '"').getBytes(StandardCharsets.UTF_8));
  }

  private static StructuralSchema schema(String spec) {
    return StructuralSchema.of(json("{'type':'object','properties':{'spec':" + spec + "}}"), META);
  }

  private static String read(String spec, String value) {
    ObjectNode object = json("{'spec':" + value + "}");
    ObjectNode kept = Decoder.clean(object, schema(spec));
    Defaults.apply(kept, schema(spec));
    return Json.text(kept.path("spec")).replace('"', '\'');
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      value = {
        "{'type':'object','properties':{'a':{'type':'string'}}} | {'a':'x','b':1} | {'a':'x'}",
        "{'type':'object'} | {'a':1} | {}",
        "{'type':'object','x-kubernetes-preserve-unknown-fields':true} | {'a':{'b':1}} |"
            + " {'a':{'b':1}}",
        "{'type':'object','x-kubernetes-preserve-unknown-fields':true,'properties':{'a':"
            + "{'type':'object'}}} | {'a':{'b':1},'c':{'d':1}} | {'a':{},'c':{'d':1}}",
        "{'type':'object','additionalProperties':{'type':'object','properties':{'a':"
            + "{'type':'string'}}}} | {'k':{'a':'x','b':1}} | {'k':{'a':'x'}}",
        "{'type':'array','items':{'type':'object','properties':{'a':{'type':'string'}}}} |"
            + " [{'a':'x','b':1},5] | [{'a':'x'},5]",
        "{'x-kubernetes-int-or-string':true} | 5 | 5",
        "{'type':'string'} | {'wrong':{'x':1}} | {}",
        "{'type':'object','x-kubernetes-embedded-resource':true,'x-kubernetes-preserve-unknown-"
            + "fields':true} | {'kind':'Pod','metadata':{'name':'a','x':1},'y':2} |"
            + " {'kind':'Pod','metadata':{'name':'a'},'y':2}",
      })
  void dropsWhatNobodyDeclared(String schema, String value, String kept) {
    assertThat(read(schema, value)).isEqualTo(kept);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      value = {
        "{'type':'object','properties':{'a':{'type':'integer','default':1}}} | {} | {'a':1}",
        "{'type':'object','properties':{'a':{'type':'integer','default':1}}} | {'a':null} |"
            + " {'a':1}",
        "{'type':'object','properties':{'a':{'type':'integer','default':1,'nullable':true}}} |"
            + " {'a':null} | {'a':null}",
        "{'type':'object','properties':{'a':{'type':'integer'}}} | {'a':null} | {}",
        "{'type':'object','properties':{'a':{'type':'object','default':{},'properties':{'b':"
            + "{'type':'string','default':'x'}}}}} | {} | {'a':{'b':'x'}}",
        "{'type':'array','items':{'type':'object','properties':{'b':{'type':'string','default':"
            + "'x'}}}} | [{}] | [{'b':'x'}]",
        "{'type':'object','additionalProperties':{'type':'integer','default':3}} |"
            + " {'k':null} | {'k':3}",
      })
  void fillsInDefaults(String schema, String value, String filled) {
    assertThat(read(schema, value)).isEqualTo(filled);
  }

  @Test
  void namesUnknownFieldsAndRefusesWrongMetadata() {
    StructuralSchema schema = schema("{'type':'object','properties':{'a':{'type':'string'}}}");
    assertThatThrownBy(
            () ->
                Decoder.decode(
                    Parsed.of(json("{'spec':{'b':1},'metadata':{'x':2},'y':3}")),
                    schema,
                    FieldValidation.STRICT))
        .hasMessage(
            "strict decoding error: unknown field \"spec.b\", unknown field \"metadata.x\", unknown"
                + " field \"y\"");
    assertThatThrownBy(
            () ->
                Decoder.decode(
                    Parsed.of(json("{'metadata':{'labels':{'a':1}}}")),
                    schema,
                    FieldValidation.WARN))
        .hasMessageContaining("cannot unmarshal number into Go");
  }
}
