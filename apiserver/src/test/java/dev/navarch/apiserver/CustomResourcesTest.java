package dev.navarch.apiserver;

import static dev.navarch.apiserver.TestApi.DEFINITIONS;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.navarch.apiserver.TestApi.Answer;
import java.nio.file.Path;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// Definitions and their objects, as a client over HTTPS sees them.
class CustomResourcesTest {
  @TempDir static Path folder;
  private static TestApi api;

  @BeforeAll
  static void start() throws Exception {
    api = TestApi.start(folder);
  }

  @AfterAll
  static void stop() {
    api.close();
  }

  private static final String WIDGET =
      """
      'subresources':{'status':{},'scale':{'specReplicasPath':'.spec.replicas',
      'statusReplicasPath':'.status.replicas','labelSelectorPath':'.status.selector'}},
      'selectableFields':[{'jsonPath':'.spec.color'}],
      'additionalPrinterColumns':[
        {'name':'Color','type':'string','jsonPath':'.spec.color'},
        {'name':'Ready','type':'string',
         'jsonPath':'.status.conditions[?(@.type==\\"Ready\\")].status','priority':1},
        {'name':'Age','type':'date','jsonPath':'.metadata.creationTimestamp'}],
      'schema':{'openAPIV3Schema':{'type':'object','properties':{
        'spec':{'type':'object','required':['color'],'properties':{
          'color':{'type':'string','enum':['red','green'],'description':'What it looks like.'},
          'replicas':{'type':'integer','minimum':0,'default':1},
          'size':{'x-kubernetes-int-or-string':true},
          'note':{'type':'string','nullable':true},
          'any':{'type':'object','x-kubernetes-preserve-unknown-fields':true},
          'parts':{'type':'array','x-kubernetes-list-type':'map',
            'x-kubernetes-list-map-keys':['name'],'items':{'type':'object',
            'required':['name'],'properties':{'name':{'type':'string'},
            'port':{'type':'integer','default':80}}}}}},
        'status':{'type':'object','x-kubernetes-preserve-unknown-fields':true}}}}""";

  @Test
  void servesWhatADefinitionDefines() throws Exception {
    api.define("widgets", "Widget", "Namespaced", WIDGET);
    String widgets = "/apis/example.com/v1/namespaces/default/widgets";
    Answer created =
        api.send(
            "POST",
            widgets,
            """
            {'apiVersion':'example.com/v1','kind':'Widget','metadata':{'name':'one'},
            'spec':{'color':'red','unknown':1,'note':null,'any':{'x':{'y':1}},'size':'10%',
            'parts':[{'name':'a'}]},'status':{'replicas':3}}""");
    assertThat(created.status()).as(created.text()).isEqualTo(201);
    assertThat(created.at("/spec"))
        .isEqualTo(
            "{\"color\":\"red\",\"note\":null,\"any\":{\"x\":{\"y\":1}},\"size\":\"10%\","
                + "\"parts\":[{\"name\":\"a\",\"port\":80}],\"replicas\":1}");
    assertThat(created.json().has("status")).isFalse();
    assertThat(created.at("/metadata/generation")).isEqualTo("1");
    assertThat(created.warnings()).containsExactly("299 - \"unknown field \\\"spec.unknown\\\"\"");

    assertThat(api.get(widgets + "/one").at("/spec")).isEqualTo(created.at("/spec"));
    assertThat(api.get("/apis/example.com/v1/widgets").at("/items/0/metadata/name"))
        .isEqualTo("one");
    assertThat(api.get(widgets + "?fieldSelector=spec.color=green").at("/items")).isEqualTo("[]");
    assertThat(api.get(widgets + "?fieldSelector=spec.color=red").at("/items/0/spec/color"))
        .isEqualTo("red");
    assertThat(api.get(widgets + "?fieldSelector=spec.size=1").message())
        .isEqualTo("field label not supported: spec.size");

    Answer status =
        api.send(
            "PATCH",
            widgets + "/one/status",
            "{'status':{'replicas':2,'selector':'a=b','conditions':[{'type':'Ready',"
                + "'status':'True'}]},'spec':{'color':'green'}}",
            "Content-Type",
            "application/merge-patch+json");
    assertThat(status.status()).as(status.text()).isEqualTo(200);
    assertThat(status.at("/spec/color")).isEqualTo("red");
    assertThat(status.at("/metadata/generation")).isEqualTo("1");
    assertThat(status.at("/status/replicas")).isEqualTo("2");

    Answer scale = api.get(widgets + "/one/scale");
    assertThat(scale.at("/spec/replicas") + scale.at("/status/replicas")).isEqualTo("12");
    assertThat(scale.at("/status/selector")).isEqualTo("a=b");
    Answer scaled =
        api.send(
            "PATCH",
            widgets + "/one/scale",
            "{'spec':{'replicas':5}}",
            "Content-Type",
            "application/merge-patch+json");
    assertThat(scaled.at("/spec/replicas")).as(scaled.text()).isEqualTo("5");
    assertThat(api.get(widgets + "/one").at("/metadata/generation")).isEqualTo("2");

    Answer table =
        api.get(widgets + "/one", "Accept", "application/json;as=Table;g=meta.k8s.io;v=v1");
    assertThat(table.at("/rows/0/cells")).startsWith("[\"one\",\"red\",\"True\",\"");
    assertThat(table.at("/columnDefinitions/2/priority")).isEqualTo("1");

    assertThat(
            api.send(
                    "PATCH",
                    widgets + "/one",
                    "{}",
                    "Content-Type",
                    "application/strategic-merge-patch+json")
                .status())
        .isEqualTo(415);
    assertThat(
            api.send("PUT", widgets + "/one", "{'metadata':{'name':'one'},'spec':{'color':'red'}}")
                .message())
        .isEqualTo(
            "Widget.example.com \"one\" is invalid: metadata.resourceVersion: Invalid value: 0:"
                + " must be specified for an update");
    assertThat(api.send("DELETE", widgets + "/one", "").at("/status")).isEqualTo("Success");
    assertThat(api.get(widgets + "/one").status()).isEqualTo(404);
  }

  @Test
  void saysWhatIsWrongWithAnObject() throws Exception {
    api.define("gears", "Gear", "Namespaced", WIDGET);
    String gears = "/apis/example.com/v1/namespaces/default/gears";
    assertThat(
            api.send(
                    "POST",
                    gears,
                    "{'metadata':{'name':'g'},'spec':{'color':'red','replicas':'two'}}")
                .message())
        .isEqualTo(
            "Gear.example.com \"g\" is invalid: spec.replicas: Invalid value: \"string\":"
                + " spec.replicas in body must be of type integer: \"string\"");
    assertThat(
            api.send("POST", gears, "{'metadata':{'name':'g'},'spec':{'color':'blue'}}").message())
        .isEqualTo(
            "Gear.example.com \"g\" is invalid: spec.color: Unsupported value: \"blue\": supported"
                + " values: \"red\", \"green\"");
    assertThat(
            api.send("POST", gears, "{'metadata':{'name':'g'},'spec':{'replicas':-1}}").message())
        .contains("spec.color: Required value")
        .contains(
            "spec.replicas: Invalid value: -1: spec.replicas in body should be greater than or"
                + " equal to 0");
    assertThat(
            api.send(
                    "POST",
                    gears,
                    "{'metadata':{'name':'g'},'spec':{'color':'red','parts':[{'name':'a'},{'name':'a'}]}}")
                .message())
        .endsWith("spec.parts[1]: Duplicate value: {\"name\":\"a\"}");
    assertThat(
            api.send(
                    "POST",
                    gears + "?fieldValidation=Strict",
                    "{'metadata':{'name':'g'},'spec':{'color':'red','x':1,'parts':[{'name':'a','y':2}]}}")
                .message())
        .endsWith(
            "strict decoding error: unknown field \"spec.x\", unknown field"
                + " \"spec.parts[0].y\"");
    assertThat(
            api.send("POST", gears, "{'metadata':{'name':'G_'},'spec':{'color':'red'}}").message())
        .contains("metadata.name: Invalid value: \"G_\"");
  }

  @Test
  void isReachedThroughItsOwnScopeAndGroupOnly() throws Exception {
    api.define("planets", "Planet", "Cluster", "'schema':{'openAPIV3Schema':{'type':'object'}}");
    api.define("moons", "Moon", "Namespaced", "'schema':{'openAPIV3Schema':{'type':'object'}}");
    assertThat(
            api.send("POST", "/apis/example.com/v1/planets", "{'metadata':{'name':'earth'}}")
                .status())
        .isEqualTo(201);
    api.send(
        "POST", "/apis/example.com/v1/namespaces/default/moons", "{'metadata':{'name':'luna'}}");
    assertThat(api.get("/apis/example.com/v1/planets/earth").status()).isEqualTo(200);
    assertThat(api.get("/apis/example.com/v1/namespaces/default/planets/earth").status())
        .isEqualTo(404);
    assertThat(api.get("/apis/example.com/v1/namespaces/default/planets").status()).isEqualTo(404);
    assertThat(api.get("/apis/example.com/v1/moons/luna").status()).isEqualTo(404);
    assertThat(api.get("/apis/example.com/v1/moons/default/luna").status()).isEqualTo(404);
    assertThat(api.get("/apis/example/v1/planets").status()).isEqualTo(404);
    assertThat(api.get("/apis/example.com/v2/planets").status()).isEqualTo(404);
  }

  @Test
  void tellsInDiscoveryAndOpenApiWhatIsServed() throws Exception {
    String before = api.get("/openapi/v3").text();
    api.define("books", "Book", "Namespaced", WIDGET);
    Answer list = api.get("/apis/example.com/v1");
    assertThat(list.text())
        .contains("\"shortNames\":[\"sbooks\"]")
        .contains("\"categories\":[\"cbooks\"]")
        .contains("books/scale");
    assertThat(api.get("/apis").text()).contains("example.com/v1");
    assertThat(api.get("/openapi/v3").text()).isNotEqualTo(before);
    String selectable = "\"x-kubernetes-selectable-fields\":[{\"fieldPath\":\"spec.color\"}]";
    assertThat(api.get("/openapi/v3/apis/example.com/v1").text())
        .contains("What it looks like.", selectable);
    assertThat(api.get("/openapi/v2").text()).contains("com.example.v1.Book", selectable);
  }

  @Test
  void keepsANameForWhoHasIt() throws Exception {
    api.define("cats", "Cat", "Cluster", "'schema':{'openAPIV3Schema':{'type':'object'}}");
    Answer second =
        api.send(
            "POST",
            DEFINITIONS,
            """
            {'metadata':{'name':'lions.example.com'},'spec':{'group':'example.com',
            'scope':'Cluster','names':{'plural':'lions','kind':'Cat','singular':'cat'},
            'versions':[{'name':'v1','served':true,'storage':true,
            'schema':{'openAPIV3Schema':{'type':'object'}}}]}}""");
    assertThat(second.status()).as(second.text()).isEqualTo(201);
    await()
        .untilAsserted(
            () ->
                assertThat(api.get(DEFINITIONS + "/lions.example.com").text())
                    .contains("\"message\":\"\\\"CatList\\\" is already in use\"")
                    .contains("\"reason\":\"NotAccepted\""));
    assertThat(api.get("/apis/example.com/v1/lions").status()).isEqualTo(404);
    api.send("DELETE", DEFINITIONS + "/cats.example.com", "");
    api.established("lions.example.com");
    assertThat(api.get("/apis/example.com/v1/lions").status()).isEqualTo(200);
  }

  @Test
  void goesWithItsObjectsAndCanComeBack() throws Exception {
    String plain =
        "'schema':{'openAPIV3Schema':{'type':'object','x-kubernetes-preserve-unknown-fields':true}}";
    api.define("ships", "Ship", "Namespaced", plain);
    String ships = "/apis/example.com/v1/namespaces/default/ships";
    api.send(
        "POST",
        ships,
        "{'metadata':{'name':'argo','finalizers':['example.com/keep']},'spec':{'oars':50}}");
    Answer deleting = api.send("DELETE", DEFINITIONS + "/ships.example.com", "");
    assertThat(deleting.at("/metadata/finalizers"))
        .contains("customresourcecleanup.apiextensions.k8s.io");
    assertThat(deleting.text()).contains("InstanceDeletionPending");
    await()
        .untilAsserted(
            () -> assertThat(api.get(ships + "/argo").text()).contains("deletionTimestamp"));
    Answer refused = api.send("POST", ships, "{'metadata':{'name':'late'}}");
    assertThat(refused.status()).isEqualTo(405);
    assertThat(refused.message())
        .isEqualTo("create not allowed while custom resource definition is terminating");
    api.send(
        "PATCH",
        ships + "/argo",
        "{'metadata':{'finalizers':null}}",
        "Content-Type",
        "application/merge-patch+json");
    await()
        .untilAsserted(
            () -> assertThat(api.get(DEFINITIONS + "/ships.example.com").status()).isEqualTo(404));
    await().untilAsserted(() -> assertThat(api.get(ships).status()).isEqualTo(404));
    api.define("ships", "Ship", "Namespaced", plain);
    assertThat(api.get(ships).at("/items")).isEqualTo("[]");
    assertThat(api.send("POST", ships, "{'metadata':{'name':'argo'}}").status()).isEqualTo(201);
  }

  @Test
  void isAppliedByManagersThatOwnItsParts() throws Exception {
    api.define("lamps", "Lamp", "Namespaced", WIDGET);
    String lamp = "/apis/example.com/v1/namespaces/default/lamps/one";
    Answer created = apply(lamp, "alice", "'color':'red','parts':[{'name':'a','port':1}]", "");
    assertThat(created.status()).as(created.text()).isEqualTo(201);
    assertThat(created.at("/metadata/managedFields/0/manager")).isEqualTo("alice");
    Answer merged = apply(lamp, "bob", "'parts':[{'name':'b','port':2}]", "");
    assertThat(merged.at("/spec/parts"))
        .as(merged.text())
        .isEqualTo("[{\"name\":\"a\",\"port\":1},{\"name\":\"b\",\"port\":2}]");
    Answer conflict = apply(lamp, "bob", "'color':'green'", "");
    assertThat(conflict.status()).isEqualTo(409);
    assertThat(conflict.message()).contains("conflict with \"alice\"").contains(".spec.color");
    Answer forced = apply(lamp, "bob", "'color':'green'", "&force=true");
    assertThat(forced.at("/spec/color")).isEqualTo("green");
    assertThat(forced.at("/spec/parts")).isEqualTo("[{\"name\":\"a\",\"port\":1}]");
  }

  private static Answer apply(String path, String manager, String spec, String more)
      throws Exception {
    return api.send(
        "PATCH",
        path + "?fieldManager=" + manager + more,
        "{'apiVersion':'example.com/v1','kind':'Lamp','metadata':{'name':'one'},'spec':{"
            + spec
            + "}}",
        "Content-Type",
        "application/apply-patch+yaml");
  }
}
