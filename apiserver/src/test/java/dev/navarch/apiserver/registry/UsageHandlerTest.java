package dev.navarch.apiserver.registry;

import static dev.navarch.apiserver.registry.TestRegistry.json;
import static dev.navarch.apiserver.registry.TestRegistry.kind;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.navarch.api.ApiException;
import dev.navarch.apiserver.FakeExchange;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/// What nodes and pods use: two nodes, of which one has a kubelet.
class UsageHandlerTest {
  private static final String API = "/apis/metrics.k8s.io/v1beta1";
  private static final String PODS = API + "/namespaces/default/pods";
  private static final String TABLE = "application/json;as=Table;v=v1;g=meta.k8s.io";
  private static final String SUMMARY =
      """
      {'node':{'cpu':{'time':'2030-01-02T03:04:01.5Z','usageNanoCores':250000000},
               'memory':{'workingSetBytes':35651584}},
       'pods':[
        {'podRef':{'namespace':'default','name':'web','uid':'1'},'containers':[
         {'name':'main','cpu':{'time':'2030-01-02T03:04:02Z','usageNanoCores':12345678},
          'memory':{'workingSetBytes':4096}},
         {'name':'side','cpu':{'time':'2030-01-02T03:04:01Z','usageNanoCores':1000000},
          'memory':{'workingSetBytes':1024}}]},
        {'podRef':{'namespace':'default','name':'half','uid':'2'},'containers':[
         {'name':'main','cpu':{'time':'2030-01-02T03:04:02Z'},'memory':{'workingSetBytes':1}}]},
        {'podRef':{'namespace':'default','name':'gone','uid':'3'},'containers':[
         {'name':'main','cpu':{'time':'2030-01-02T03:04:02Z','usageNanoCores':1},
          'memory':{'workingSetBytes':1}}]}]}
      """;

  @TempDir Path folder;
  private final List<String> asked = new CopyOnWriteArrayList<>();
  private TestRegistry test;
  private UsageHandler handler;

  @BeforeEach
  void open() {
    test =
        TestRegistry.with(
            folder,
            kind ->
                kind.group().equals(UsageHandler.GROUP)
                    ? TestRegistry.ownRules(kind)
                    : TestRegistry.rules(kind));
    handler = test.usage(this::summary);
    for (String node : List.of("node-1", "node-2")) {
      test.create(
          new Target(kind("v1", "Node"), "", node), "{'metadata':{'labels':{'disk':'ssd'}}}");
    }
    for (String pod : List.of("web", "half", "new")) {
      test.runningPod(pod);
    }
    test.create(
        new Target(kind("v1", "Pod"), "default", "pending"),
        "{'metadata':{'labels':{'app':'x'}},'spec':{'containers':[{'name':'a','image':'b'}]}}");
  }

  private ObjectNode summary(String node) throws IOException {
    asked.add(node);
    if (node.equals("node-1")) {
      return json(SUMMARY);
    }
    throw new IOException("no kubelet");
  }

  @AfterEach
  void close() {
    test.close();
  }

  @Test
  void aNodeUsesWhatItsKubeletTells() {
    JsonNode node = get(API + "/nodes/node-1");
    assertThat(node.path("kind").asString()).isEqualTo("NodeMetrics");
    assertThat(node.path("apiVersion").asString()).isEqualTo("metrics.k8s.io/v1beta1");
    assertThat(node.at("/metadata/labels/disk").asString()).isEqualTo("ssd");
    assertThat(node.at("/metadata/creationTimestamp").asString()).isEqualTo("2030-01-02T03:04:05Z");
    assertThat(node.path("timestamp").asString()).isEqualTo("2030-01-02T03:04:01Z");
    assertThat(node.path("window").asString()).isEqualTo("15s");
    assertThat(node.path("usage").toString()).isEqualTo("{\"cpu\":\"250m\",\"memory\":\"34Mi\"}");
  }

  @Test
  void aPodUsesWhatEachOfItsContainersUses() {
    JsonNode pod = get(PODS + "/web");
    assertThat(pod.path("timestamp").asString()).isEqualTo("2030-01-02T03:04:01Z");
    assertThat(pod.path("containers").toString())
        .isEqualTo(
            "[{\"name\":\"main\",\"usage\":{\"cpu\":\"12345678n\",\"memory\":\"4Ki\"}},"
                + "{\"name\":\"side\",\"usage\":{\"cpu\":\"1m\",\"memory\":\"1Ki\"}}]");
  }

  @Test
  void whatNobodyTellsOfIsLeftOut() {
    assertThat(names(API + "/nodes")).containsExactly("node-1");
    assertThat(names(API + "/pods")).containsExactly("web");
    assertThat(names(PODS)).containsExactly("web");
    assertThat(names(API + "/namespaces/other/pods")).isEmpty();
  }

  @Test
  void whatNobodyTellsOfIsNotFound() {
    assertThatThrownBy(() -> get(API + "/nodes/node-2"))
        .hasMessage("nodemetrics.metrics.k8s.io \"node-2\" not found");
    assertThatThrownBy(() -> get(PODS + "/pending"))
        .hasMessage("podmetrics.metrics.k8s.io \"default/pending\" not found");
    assertThatThrownBy(() -> get(PODS + "/none")).hasMessage("pods \"none\" not found");
  }

  @Test
  void selectorsChoose() {
    assertThat(names(API + "/nodes?labelSelector=disk%3Dssd")).containsExactly("node-1");
    assertThat(names(API + "/nodes?labelSelector=disk%3Dtape")).isEmpty();
    assertThat(names(API + "/pods?fieldSelector=metadata.name%3Dweb")).containsExactly("web");
    assertThat(names(API + "/pods?fieldSelector=metadata.name%3Dhalf")).isEmpty();
    assertThatThrownBy(() -> get(API + "/pods?fieldSelector=spec.colour%3Dred"))
        .hasMessage("field label not supported: spec.colour");
  }

  @Test
  void eachNodeIsAskedOnceInAWhileAndOnlyWhenItMatters() {
    assertThat(names(PODS + "?fieldSelector=metadata.name%3Dpending")).isEmpty();
    assertThat(asked).isEmpty();
    get(PODS + "/web");
    get(PODS + "/web");
    get(API + "/pods");
    assertThat(asked).containsExactly("node-1");
    get(API + "/nodes");
    get(API + "/nodes");
    assertThat(asked).containsExactly("node-1", "node-2");
  }

  @Test
  void tablesShowAPodAsAWhole() {
    JsonNode pods = call(new FakeExchange("GET", PODS).with("Accept", TABLE)).json();
    assertThat(pods.path("columnDefinitions").valueStream().map(each -> each.path("name")))
        .extracting(JsonNode::asString)
        .containsExactly("Name", "cpu", "memory", "Window");
    assertThat(pods.at("/rows/0/cells").toString())
        .isEqualTo("[\"web\",\"13345678n\",\"5Ki\",\"15s\"]");
    assertThat(pods.path("rows").size()).isEqualTo(1);
    JsonNode node =
        call(new FakeExchange("GET", API + "/nodes/node-1").with("Accept", TABLE)).json();
    assertThat(node.at("/rows/0/cells").toString())
        .isEqualTo("[\"node-1\",\"250m\",\"34Mi\",\"15s\"]");
  }

  @Test
  void protobufIsSpokenToo() {
    FakeExchange list =
        call(
            new FakeExchange("GET", API + "/nodes")
                .with("Accept", "application/vnd.kubernetes.protobuf"));
    assertThat(list.status).isEqualTo(200);
    assertThat(list.text()).startsWith("k8s\0").contains("NodeMetricsList", "250m");
  }

  @Test
  void nothingButReadingIsPossible() {
    for (FakeExchange exchange :
        List.of(
            new FakeExchange("DELETE", PODS + "/web"),
            new FakeExchange("POST", PODS).body("{}"),
            new FakeExchange("GET", PODS + "?watch=true"))) {
      assertThatThrownBy(() -> call(exchange))
          .isInstanceOf(ApiException.class)
          .hasMessage("the server does not allow this method on the requested resource");
    }
    for (String path :
        List.of(
            API + "/namespaces/default/nodes", API + "/pods/web", PODS + "/web/log", API + "/x")) {
      assertThatThrownBy(() -> get(path))
          .hasMessage("the server could not find the requested resource");
    }
  }

  private FakeExchange call(FakeExchange exchange) {
    handler.handle(exchange);
    return exchange;
  }

  private JsonNode get(String uri) {
    return call(new FakeExchange("GET", uri)).json();
  }

  private List<String> names(String uri) {
    return get(uri)
        .path("items")
        .valueStream()
        .map(item -> item.at("/metadata/name").asString())
        .toList();
  }
}
