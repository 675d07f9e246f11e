package dev.navarch.api.patch;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.navarch.api.ApiError;
import dev.navarch.api.ApiException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ObjectNode;

class JsonPatchTest {

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      value = {
        "{'a':1}         | {'op':'add','path':'/b','value':2}              | {'a':1,'b':2}",
        "{'a':1}         | {'op':'add','path':'/a','value':null}           | {'a':null}",
        "{'a':[1,2]}     | {'op':'add','path':'/a/1','value':9}            | {'a':[1,9,2]}",
        "{'a':[1,2]}     | {'op':'add','path':'/a/2','value':9}            | {'a':[1,2,9]}",
        "{'a':[1,2]}     | {'op':'add','path':'/a/-','value':9}            | {'a':[1,2,9]}",
        "{'a':[1,2]}     | {'op':'add','path':'/a/-1','value':9}           | {'a':[1,2,9]}",
        "{'a':[1,2]}     | {'op':'remove','path':'/a/-1'}                  | {'a':[1]}",
        "{'a':[1,2]}     | {'op':'remove','path':'/a/0'}                   | {'a':[2]}",
        "{'a':{'b':1}}   | {'op':'remove','path':'/a/b'}                   | {'a':{}}",
        "{'a':1}         | {'op':'replace','path':'/a','value':{'x':1}}    | {'a':{'x':1}}",
        "{'a':[1,2]}     | {'op':'replace','path':'/a/1','value':3}        | {'a':[1,3]}",
        "{'a':1}         | {'op':'replace','path':'','value':{'z':0}}      | {'z':0}",
        "{'a':{'b':1}}   | {'op':'move','from':'/a/b','path':'/c'}         | {'a':{},'c':1}",
        "{'a':[1,2,3]}   | {'op':'move','from':'/a/0','path':'/a/2'}       | {'a':[2,3,1]}",
        "{'a':{'b':1}}   | {'op':'copy','from':'/a','path':'/c'}           | {'a':{'b':1},'c':{'b':1}}",
        "{'a/b':1,'m~n':2} | {'op':'remove','path':'/a~1b'}                | {'m~n':2}",
        "{'a/b':1,'m~n':2} | {'op':'remove','path':'/m~0n'}                | {'a/b':1}",
        "{'':{'':1}}     | {'op':'replace','path':'//','value':2}          | {'':{'':2}}",
        "{'a':1}         | {'op':'test','path':'/a','value':1.0}           | {'a':1}",
        "{'a':[{'b':1}]} | {'op':'test','path':'/a','value':[{'b':1}]}     | {'a':[{'b':1}]}",
        "{'a':1}         | {'op':'test','path':'/b','value':null}          | {'a':1}"
      })
  void applies(String document, String operation, String result) {
    ObjectNode before = (ObjectNode) json(document);
    assertThat(JsonPatch.apply(before, json("[" + operation + "]"))).isEqualTo(json(result));
    assertThat(before).isEqualTo(json(document));
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      value = {
        "{'op':'remove','path':'/x'}              | remove operation does not apply: doc is missing path: \"/x\": missing value",
        "{'op':'replace','path':'/x','value':1}   | replace operation does not apply: doc is missing path: \"/x\": missing value",
        "{'op':'add','path':'/x/y','value':1}     | add operation does not apply: doc is missing path: \"/x/y\": missing value",
        "{'op':'add','path':'/a/0','value':1}     | add operation does not apply: doc is missing path: \"/a/0\": missing value",
        "{'op':'add','path':'/l/2','value':1}     | add operation does not apply: error in add for path: '/l/2': invalid index referenced",
        "{'op':'add','path':'/l/01','value':1}    | add operation does not apply: error in add for path: '/l/01': invalid index referenced",
        "{'op':'remove','path':'/l/-'}            | remove operation does not apply: doc is missing path: \"/l/-\": missing value",
        "{'op':'move','from':'/o','path':'/o/p'}  | move operation does not apply: \"/o/p\" is inside \"/o\"",
        "{'op':'test','path':'/a','value':2}      | testing value /a failed: test failed",
        "{'op':'test','path':'/a'}                | testing value /a failed: test failed",
        "{'op':'add','path':'/b'}                 | operation on \"/b\" must have a \"value\"",
        "{'op':'add','path':'b','value':1}        | add operation does not apply: \"b\" is no JSON pointer",
        "{'op':'add','value':1}                   | add operation must have a string as its \"path\"",
        "{'op':'frob','path':'/a'}                | Unexpected kind: frob",
        "{'op':'replace','path':'','value':[]}    | the patched document is no object",
        "{'op':'remove','path':''}                | the patched document is no object"
      })
  void refusesWhatDoesNotApply(String operation, String detail) {
    ObjectNode document = (ObjectNode) json("{'a':1,'l':[1],'o':{'p':1}}");
    assertThatThrownBy(() -> JsonPatch.apply(document, json("[" + operation + "]")))
        .isInstanceOf(ApiException.class)
        .hasMessageEndingWith("is invalid: patch: Invalid value: " + detail)
        .extracting(thrown -> ((ApiException) thrown).error())
        .isInstanceOf(ApiError.Invalid.class);
    assertThat(document).isEqualTo(json("{'a':1,'l':[1],'o':{'p':1}}"));
  }

  @Test
  void refusesTooManyOperations() {
    String operation = "{'op':'add','path':'/a','value':1},";
    String patch = "[" + operation.repeat(10_001).replaceAll(",$", "") + "]";
    assertThatThrownBy(() -> JsonPatch.apply((ObjectNode) json("{}"), json(patch)))
        .hasMessage("The allowed maximum operations in a JSON patch is 10000, got 10001")
        .extracting(thrown -> ((ApiException) thrown).error())
        .isInstanceOf(ApiError.TooLarge.class);
  }

  @Test
  void refusesCopiesThatDoubleTheDocumentAgainAndAgain() {
    String operation = "{'op':'copy','from':'','path':'/a'},";
    String patch = "[" + operation.repeat(100).replaceAll(",$", "") + "]";
    assertThatThrownBy(
            () ->
                JsonPatch.apply(
                    (ObjectNode) json("{'x':'" + "y".repeat(60_000) + "'}"), json(patch)))
        .hasMessageContaining("Unable to complete the copy, the accumulated size increase");
  }

  @Test
  void refusesWhatIsNoList() {
    assertThatThrownBy(() -> JsonPatch.apply((ObjectNode) json("{}"), json("{}")))
        .extracting(thrown -> ((ApiException) thrown).error())
        .isInstanceOf(ApiError.BadRequest.class);
  }

  private static JsonNode json(String text) {
    return JsonMapper.shared().readTree(text.replace('\'', '"'));
  }
}
