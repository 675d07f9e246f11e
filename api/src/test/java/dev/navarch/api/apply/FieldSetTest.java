package dev.navarch.api.apply;

import static dev.navarch.api.apply.Documents.fields;
import static dev.navarch.api.apply.Documents.json;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.navarch.api.Json;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class FieldSetTest {

  @Test
  void isWrittenInItsOwnOrder() {
    var set =
        fields(
            "{'i:10':{},'i:9':{},'v:true':{},'v:\\'b\\'':{},'v:2':{},'v:10':{},"
                    .replace("\\'", "\\\"")
                + "'k:{\\\"port\\\":443}':{},'k:{\\\"port\\\":80}':{},'f:b':{},'f:a':{'f:x':{},'.':{}}}");

    assertThat(Json.text(set.json()))
        .isEqualTo(
            Json.text(
                json(
                    "{'f:a':{'.':{},'f:x':{}},'f:b':{},'k:{\\\"port\\\":80}':{},"
                        + "'k:{\\\"port\\\":443}':{},'v:2':{},'v:10':{},'v:\\\"b\\\"':{},'v:true':{},"
                        + "'i:9':{},'i:10':{}}")));
  }

  @Test
  void keysOfOthersBecomeCanonical() {
    assertThat(Json.text(fields("{'k:{\\\"b\\\": 1, \\\"a\\\" : \\\"x\\\"}':{}}").json()))
        .isEqualTo("{\"k:{\\\"a\\\":\\\"x\\\",\\\"b\\\":1}\":{}}");
  }

  /// Found by fuzzing: a set that held a place twice was another than itself, written and read.
  @Test
  void onePlaceInTwoTextsIsThereOnce() {
    FieldSet set =
        FieldSet.read(
            Json.parse(
                "{\"v:2\":{\"f:a\":{}},\"v:1\":{},\"v:2.0\":{\".\":{},\"f:b\":{}}}"
                    .getBytes(UTF_8)));
    assertThat(set).hasToString("{\"v:1\":{},\"v:2\":{\".\":{},\"f:a\":{},\"f:b\":{}}}");
    assertThat(FieldSet.read(set.json())).isEqualTo(set);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {"{'x':{}}", "{'f':{}}", "{'k:7':{}}", "{'k:{':{}}", "{'i:a':{}}", "{'f:a':1}"})
  void whatIsNoSetIsRefused(String text) {
    assertThatThrownBy(() -> fields(text)).isInstanceOf(IllegalArgumentException.class);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      value = {
        "{'f:a':{},'f:b':{}}|{'f:b':{},'f:c':{}}|{'f:a':{},'f:b':{},'f:c':{}}|{'f:a':{}}|{'f:b':{}}",
        "{'f:a':{'f:x':{}}}|{'f:a':{}}|{'f:a':{'.':{},'f:x':{}}}|{'f:a':{'f:x':{}}}|{}",
        "{'f:a':{'.':{},'f:x':{}}}|{'f:a':{'f:x':{}}}|{'f:a':{'.':{},'f:x':{}}}|{'f:a':{}}|{'f:a':{'f:x':{}}}",
        "{}|{'f:a':{}}|{'f:a':{}}|{}|{}",
      })
  void combines(String left, String right, String union, String difference, String intersection) {
    var one = fields(left);
    var other = fields(right);

    assertThat(one.union(other)).isEqualTo(fields(union));
    assertThat(one.minus(other)).isEqualTo(fields(difference));
    assertThat(one.intersection(other)).isEqualTo(fields(intersection));
  }

  @Test
  void pathsReadAsInConflicts() {
    var set =
        fields(
            "{'f:spec':{'f:replicas':{},'f:template':{'f:containers':{"
                + "'k:{\\\"name\\\":\\\"web\\\"}':{'.':{},'f:ports':{"
                + "'k:{\\\"containerPort\\\":80,\\\"protocol\\\":\\\"TCP\\\"}':{'f:hostPort':{}}}}}}},"
                + "'f:metadata':{'f:finalizers':{'v:\\\"a/b\\\"':{}}}}");

    assertThat(set.paths())
        .containsExactly(
            ".metadata.finalizers[=\"a/b\"]",
            ".spec.replicas",
            ".spec.template.containers[name=\"web\"]",
            ".spec.template.containers[name=\"web\"].ports[containerPort=80,protocol=\"TCP\"].hostPort");
  }
}
