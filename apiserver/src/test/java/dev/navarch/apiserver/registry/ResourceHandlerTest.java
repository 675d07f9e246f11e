package dev.navarch.apiserver.registry;

import static dev.navarch.apiserver.registry.TestRegistry.KINDS;
import static dev.navarch.apiserver.registry.TestRegistry.configMap;
import static dev.navarch.apiserver.registry.TestRegistry.json;
import static dev.navarch.apiserver.registry.TestRegistry.kind;
import static dev.navarch.apiserver.registry.TestRegistry.pod;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.navarch.api.ApiException;
import dev.navarch.api.Json;
import dev.navarch.api.Protobuf;
import dev.navarch.api.Statuses;
import dev.navarch.apiserver.FakeExchange;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/// The API as clients speak it: verbs, formats, views, lists in pages, and their error texts.
class ResourceHandlerTest {
  private static final String MAPS = "/api/v1/namespaces/default/configmaps";
  private static final String PODS = "/api/v1/namespaces/default/pods";

  @TempDir Path folder;
  private TestRegistry test;

  @BeforeEach
  void open() {
    test = TestRegistry.in(folder);
  }

  @AfterEach
  void close() {
    test.close();
  }

  @Test
  void anObjectIsMadeReadChangedAndDeleted() {
    FakeExchange made = call(post(MAPS, "{'metadata':{'name':'a'},'data':{'k':'v'}}"));
    assertThat(made.status).isEqualTo(201);
    assertThat(call(get(MAPS + "/a")).json()).isEqualTo(made.json());
    FakeExchange put =
        call(
            new FakeExchange("PUT", MAPS + "/a")
                .body("{'metadata':{'name':'a'},'data':{'k':'w'}}"));
    assertThat(put.status).isEqualTo(200);
    assertThat(put.json().at("/data/k").asString()).isEqualTo("w");
    ObjectNode deleted = call(new FakeExchange("DELETE", MAPS + "/a")).json();
    assertThat(deleted.path("status").asString()).isEqualTo("Success");
    assertThat(deleted.at("/details/kind").asString()).isEqualTo("configmaps");
    assertThat(Statuses.code(refused(get(MAPS + "/a")).error())).isEqualTo(404);
  }

  @Test
  void aDeletedPodIsShownAsItWas() {
    test.runningPod("p");
    ObjectNode answer =
        call(new FakeExchange("DELETE", PODS + "/p").body("{'gracePeriodSeconds':5}")).json();
    assertThat(answer.path("kind").asString()).isEqualTo("Pod");
    assertThat(Metadata.of(answer).gracePeriod()).isEqualTo(5);
    ObjectNode last = call(new FakeExchange("DELETE", PODS + "/p?gracePeriodSeconds=0")).json();
    assertThat(last.path("kind").asString()).isEqualTo("Pod");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      textBlock =
          """
          application/json-patch+json | [{'op':'replace','path':'/data/k','value':'new'}]
          application/merge-patch+json | {'data':{'k':'new'}}
          application/strategic-merge-patch+json | {'data':{'k':'new'}}
          """)
  void patchesComeInThreeForms(String type, String patch) {
    test.create(configMap("a"), "{'data':{'k':'v','other':'x'}}");
    FakeExchange answer =
        call(new FakeExchange("PATCH", MAPS + "/a").with("Content-Type", type).body(patch));
    assertThat(answer.json().path("data")).isEqualTo(json("{'k':'new','other':'x'}"));
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      textBlock =
          """
          PATCH | application/apply-patch+cbor | 415 | the body of the request was in an unknown format
          PATCH | text/plain | 415 | the body of the request was in an unknown format
          PUT | text/plain | 415 | the body of the request was in an unknown format - accepted media types include: application/json, application/yaml, application/vnd.kubernetes.protobuf
          """)
  void anUnknownFormatIsRefused(String method, String type, int code, String message) {
    test.create(configMap("a"), "{}");
    ApiException refused =
        refused(new FakeExchange(method, MAPS + "/a").with("Content-Type", type).body("{}"));
    assertThat(Statuses.code(refused.error())).isEqualTo(code);
    assertThat(refused).hasMessageContaining(message);
  }

  /// The store has no such keys, and its refusal was an error of the server's.
  @ParameterizedTest
  @CsvSource({"GET,/b", "PUT,/b", "DELETE,/b", "PATCH,/b", "POST,''"})
  void aNameWithANulIsRefused(String method, String rest) {
    ApiException refused =
        refused(
            new FakeExchange(method, "/api/v1/namespaces/a\0b/configmaps" + rest)
                .with("Content-Type", "application/merge-patch+json")
                .body("{'metadata':{'name':'b'}}"));
    assertThat(Statuses.code(refused.error())).isEqualTo(400);
    assertThat(refused).hasMessage("Namespace parameter invalid: \"a\\x00b\": may not contain NUL");
  }

  @Test
  void anUnknownFieldIsToldOrRefused() {
    String object = "{'metadata':{'name':'a'},'datum':{}}";
    FakeExchange warned = call(post(MAPS, object));
    assertThat(warned.warnings).containsExactly("299 - \"unknown field \\\"datum\\\"\"");
    assertThat(refused(post(MAPS + "?fieldValidation=Strict", object)))
        .hasMessageContaining("strict decoding error: unknown field \"datum\"");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      textBlock =
          """
          ?fieldSelector=spec.color%3Dred | field label not supported: spec.color
          ?labelSelector=a%20b | found 'b'
          ?resourceVersion=x | resourceVersion: Invalid value: "x"
          ?resourceVersionMatch=Exact | resourceVersionMatch is forbidden unless resourceVersion is provided
          ?resourceVersion=1&resourceVersionMatch=Some | Unsupported value: "Some"
          ?continue=zzz | continue key is not valid
          ?resourceVersion=999999 | Too large resource version: 999999, current:
          ?watch=true&sendInitialEvents=true | sendInitialEvents requires setting resourceVersionMatch
          """)
  void aListThatMakesNoSenseIsRefused(String query, String message) {
    assertThat(refused(get(PODS + query))).hasMessageContaining(message);
  }

  @Test
  void anUnservedFormatIsRefused() {
    assertThat(refused(get(MAPS).with("Accept", "text/html")))
        .hasMessage(
            "only the following media types are accepted: application/json, application/yaml,"
                + " application/vnd.kubernetes.protobuf");
  }

  @Test
  void aListIsSelectedByLabelsAndFields() {
    test.create(pod("a"), labelled("'app':'web'", "node-1"));
    test.create(pod("b"), labelled("'app':'web'", "node-2"));
    test.create(pod("c"), labelled("'app':'db'", "node-1"));
    assertThat(names(call(get(PODS + "?labelSelector=app%3Dweb")).json()))
        .containsExactly("a", "b");
    assertThat(names(call(get(PODS + "?fieldSelector=spec.nodeName%3Dnode-1")).json()))
        .containsExactly("a", "c");
    assertThat(names(call(get("/api/v1/pods?fieldSelector=metadata.name!%3Da")).json()))
        .containsExactly("b", "c");
  }

  @Test
  void aListInPagesShowsOneStateWhateverHappensMeanwhile() {
    for (int i = 0; i < 5; i++) {
      test.create(configMap("m" + i), "{}");
    }
    ObjectNode first = call(get(MAPS + "?limit=2")).json();
    assertThat(names(first)).containsExactly("m0", "m1");
    assertThat(first.at("/metadata/remainingItemCount").asInt()).isEqualTo(3);
    test.create(configMap("m2a"), "{}");
    test.registry().delete(configMap("m3"), DeleteOptions.DEFAULT);
    List<String> all = new ArrayList<>(names(first));
    String next = first.at("/metadata/continue").asString();
    while (!next.isEmpty()) {
      ObjectNode page = call(get(MAPS + "?limit=2&continue=" + next)).json();
      assertThat(page.at("/metadata/resourceVersion"))
          .isEqualTo(first.at("/metadata/resourceVersion"));
      all.addAll(names(page));
      next = page.at("/metadata/continue").asString("");
    }
    assertThat(all).containsExactly("m0", "m1", "m2", "m3", "m4");
    test.store().compact(test.store().revision() - 1);
    ApiException expired =
        refused(get(MAPS + "?continue=" + first.at("/metadata/continue").asString()));
    assertThat(expired).hasMessageContaining("The provided continue parameter is too old");
    String goOn = Statuses.document(expired.error()).at("/metadata/continue").asString();
    assertThat(names(call(get(MAPS + "?continue=" + goOn)).json()))
        .containsExactly("m2", "m2a", "m4");
  }

  /// As a store is that was just restored: its history begins with what it holds.
  @Test
  void pagesGoOnAtTheCompactedRevisionWhileNothingChanges() {
    for (String name : List.of("a", "b", "c")) {
      test.create(configMap(name), "{}");
    }
    test.store().compact(test.store().revision());
    ObjectNode first = call(get(MAPS + "?limit=2")).json();
    String next = first.at("/metadata/continue").asString();
    assertThat(names(call(get(MAPS + "?limit=2&continue=" + next)).json())).containsExactly("c");
  }

  @Test
  void aTableHasTheKindsColumnsAndPartialObjects() {
    test.create(configMap("a"), "{'data':{'k':'v'}}");
    ObjectNode table =
        call(get(MAPS)
                .with("Accept", "application/json;as=Table;v=v1;g=meta.k8s.io,application/json"))
            .json();
    assertThat(table.path("kind").asString()).isEqualTo("Table");
    assertThat(table.at("/columnDefinitions/0/name").asString()).isEqualTo("Name");
    assertThat(table.at("/rows/0/cells/0").asString()).isEqualTo("a");
    assertThat(table.at("/rows/0/object/kind").asString()).isEqualTo("PartialObjectMetadata");
    assertThat(table.at("/metadata/resourceVersion").asString()).isNotEmpty();
  }

  @Test
  void aScaleIsATableOfItsNumbers() {
    Target web = new Target(kind("apps/v1", "Deployment"), "default", "web");
    test.create(
        web,
        "{'spec':{'replicas':3,'selector':{'matchLabels':{'a':'b'}},'template':{'metadata':"
            + "{'labels':{'a':'b'}},'spec':{'containers':[{'name':'c','image':'i'}]}}}}");
    ObjectNode table =
        call(get("/apis/apps/v1/namespaces/default/deployments/web/scale")
                .with("Accept", "application/json;as=Table;v=v1;g=meta.k8s.io,application/json"))
            .json();
    assertThat(table.at("/columnDefinitions/1/name").asString()).isEqualTo("Desired");
    assertThat(table.at("/columnDefinitions/2/name").asString()).isEqualTo("Available");
    assertThat(table.at("/rows/0/cells/0").asString()).isEqualTo("web");
    assertThat(table.at("/rows/0/cells/1").asInt()).isEqualTo(3);
    assertThat(table.at("/rows/0/cells/2").asInt()).isZero();
  }

  @ParameterizedTest
  @CsvSource({
    "application/json-patch+json,'[{\"op\":\"replace\",\"path\":\"/data\",\"value\":\"x\"}]'",
    "application/merge-patch+json,'{\"data\":\"x\"}'",
    "application/strategic-merge-patch+json,'{\"data\":\"x\"}'"
  })
  void aPatchThatLeadsToNoObjectIsInvalid(String type, String patch) {
    test.create(configMap("a"), "{'data':{'k':'v'}}");
    ApiException refused =
        refused(new FakeExchange("PATCH", MAPS + "/a").with("Content-Type", type).body(patch));
    assertThat(Statuses.code(refused.error())).isEqualTo(422);
    assertThat(Statuses.document(refused.error()).at("/details/causes/0/field").asString())
        .isEqualTo("patch");
    assertThat(refused).hasMessageStartingWith(" \"\" is invalid: patch: Invalid value: ");
  }

  @Test
  void ofAStrategicPatchThePatchItselfIsShown() {
    test.create(configMap("a"), "{'data':{'k':'v'}}");
    ApiException refused =
        refused(
            new FakeExchange("PATCH", MAPS + "/a")
                .with("Content-Type", "application/strategic-merge-patch+json")
                .body("{\"data\":\"x\"}"));
    assertThat(refused)
        .hasMessage(
            " \"\" is invalid: patch: Invalid value: \"map[data:x]\": cannot restore map from"
                + " string");
  }

  @Test
  void metadataCanBeHadAlone() {
    test.create(configMap("a"), "{'data':{'k':'v'}}");
    ObjectNode list =
        call(get(MAPS)
                .with("Accept", "application/json;as=PartialObjectMetadataList;g=meta.k8s.io;v=v1"))
            .json();
    assertThat(list.at("/items/0/data").isMissingNode()).isTrue();
    assertThat(names(list)).containsExactly("a");
  }

  @Test
  void everyFormatCarriesTheSameObject() {
    byte[] sent =
        new Protobuf(KINDS)
            .encode(
                json(
                    "{'apiVersion':'v1','kind':'ConfigMap','metadata':{'name':'a'},'data':{'k':'v'}}"),
                kind("v1", "ConfigMap").schema());
    ObjectNode made =
        call(new FakeExchange("POST", MAPS)
                .with("Content-Type", "application/vnd.kubernetes.protobuf")
                .body(sent))
            .json();
    FakeExchange binary =
        call(get(MAPS + "/a").with("Accept", "application/vnd.kubernetes.protobuf"));
    assertThat(new Protobuf(KINDS).decode(binary.bytes(), kind("v1", "ConfigMap").schema()))
        .isEqualTo(made);
    FakeExchange yaml = call(get(MAPS + "/a").with("Accept", "application/yaml"));
    assertThat(dev.navarch.api.Yaml.parse(yaml.bytes())).isEqualTo(made);
    FakeExchange list = call(get(MAPS).with("Accept", "application/vnd.kubernetes.protobuf"));
    assertThat(
            names(
                new Protobuf(KINDS)
                    .decode(list.bytes(), KINDS.list(kind("v1", "ConfigMap")).orElseThrow())))
        .containsExactly("a");
  }

  @Test
  void aCollectionIsDeletedBySelector() {
    test.create(configMap("a"), "{'metadata':{'labels':{'x':'1'}}}");
    test.create(configMap("b"), "{}");
    ObjectNode deleted = call(new FakeExchange("DELETE", MAPS + "?labelSelector=x")).json();
    assertThat(deleted.path("kind").asString()).isEqualTo("ConfigMapList");
    assertThat(names(call(get(MAPS)).json())).containsExactly("b");
  }

  @Test
  void aPodIsBoundOnce() {
    test.create(pod("p"), "{'spec':{'containers':[{'name':'main','image':'web'}]}}");
    String binding = "{'metadata':{'name':'p'},'target':{'kind':'Node','name':'node-1'}}";
    assertThat(call(post(PODS + "/p/binding", binding)).status).isEqualTo(201);
    ObjectNode bound = test.registry().get(pod("p"));
    assertThat(bound.at("/spec/nodeName").asString()).isEqualTo("node-1");
    assertThat(bound.at("/status/conditions/0/type").asString()).isEqualTo("PodScheduled");
    assertThat(refused(post("/api/v1/namespaces/default/bindings", binding)))
        .hasMessage(
            "Operation cannot be fulfilled on pods/binding \"p\": pod p is already assigned to node"
                + " \"node-1\"");
  }

  @Test
  void anEvictionIsPaidByTheBudget() {
    Target budget = new Target(kind("policy/v1", "PodDisruptionBudget"), "default", "web");
    test.create(budget, "{'spec':{'minAvailable':1,'selector':{'matchLabels':{'app':'web'}}}}");
    test.create(pod("p"), labelled("'app':'web'", "node-1"));
    ObjectNode running = test.registry().get(pod("p"));
    running.putObject("status").put("phase", "Running");
    test.registry().update(pod("p"), Subresource.STATUS, running, false);
    String eviction = "{'apiVersion':'policy/v1','kind':'Eviction','metadata':{'name':'p'}}";
    ApiException spent = refused(post(PODS + "/p/eviction", eviction));
    assertThat(spent)
        .hasMessage("Cannot evict pod as it would violate the pod's disruption budget.");
    assertThat(Statuses.document(spent.error()).at("/details/causes/0/reason").asString())
        .isEqualTo("DisruptionBudget");
    ObjectNode healthy = test.registry().get(budget);
    healthy.set("status", json("{'observedGeneration':1,'currentHealthy':1,'desiredHealthy':1}"));
    test.registry().update(budget, Subresource.STATUS, healthy, false);
    assertThat(call(post(PODS + "/p/eviction?dryRun=All", eviction)).status).isEqualTo(201);
    ObjectNode allowed = test.registry().get(budget);
    allowed.set(
        "status", json("{'observedGeneration':1,'disruptionsAllowed':1,'desiredHealthy':1}"));
    test.registry().update(budget, Subresource.STATUS, allowed, false);
    assertThat(call(post(PODS + "/p/eviction", eviction)).status).isEqualTo(201);
    assertThat(Metadata.of(test.registry().get(pod("p"))).isDeleting()).isTrue();
    assertThat(test.registry().get(pod("p")).at("/status/conditions/0/type").asString())
        .isEqualTo("DisruptionTarget");
    assertThat(test.registry().get(budget).at("/status/disruptionsAllowed").asInt()).isZero();
  }

  @ParameterizedTest
  @CsvSource({
    "GET,/api/v1/namespaces/default/nodes,404",
    "GET,/api/v1/nothings,404",
    "POST,/api/v1/pods,405",
    "PUT,/api/v1/namespaces/default/pods,405",
    "GET,/api/v1/namespaces/default/pods/p/nothing,404",
    "GET,/api/v1/namespaces/default/configmaps/a/scale,404"
  })
  void whatIsNotServedSaysSo(String method, String path, int code) {
    assertThat(Statuses.code(refused(new FakeExchange(method, path).body("{}")).error()))
        .isEqualTo(code);
  }

  private FakeExchange call(FakeExchange exchange) {
    test.handler().handle(exchange);
    return exchange;
  }

  private ApiException refused(FakeExchange exchange) {
    ApiException[] caught = new ApiException[1];
    assertThatThrownBy(() -> call(exchange))
        .isInstanceOfSatisfying(ApiException.class, e -> caught[0] = e);
    return caught[0];
  }

  private static FakeExchange get(String uri) {
    return new FakeExchange("GET", uri);
  }

  private static FakeExchange post(String uri, String body) {
    return new FakeExchange("POST", uri).body(body);
  }

  private static String labelled(String labels, String node) {
    return "{'metadata':{'labels':{%s}},'spec':{'nodeName':'%s','containers':[{'name':'main','image':'web'}]}}"
        .formatted(labels, node);
  }

  private static List<String> names(ObjectNode list) {
    List<String> names = new ArrayList<>();
    for (JsonNode item : list.path("items")) {
      names.add(item.at("/metadata/name").asString(""));
    }
    assertThat(Json.bytes(list)).isNotEmpty();
    return names;
  }
}
