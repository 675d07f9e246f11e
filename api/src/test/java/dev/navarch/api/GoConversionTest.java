package dev.navarch.api;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import tools.jackson.databind.node.ObjectNode;

/// What users of strategic merge patches are told about wrong types.
class GoConversionTest {
  private static final Schema DEPLOYMENT =
      BuiltInKinds.load().byKind("apps/v1", "Deployment").orElseThrow().schema();

  private static ObjectNode yaml(String text) {
    return Yaml.parse(text.getBytes(UTF_8));
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      value = {
        "{spec: x} | cannot restore struct from: string",
        "{spec: [1]} | cannot restore struct from: slice",
        "{spec: {replicas: x}} | unrecognized type: int32",
        "{spec: {replicas: 1.5}} | cannot convert float64 to int32",
        "{spec: {paused: 'true'}} | unrecognized type: bool",
        "{metadata: {labels: x}} | cannot restore map from string",
        "{metadata: {labels: {a: 1}}} | cannot convert int64 to string",
        "{metadata: {labels: {a: true}}} | unrecognized type: string",
        "{spec: {template: {spec: {containers: {a: b}}}}} | cannot restore slice from map",
        "{spec: {template: {spec: {containers: [a]}}}} | cannot restore struct from: string",
        "{spec: {strategy: {rollingUpdate: {maxSurge: true}}}} | json: cannot unmarshal bool into"
            + " Go value of type int32",
      })
  void namesTheTypesThatDoNotMeet(String tree, String words) {
    assertThat(GoConversion.failure(yaml(tree), DEPLOYMENT)).contains(words);
  }

  @Test
  void findsNothingWhereNothingIsWrong() {
    assertThat(
            GoConversion.failure(
                yaml(
                    "{metadata: {labels: {a: b}, name: null}, odd: 1, spec: {replicas: 1, template:"
                        + " {spec: {containers: [{name: a, resources: {limits: {cpu: 1}}}]}}}}"),
                DEPLOYMENT))
        .isEmpty();
  }

  @Test
  void printsValuesAsGoDoes() {
    assertThat(GoConversion.text(yaml("{b: [x, 1, {c: null}], a: {d: true, c: ''}}")))
        .isEqualTo("map[a:map[c: d:true] b:[x 1 map[c:<nil>]]]");
  }
}
