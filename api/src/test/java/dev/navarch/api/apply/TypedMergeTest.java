package dev.navarch.api.apply;

import static dev.navarch.api.apply.Documents.json;
import static org.assertj.core.api.Assertions.assertThat;

import dev.navarch.api.Schema;
import dev.navarch.api.Schema.ListType;
import java.util.Map;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class TypedMergeTest {
  private static final Schema CUSTOM =
      TestSchema.open(
          Map.of(
              "set", TestSchema.list(ListType.SET, TestSchema.STRING),
              "keyed",
                  TestSchema.list(
                      ListType.MAP,
                      TestSchema.object(Map.of("k", TestSchema.STRING, "v", TestSchema.INTEGER)),
                      "k"),
              "list", TestSchema.list(ListType.ATOMIC, TestSchema.STRING),
              "map", TestSchema.map(TestSchema.STRING),
              "whole", TestSchema.atomic(Map.of("a", TestSchema.STRING, "b", TestSchema.STRING))));

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      value = {
        "{'map':{'a':'1','b':'2'}}|{'map':{'b':'3','c':'4'}}|{'map':{'a':'1','b':'3','c':'4'}}",
        "{'map':{'a':'1'}}|{'map':{}}|{'map':{'a':'1'}}",
        "{'map':{'a':'1'}}|{'map':null}|{'map':{'a':'1'}}",
        "{'map':{'a':'1'}}|{'map':{'a':null}}|{'map':{'a':null}}",
        "{'list':['a','b']}|{'list':['c']}|{'list':['c']}",
        "{'whole':{'a':'1'}}|{'whole':{'b':'2'}}|{'whole':{'b':'2'}}",
        "{'set':['a','b','c']}|{'set':['x','b']}|{'set':['a','x','b','c']}",
        "{'set':['a','b','c']}|{'set':['b','x']}|{'set':['a','b','c','x']}",
        "{'set':['a','b']}|{'set':['b','a']}|{'set':['b','a']}",
        "{'set':['a','b','c','d']}|{'set':['b','a','c']}|{'set':['b','d','a','c']}",
        "{'keyed':[{'k':'a','v':1},{'k':'b','v':2}]}|{'keyed':[{'k':'b','v':3},{'k':'c'}]}"
            + "|{'keyed':[{'k':'a','v':1},{'k':'b','v':3},{'k':'c'}]}",
        "{'x':{'y':{'a':1}},'z':[1,2]}|{'x':{'y':{'b':2}},'z':[3]}|{'x':{'y':{'a':1,'b':2}},'z':[3]}",
        "{'x':{'y':1}}|{'x':2}|{'x':2}",
      })
  void mergesByForm(String there, String wanted, String merged) {
    var document = json(there);

    var result = TypedMerge.merge(document, AppliedConfiguration.of(json(wanted), CUSTOM), CUSTOM);

    assertThat(result).isEqualTo(json(merged));
    assertThat(document).isEqualTo(json(there));
  }
}
