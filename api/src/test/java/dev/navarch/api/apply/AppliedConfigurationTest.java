package dev.navarch.api.apply;

import static dev.navarch.api.apply.Documents.DEPLOYMENT;
import static dev.navarch.api.apply.Documents.POD;
import static dev.navarch.api.apply.Documents.SERVICE;
import static dev.navarch.api.apply.Documents.fields;
import static dev.navarch.api.apply.Documents.json;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.navarch.api.Json;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class AppliedConfigurationTest {

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      value = {
        "{'foo':1}|.spec.foo: field not declared in schema",
        "{'replicas':'3'}|.spec.replicas: expected numeric (int or float), got string",
        "{'paused':1}|.spec.paused: expected boolean, got int64",
        "{'template':7}|.spec.template: expected map, got &{7}",
        "{'template':{'spec':{'containers':{'name':'a'}}}}"
            + "|.spec.template.spec.containers: expected list, got &{map[name:a]}",
        "{'template':{'spec':{'nodeName':5}}}"
            + "|.spec.template.spec.nodeName: expected string, got &value.valueUnstructured{Value:5}",
        "{'template':{'spec':{'containers':[{'name':'a'},{'name':'a'}]}}}"
            + "|.spec.template.spec.containers: duplicate entries for key [name=\"a\"]",
        "{'template':{'spec':{'containers':[{'image':'a'}]}}}"
            + "|.spec.template.spec.containers: element 0: associative list with keys has an element"
            + " that omits key field \"name\" (and doesn't have default value)",
        "{'template':{'spec':{'containers':[{'name':'a','img':'b'}]}}}"
            + "|.spec.template.spec.containers[name=\"a\"].img: field not declared in schema",
      })
  void refusesWhatDoesNotFitTheSchema(String spec, String error) {
    var sent =
        json(
            "{'apiVersion':'apps/v1','kind':'Deployment','metadata':{'name':'web','namespace':'ns'},"
                + "'spec':"
                + spec
                + "}");

    assertThatThrownBy(() -> AppliedConfiguration.of(sent, DEPLOYMENT))
        .hasMessage(
            "failed to create typed patch object (ns/web; apps/v1, Kind=Deployment): " + error);
  }

  @Test
  void namesEveryErrorOnALineOfItsOwn() {
    var sent = json("{'apiVersion':'v1','kind':'Pod','spec':{'a':1,'b':2}}");

    assertThatThrownBy(() -> AppliedConfiguration.of(sent, POD))
        .hasMessage(
            """
            failed to create typed patch object (/; v1, Kind=Pod): errors:
              .spec.a: field not declared in schema
              .spec.b: field not declared in schema""");
  }

  @Test
  void scalarsBecomeCanonicalAndEmptyValuesStay() {
    var tree =
        AppliedConfiguration.of(
                json(
                    "{'metadata':{'labels':{}},'spec':{'hostNetwork':false,'nodeName':null,"
                        + "'containers':[{'name':'a','resources':{'limits':{'cpu':'1000m'}}}]}}"),
                POD)
            .tree();

    assertThat(tree)
        .isEqualTo(
            json(
                "{'metadata':{'labels':{}},'spec':{'hostNetwork':false,'nodeName':null,"
                    + "'containers':[{'name':'a','resources':{'limits':{'cpu':'1'}}}]}}"));
  }

  @Test
  void ownsWhatItNamesWithDefaultedKeys() {
    var tree =
        json(
            "{'metadata':{'labels':{'a':'b'},'annotations':{}},'spec':{'selector':{'a':'b'},"
                + "'ports':[{'port':80}],'externalIPs':['1.2.3.4'],'clusterIP':null}}");

    assertThat(FieldPlaces.of(tree, SERVICE))
        .isEqualTo(
            fields(
                "{'f:metadata':{'f:annotations':{},'f:labels':{'f:a':{}}},'f:spec':{'f:clusterIP':{},"
                    + "'f:externalIPs':{},'f:ports':{'k:{\\\"port\\\":80,\\\"protocol\\\":\\\"TCP\\\"}':"
                    + "{'.':{},'f:port':{}}},'f:selector':{}}}"));
  }

  @Test
  void writesKeysAndValuesAsUpstreamDoes() {
    var tree =
        json(
            "{'metadata':{'finalizers':['a/b']},'spec':{'containers':[{'name':'c','ports':"
                + "[{'containerPort':80}],'env':[{'name':'A','value':'x'}]}]}}");

    assertThat(Json.text(FieldPlaces.of(tree, POD).json()))
        .isEqualTo(
            "{\"f:metadata\":{\"f:finalizers\":{\"v:\\\"a/b\\\"\":{}}},\"f:spec\":{\"f:containers\":"
                + "{\"k:{\\\"name\\\":\\\"c\\\"}\":{\".\":{},\"f:env\":{\"k:{\\\"name\\\":\\\"A\\\"}\":"
                + "{\".\":{},\"f:name\":{},\"f:value\":{}}},\"f:name\":{},\"f:ports\":"
                + "{\"k:{\\\"containerPort\\\":80,\\\"protocol\\\":\\\"TCP\\\"}\":{\".\":{},"
                + "\"f:containerPort\":{}}}}}}}");
  }
}
