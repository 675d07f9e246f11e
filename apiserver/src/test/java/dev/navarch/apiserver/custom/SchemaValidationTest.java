package dev.navarch.apiserver.custom;

import static org.assertj.core.api.Assertions.assertThat;

import dev.navarch.api.Json;
import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import tools.jackson.databind.JsonNode;

/// What a custom resource's schema says of values, in upstream's words.
class SchemaValidationTest {
  private static JsonNode json(String text) {
    return Json.parseAny(text.replace('\'', '"').getBytes(StandardCharsets.UTF_8));
  }

  private static String check(String schema, String value) {
    return new SchemaValidation(json(schema))
        .check(json(value), null, "a").stream()
            .map(Object::toString)
            .reduce("", (all, one) -> all.isEmpty() ? one : all + "; " + one)
            .replace('"', '\'');
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      emptyValue = "",
      value = {
        "{'type':'integer'} | 'x' | a: Invalid value: 'string': a in body must be of type integer:"
            + " 'string'",
        "{'type':'integer'} | 1.5 | a: Invalid value: 'number': a in body must be of type integer:"
            + " 'number'",
        "{'type':'number'} | 1 | ``",
        "{'type':'string'} | null | a: Invalid value: 'null': a in body must be of type string:"
            + " 'null'",
        "{'type':'string','nullable':true} | null | ``",
        "{'x-kubernetes-int-or-string':true} | true | a: Invalid value: 'boolean': a in body must"
            + " be of type integer,string: 'boolean'",
        "{'type':'integer','minimum':2} | 1 | a: Invalid value: 1: a in body should be greater than"
            + " or equal to 2",
        "{'type':'integer','maximum':2,'exclusiveMaximum':true} | 2 | a: Invalid value: 2: a in"
            + " body should be less than 2",
        "{'type':'integer','multipleOf':5} | 7 | a: Invalid value: 7: a in body should be a"
            + " multiple of 5",
        "{'type':'string','pattern':'^b+$'} | 'c' | a: Invalid value: 'c': a in body should match"
            + " '^b+$'",
        "{'type':'string','minLength':2} | 'c' | a: Invalid value: 'c': a in body should be at"
            + " least 2 chars long",
        "{'type':'string','maxLength':1} | 'cc' | a: Too long: may not be more than 1 bytes",
        "{'type':'string','format':'date-time'} | 'x' | a: Invalid value: 'x': a in body must be of"
            + " type date-time: 'x'",
        "{'type':'string','format':'unheard-of'} | 'x' | ``",
        "{'type':'array','items':{'type':'string'},'maxItems':1} | ['x','y'] | a: Too many: 2: must"
            + " have at most 1 items",
        "{'type':'array','items':{'type':'string'}} | ['x',1] | a[1]: Invalid value: 'integer':"
            + " a[1] in body must be of type string: 'integer'",
        "{'type':'object','required':['b']} | {} | a.b: Required value",
        "{'type':'object','additionalProperties':{'type':'string'}} | {'k':1} | a.k: Invalid value:"
            + " 'integer': a.k in body must be of type string: 'integer'",
        "{'type':'string','enum':['x','y']} | 'z' | a: Unsupported value: 'z': supported values:"
            + " 'x', 'y'",
        "{'type':'object','oneOf':[{'required':['b']},{'required':['c']}]} | {'b':1,'c':2} | <nil>:"
            + " Invalid value: '': 'a' must validate one and only one schema (oneOf). Found 2 valid"
            + " alternatives",
        "{'type':'string','not':{'enum':['x']}} | 'x' | <nil>: Invalid value: '': 'a' must not"
            + " validate the schema (not)",
      })
  void saysWhatIsWrong(String schema, String value, String errors) {
    assertThat(check(schema, value)).isEqualTo(errors);
  }

  /// A definition's default was checked against a pattern before the pattern was.
  @Test
  void aPatternThatIsNoneFitsNothing() {
    assertThat(check("{'type':'string','pattern':'[a'}", "'c'"))
        .startsWith("a: Invalid value: 'c': a in body should match '[a, but pattern is invalid:");
  }

  @Test
  void leavesAloneWhatAnUpdateDoesNotTouch() {
    var schema =
        new SchemaValidation(
            json(
                "{'type':'object','properties':{'b':{'type':'string','maxLength':1},'l':{'type':"
                    + "'array','x-kubernetes-list-type':'map','x-kubernetes-list-map-keys':['n'],"
                    + "'items':{'type':'object','properties':{'n':{'type':'string'},'v':{'type':"
                    + "'string','maxLength':1}}}}}}"));
    JsonNode old = json("{'b':'long','l':[{'n':'one','v':'long'}],'c':1}");
    assertThat(schema.check(json("{'b':'long','l':[{'n':'one','v':'long'}],'c':2}"), old, ""))
        .isEmpty();
    assertThat(
            schema.check(
                json("{'b':'long','l':[{'n':'two','v':'x'},{'n':'one','v':'long'}]}"), old, ""))
        .isEmpty();
    assertThat(schema.check(json("{'b':'longer','l':[]}"), old, "")).hasSize(1);
  }
}
