package dev.navarch.api.selectors;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.navarch.api.ApiException;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

class LabelSelectorTest {
  private static final Map<String, String> WEB =
      Map.of("app", "web", "tier", "front", "gen", "3", "empty", "", "in", "notin");

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        " ",
        "app",
        "app=web",
        "app==web",
        " app = web ",
        "app!=db",
        "other!=x",
        "app in (web)",
        "app in (web,db)",
        "app in ( db , web )",
        "app notin (db)",
        "other notin (db)",
        "!other",
        "! other",
        "gen>2",
        "gen<4",
        "empty=",
        "empty",
        "empty in ()",
        "empty in (a,)",
        "empty in (,a)",
        "empty in (a,,b)",
        "in=notin",
        "in in (in,notin)",
        "app=web,tier in (front,back),!canary,gen>1"
      })
  void matches(String selector) {
    assertThat(LabelSelector.parse(selector).matches(WEB)).isTrue();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "other",
        "app=db",
        "app!=web",
        "app in (db)",
        "app notin (web,db)",
        "!app",
        "gen>3",
        "gen<3",
        "app>1",
        "other>1",
        "other=",
        "app=web,tier=back"
      })
  void matchesNot(String selector) {
    assertThat(LabelSelector.parse(selector).matches(WEB)).isFalse();
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      value = {
        "app=web,            | found '', expected: identifier after ','",
        "=web                | found '=', expected: !, identifier, or 'end of string'",
        "app=web tier        | found 'tier', expected: ',' or 'end of string'",
        "app web             | unable to parse requirement: found 'web', expected: in, notin, =, ==, !=, gt, lt",
        "app in web          | unable to parse requirement: found 'web' expected: '('",
        "app in (web         | unable to parse requirement: found '', expected: ',' or ')'",
        "app in (=           | unable to parse requirement: found '=', expected: ',', ')' or identifier",
        "!=x                 | found '!=', expected: !, identifier, or 'end of string'",
        "!                   | unable to parse requirement: found '', expected: identifier",
        "app==(              | unable to parse requirement: found '(', expected: identifier",
        "gen>x               | unable to parse requirement: values[0]: Invalid value: \"x\": for 'Gt', 'Lt' operators, the value must be an integer",
        "a.=1                | unable to parse requirement: <nil>: Invalid value: \"a.\": name part must consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character (e.g. 'MyName',  or 'my.name',  or '123-abc', regex used for validation is '([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]')"
      })
  void saysWhatItFoundAndWhatItExpected(String selector, String message) {
    assertThatThrownBy(() -> LabelSelector.parse(selector))
        .isInstanceOf(ApiException.class)
        .hasMessage(message);
  }

  @Test
  void refusesValuesThatNoLabelCanHave() {
    assertThatThrownBy(() -> LabelSelector.parse("app=a/b"))
        .hasMessageStartingWith(
            "unable to parse requirement: values[0][app]: Invalid value: \"a/b\": a valid label"
                + " must be an empty string or");
  }

  @Test
  void printsTheQueryFormInOrder() {
    String text = "z in (b,a),a=1,!b,c,d!=2,e notin (x),f>1,g<2,h==3";
    assertThat(LabelSelector.parse(text))
        .hasToString("a=1,!b,c,d!=2,e notin (x),f>1,g<2,h==3,z in (a,b)");
  }

  @Test
  void readsTheObjectForm() {
    LabelSelector selector =
        object(
            """
            {"matchLabels": {"app": "web"}, "matchExpressions": [
              {"key": "tier", "operator": "In", "values": ["front", "back"]},
              {"key": "gen", "operator": "NotIn", "values": ["4"]},
              {"key": "empty", "operator": "Exists"},
              {"key": "canary", "operator": "DoesNotExist"}]}
            """);
    assertThat(selector.matches(WEB)).isTrue();
    assertThat(selector.matches(Map.of("app", "web"))).isFalse();
    assertThat(selector).hasToString("app=web,!canary,empty,gen notin (4),tier in (back,front)");
  }

  @Test
  void tellsAMissingSelectorFromAnEmptyOne() {
    assertThat(LabelSelector.of((JsonNode) null).matches(WEB)).isFalse();
    assertThat(object("{}").matches(WEB)).isTrue();
    assertThat(object("{}").isEverything()).isTrue();
    assertThat(LabelSelector.of(Map.of("app", "web")).matches(WEB)).isTrue();
  }

  @Test
  void refusesUnknownOperatorsOfTheObjectForm() {
    assertThatThrownBy(
            () -> object("{\"matchExpressions\": [{\"key\": \"a\", \"operator\": \"Like\"}]}"))
        .hasMessage("\"Like\" is not a valid label selector operator");
    assertThatThrownBy(
            () -> object("{\"matchExpressions\": [{\"key\": \"a\", \"operator\": \"In\"}]}"))
        .hasMessage(
            "values: Invalid value: \"[]\": for 'in', 'notin' operators, values set can't be empty");
  }

  @Test
  void matchesTheLabelsOfAnObject() {
    var pod = JsonMapper.shared().readTree("{\"metadata\": {\"labels\": {\"app\": \"web\"}}}");
    assertThat(LabelSelector.parse("app=web").matchesObject(pod)).isTrue();
    assertThat(LabelSelector.parse("app=db").matchesObject(pod)).isFalse();
  }

  private static LabelSelector object(String json) {
    return LabelSelector.of(JsonMapper.shared().readTree(json));
  }
}
