package dev.navarch.api.apply;

import static dev.navarch.api.apply.Documents.DEPLOYMENT;
import static dev.navarch.api.apply.Documents.POD;
import static dev.navarch.api.apply.Documents.fields;
import static dev.navarch.api.apply.Documents.json;
import static org.assertj.core.api.Assertions.assertThat;

import dev.navarch.api.Schema;
import dev.navarch.api.Schema.ListType;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class ComparisonTest {
  private static final Schema CUSTOM =
      TestSchema.object(
          Map.of(
              "set", TestSchema.list(ListType.SET, TestSchema.STRING),
              "keyed",
                  TestSchema.list(
                      ListType.MAP,
                      TestSchema.object(Map.of("k", TestSchema.STRING, "v", TestSchema.INTEGER)),
                      "k"),
              "list", TestSchema.list(ListType.ATOMIC, TestSchema.STRING),
              "map", TestSchema.map(TestSchema.STRING),
              "whole", TestSchema.atomic(Map.of("a", TestSchema.STRING)),
              "open", TestSchema.open(Map.of("known", TestSchema.STRING)),
              "n", TestSchema.INTEGER));

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      value = {
        "{'n':1}|{'n':2}|{'f:n':{}}|{}",
        "{'n':1}|{'n':1.0}|{}|{}",
        "{'n':1}|{}|{}|{'f:n':{}}",
        "{'set':['a','b']}|{'set':['b','c']}|{'f:set':{'v:\"c\"':{}}}|{'f:set':{'v:\"a\"':{}}}",
        "{'set':['a','b']}|{'set':['b','a']}|{}|{}",
        "{}|{'set':['a']}|{'f:set':{'.':{},'v:\"a\"':{}}}|{}",
        "{}|{'set':[]}|{'f:set':{}}|{}",
        "{'keyed':[{'k':'a','v':1},{'k':'b'}]}|{'keyed':[{'k':'a','v':2}]}"
            + "|{'f:keyed':{'k:{\"k\":\"a\"}':{'f:v':{}}}}"
            + "|{'f:keyed':{'k:{\"k\":\"b\"}':{'.':{},'f:k':{}}}}",
        "{'keyed':[{'k':'a'},{'k':'a','v':1}]}|{'keyed':[{'k':'a'},{'k':'a','v':2}]}"
            + "|{'f:keyed':{'k:{\"k\":\"a\"}':{}}}|{}",
        "{'keyed':[{'k':'a'}]}|{'keyed':[{'k':'a'},{'k':'a'}]}"
            + "|{'f:keyed':{'k:{\"k\":\"a\"}':{}}}|{'f:keyed':{'k:{\"k\":\"a\"}':{'f:k':{},'.':{}}}}",
        "{'list':['a']}|{'list':['a','b']}|{'f:list':{}}|{}",
        "{'map':{'a':'1'}}|{'map':{'b':'1'}}|{'f:map':{'f:b':{}}}|{'f:map':{'f:a':{}}}",
        "{'whole':{'a':'1'}}|{'whole':{'a':'2'}}|{'f:whole':{}}|{}",
        "{}|{'open':{'x':{'y':1,'z':[1]},'known':'k'}}"
            + "|{'f:open':{'.':{},'f:known':{},'f:x':{'.':{},'f:y':{},'f:z':{}}}}|{}",
        "{'open':{'x':{'y':1}}}|{'open':{'x':7}}|{'f:open':{'f:x':{}}}|{'f:open':{'f:x':{'f:y':{}}}}",
      })
  void findsWhatBecameDifferent(String before, String after, String changed, String removed) {
    var found = Comparison.of(json(before), json(after), CUSTOM);

    assertThat(found.changed()).isEqualTo(fields(changed.replace("\"", "\\\"")));
    assertThat(found.removed()).isEqualTo(fields(removed.replace("\"", "\\\"")));
  }

  @Test
  void nobodyOwnsTheIdentityOfAnObject() {
    var found =
        Comparison.ofObjects(
            json("{'metadata':{'name':'a','uid':'1','resourceVersion':'1'}}"),
            json(
                "{'kind':'Pod','metadata':{'name':'b','uid':'2','resourceVersion':'2','generation':1,"
                    + "'managedFields':[{}],'labels':{'a':'b'}}}"),
            POD);

    assertThat(found.changed()).isEqualTo(fields("{'f:metadata':{'f:labels':{'.':{},'f:a':{}}}}"));
  }

  @Test
  void aNewObjectIsComparedWithItsEmptyGoType() {
    var found =
        Comparison.ofObjects(
            EmptyObject.of(DEPLOYMENT),
            json(
                "{'spec':{'replicas':1,'selector':{'matchLabels':{'a':'b'}},'strategy':"
                    + "{'type':'RollingUpdate','rollingUpdate':{'maxSurge':1}},'template':{'metadata':"
                    + "{'labels':{'a':'b'}},'spec':{'containers':[{'name':'c','image':'i',"
                    + "'resources':{}}],'securityContext':{}}}}}"),
            DEPLOYMENT);

    assertThat(found.changed())
        .isEqualTo(
            fields(
                "{'f:spec':{'f:replicas':{},'f:selector':{},'f:strategy':{'f:rollingUpdate':{'.':{},"
                    + "'f:maxSurge':{}},'f:type':{}},'f:template':{'f:metadata':{'f:labels':{'.':{},"
                    + "'f:a':{}}},'f:spec':{'f:containers':{'k:{\\\"name\\\":\\\"c\\\"}':{'.':{},"
                    + "'f:image':{},'f:name':{},'f:resources':{}}},'f:securityContext':{}}}}}"));
  }
}
