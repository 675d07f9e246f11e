package dev.navarch.apiserver.registry;

import static dev.navarch.apiserver.registry.TestRegistry.json;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.navarch.api.ApiException;
import dev.navarch.api.Json;
import dev.navarch.api.Statuses;
import dev.navarch.apiserver.FakeExchange;
import dev.navarch.apiserver.auth.Caller;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/// Server-side apply over HTTP, and managedFields after every other write.
class ServerSideApplyTest {
  private static final String MAPS = "/api/v1/namespaces/default/configmaps";
  private static final String PODS = "/api/v1/namespaces/default/pods";
  private static final String DEPLOYMENTS = "/apis/apps/v1/namespaces/default/deployments";
  private static final String SCALERS =
      "/apis/autoscaling/v1/namespaces/default/horizontalpodautoscalers";
  private static final String MAP =
      """
      apiVersion: v1
      kind: ConfigMap
      metadata: {name: a}
      data: {k: v}
      """;
  private static final String WEB =
      """
      apiVersion: apps/v1
      kind: Deployment
      metadata: {name: web}
      spec:
        replicas: 3
        selector: {matchLabels: {app: web}}
        template:
          metadata: {labels: {app: web}}
          spec: {containers: [{name: web, image: one}]}
      """;

  @TempDir Path folder;
  private TestRegistry test;

  @BeforeEach
  void open() {
    test = TestRegistry.with(folder, TestRegistry::ownRules);
  }

  @AfterEach
  void close() {
    test.close();
  }

  private FakeExchange call(FakeExchange exchange) {
    test.handler().handle(exchange);
    return exchange;
  }

  private FakeExchange apply(String path, String body) {
    return call(
        new FakeExchange("PATCH", path)
            .with("Content-Type", "application/apply-patch+yaml")
            .body(body.getBytes(StandardCharsets.UTF_8)));
  }

  private FakeExchange send(String method, String path, String body) {
    FakeExchange exchange = new FakeExchange(method, path).body(body);
    return call(
        method.equals("PATCH")
            ? exchange.with("Content-Type", "application/merge-patch+json")
            : exchange);
  }

  private static String owners(ObjectNode object) {
    return object
        .at("/metadata/managedFields")
        .valueStream()
        .map(
            entry ->
                "%s %s %s%s"
                    .formatted(
                        entry.path("manager").asString(),
                        entry.path("operation").asString(),
                        entry.path("apiVersion").asString(),
                        entry.has("subresource") ? " " + entry.path("subresource").asString() : ""))
        .toList()
        .toString();
  }

  private static String fields(ObjectNode object, int entry) {
    JsonNode entries = object.at("/metadata/managedFields");
    return Json.text(entries.get(entry).path("fieldsV1")).replace('"', '\'');
  }

  @Test
  void anAppliedObjectIsMadeAndThenChanged() {
    FakeExchange made = apply(MAPS + "/a?fieldManager=me", MAP);
    FakeExchange changed = apply(MAPS + "/a?fieldManager=me", MAP.replace("k: v", "l: w"));

    assertThat(made.status).isEqualTo(201);
    assertThat(changed.status).isEqualTo(200);
    assertThat(changed.json().path("data")).isEqualTo(json("{'l':'w'}"));
    assertThat(owners(changed.json())).isEqualTo("[me Apply v1]");
    assertThat(fields(changed.json(), 0)).isEqualTo("{'f:data':{'f:l':{}}}");
  }

  @Test
  void applyingTheSameAgainIsNoWrite() {
    ObjectNode made = apply(DEPLOYMENTS + "/web?fieldManager=me", WEB).json();

    ObjectNode again = apply(DEPLOYMENTS + "/web?fieldManager=me", WEB).json();

    assertThat(again).isEqualTo(made);
  }

  @Test
  void aConflictNamesManagerAndField() {
    apply(DEPLOYMENTS + "/web?fieldManager=me", WEB);
    send("PATCH", DEPLOYMENTS + "/web?fieldManager=hpa", "{'spec':{'replicas':5}}");

    assertThatThrownBy(() -> apply(DEPLOYMENTS + "/web?fieldManager=me", WEB))
        .isInstanceOfSatisfying(
            ApiException.class,
            refused ->
                assertThat(Json.text(Statuses.document(refused.error())).replace('"', '\''))
                    .isEqualTo(
                        "{'kind':'Status','apiVersion':'v1','metadata':{},'status':'Failure',"
                            + "'message':'Apply failed with 1 conflict: conflict with \\'hpa\\'"
                            + " using apps/v1: .spec.replicas','reason':'Conflict','details':"
                            + "{'causes':[{'reason':'FieldManagerConflict','message':"
                            + "'conflict with \\'hpa\\' using apps/v1','field':"
                            + "'.spec.replicas'}]},'code':409}"));

    ObjectNode forced = apply(DEPLOYMENTS + "/web?fieldManager=me&force=true", WEB).json();
    assertThat(forced.at("/spec/replicas").asInt()).isEqualTo(3);
    assertThat(owners(forced)).isEqualTo("[me Apply apps/v1]");
  }

  @Test
  void whatIsNamedNoMoreGoesBackToItsDefault() {
    apply(DEPLOYMENTS + "/web?fieldManager=me", WEB);

    ObjectNode after =
        apply(DEPLOYMENTS + "/web?fieldManager=me", WEB.replace("  replicas: 3\n", "")).json();

    assertThat(after.at("/spec/replicas").asInt()).isEqualTo(1);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      textBlock =
          """
          ` `|`{'apiVersion':'v1','kind':'ConfigMap','metadata':{'name':'a'}}`|422|PatchOptions.meta.k8s.io "" is invalid: fieldManager: Required value: is required for apply patch
          ?fieldManager=a%0Ab|`{'apiVersion':'v1','kind':'ConfigMap','metadata':{'name':'a'}}`|422|invalid character U+000A (at position 1)
          ?fieldManager=m|`{'apiVersion':'v1','kind':'Secret','metadata':{'name':'a'}}`|400|invalid object type: v1, Kind=Secret
          ?fieldManager=m|`{'apiVersion':'v1','kind':'ConfigMap','metadata':{'name':'b'}}`|400|the name of the object (b) does not match the name on the URL (a)
          ?fieldManager=m|`{'apiVersion':'v1','kind':'ConfigMap','metadata':{'name':'a','managedFields':[]}}`|400|metadata.managedFields must be nil
          ?fieldManager=m|`{'apiVersion':'v1','kind':'ConfigMap','metadata':{'name':'a'},'datum':{}}`|500|failed to create typed patch object (/a; v1, Kind=ConfigMap): .datum: field not declared in schema
          ?fieldManager=m|`{'apiVersion':'v1','kind':'ConfigMap','metadata':{'name':'a','uid':'7'}}`|409|uid mismatch: the provided object specified uid 7, and no existing object was found
          ?fieldManager=m&fieldValidation=Strict|`{'apiVersion':'v1','kind':'ConfigMap','kind':'ConfigMap','metadata':{'name':'a'}}`|400|error strict decoding YAML
          ?fieldManager=m|`: [`|400|error decoding YAML
          """)
  void anApplyThatMakesNoSenseIsRefused(String query, String body, int code, String message) {
    assertThatThrownBy(() -> apply(MAPS + "/a" + query.strip(), body.replace('\'', '"')))
        .hasMessageContaining(message)
        .isInstanceOfSatisfying(
            ApiException.class,
            refused -> assertThat(Statuses.code(refused.error())).isEqualTo(code));
  }

  @Test
  void aManagerHasAtMost128Bytes() {
    String query = "?fieldManager=" + "x".repeat(129);

    for (String method : new String[] {"POST", "PUT", "PATCH"}) {
      String path = method.equals("POST") ? MAPS : MAPS + "/a";
      assertThatThrownBy(() -> send(method, path + query, "{'metadata':{'name':'a'}}"))
          .hasMessageContaining("fieldManager: Too long: may not be more than 128 bytes");
    }
  }

  @Test
  void onlyAnApplyCanBeForced() {
    assertThatThrownBy(() -> send("PATCH", MAPS + "/a?force=true", "{}"))
        .hasMessageContaining("force: Forbidden: may not be specified for non-apply patch");
  }

  @Test
  void onlyYamlIsApplied() {
    FakeExchange cbor =
        new FakeExchange("PATCH", MAPS + "/a?fieldManager=m")
            .with("Content-Type", "application/apply-patch+cbor");

    assertThatThrownBy(() -> call(cbor))
        .isInstanceOfSatisfying(
            ApiException.class,
            refused -> assertThat(Statuses.code(refused.error())).isEqualTo(415));
  }

  @Test
  void aDryRunLeavesEverything() {
    apply(MAPS + "/a?fieldManager=me&dryRun=All", MAP);

    assertThatThrownBy(() -> call(new FakeExchange("GET", MAPS + "/a")))
        .hasMessageContaining("not found");
  }

  @Test
  void anotherStateThanTheOneMeantIsAConflict() {
    apply(MAPS + "/a?fieldManager=me", MAP);

    assertThatThrownBy(
            () ->
                apply(
                    MAPS + "/a?fieldManager=me",
                    MAP.replace("name: a", "name: a, resourceVersion: '1'")))
        .hasMessageContaining("the object has been modified");
  }

  @Test
  void aCreatedObjectBelongsToItsCreator() {
    FakeExchange made =
        call(
            new FakeExchange("POST", MAPS)
                .with("User-Agent", "kubectl/v1.33.0 (linux/amd64)")
                .body("{'metadata':{'name':'a','labels':{'x':'y'}},'data':{'k':'v'}}"));

    assertThat(Json.text(made.json().at("/metadata/managedFields")).replace('"', '\''))
        .isEqualTo(
            "[{'manager':'kubectl','operation':'Update','apiVersion':'v1',"
                + "'time':'2030-01-02T03:04:05Z','fieldsType':'FieldsV1','fieldsV1':"
                + "{'f:data':{'.':{},'f:k':{}},'f:metadata':{'f:labels':{'.':{},'f:x':{}}}}}]");
  }

  @Test
  void aPodsCreatorOwnsItsDefaultsAndNoStatus() {
    FakeExchange made =
        send(
            "POST",
            PODS + "?fieldManager=me",
            "{'metadata':{'generateName':'p-'},'spec':{'containers':[{'name':'c','image':'i:1',"
                + "'ports':[{'containerPort':80}]}]},'status':{'phase':'Running'}}");

    assertThat(fields(made.json(), 0))
        .isEqualTo(
            "{'f:metadata':{'f:generateName':{}},'f:spec':{'f:containers':{'k:{\\'name\\':\\'c\\'}':"
                + "{'.':{},'f:image':{},'f:imagePullPolicy':{},'f:name':{},'f:ports':{'.':{},"
                + "'k:{\\'containerPort\\':80,\\'protocol\\':\\'TCP\\'}':{'.':{},"
                + "'f:containerPort':{},'f:protocol':{}}},'f:resources':{},"
                + "'f:terminationMessagePath':{},'f:terminationMessagePolicy':{}}},'f:dnsPolicy':{},"
                + "'f:enableServiceLinks':{},'f:restartPolicy':{},'f:schedulerName':{},"
                + "'f:securityContext':{},'f:terminationGracePeriodSeconds':{}}}");
  }

  @Test
  void partsOfAnObjectAreOwnedApart() {
    apply(DEPLOYMENTS + "/web?fieldManager=me", WEB);
    send("PATCH", DEPLOYMENTS + "/web/status?fieldManager=dc", "{'status':{'replicas':1}}");
    ObjectNode scaled =
        send("PATCH", DEPLOYMENTS + "/web/scale?fieldManager=hpa", "{'spec':{'replicas':7}}")
            .json();
    ObjectNode after = call(new FakeExchange("GET", DEPLOYMENTS + "/web")).json();

    assertThat(scaled.path("kind").asString()).isEqualTo("Scale");
    assertThat(owners(after))
        .isEqualTo("[me Apply apps/v1, dc Update apps/v1 status, hpa Update apps/v1 scale]");
    assertThat(fields(after, 2)).isEqualTo("{'f:spec':{'f:replicas':{}}}");
  }

  @Test
  void aStatusIsAppliedByItself() {
    apply(DEPLOYMENTS + "/web?fieldManager=me", WEB + "status: {replicas: 9}\n");
    ObjectNode after =
        apply(
                DEPLOYMENTS + "/web/status?fieldManager=dc",
                """
                apiVersion: apps/v1
                kind: Deployment
                metadata: {name: web, labels: {not: taken}}
                spec: {replicas: 9}
                status: {replicas: 2, conditions: [{type: Available, status: 'True'}]}
                """)
            .json();

    assertThat(after.at("/spec/replicas").asInt()).isEqualTo(3);
    assertThat(after.at("/status/replicas").asInt()).isEqualTo(2);
    assertThat(owners(after)).isEqualTo("[dc Apply apps/v1 status, me Apply apps/v1]");
    assertThat(fields(after, 0))
        .isEqualTo(
            "{'f:status':{'f:conditions':{'k:{\\'type\\':\\'Available\\'}':{'.':{},'f:status':{},"
                + "'f:type':{}}},'f:replicas':{}}}");
  }

  @Test
  void aStatusOfNothingIsNotApplied() {
    assertThatThrownBy(() -> apply(DEPLOYMENTS + "/web/status?fieldManager=dc", WEB))
        .hasMessageContaining("\"web\" not found");
  }

  @Test
  void aScaleIsApplied() {
    apply(DEPLOYMENTS + "/web?fieldManager=me", WEB);
    String scale =
        """
        apiVersion: autoscaling/v1
        kind: Scale
        metadata: {name: web}
        spec: {replicas: 7}
        """;

    assertThatThrownBy(() -> apply(DEPLOYMENTS + "/web/scale?fieldManager=hpa", scale))
        .hasMessage("Apply failed with 1 conflict: conflict with \"me\": .spec.replicas");
    ObjectNode scaled = apply(DEPLOYMENTS + "/web/scale?fieldManager=hpa&force=true", scale).json();
    ObjectNode after = call(new FakeExchange("GET", DEPLOYMENTS + "/web")).json();

    assertThat(scaled.at("/spec/replicas").asInt()).isEqualTo(7);
    assertThat(owners(after)).isEqualTo("[hpa Apply apps/v1 scale, me Apply apps/v1]");
  }

  @Test
  void entriesAreResetByAnEmptyOneOrAnEmptyList() {
    for (String reset : new String[] {"[{}]", "[]"}) {
      apply(MAPS + "/a?fieldManager=me", MAP);

      ObjectNode after =
          send("PATCH", MAPS + "/a", "{'metadata':{'managedFields':" + reset + "}}").json();

      assertThat(after.path("metadata").has("managedFields")).isFalse();
    }
    ObjectNode applied = apply(MAPS + "/a?fieldManager=me", MAP).json();
    assertThat(owners(applied)).isEqualTo("[me Apply v1, before-first-apply Update v1]");
  }

  @Test
  void aPutWithoutEntriesKeepsThem() {
    ObjectNode made = apply(MAPS + "/a?fieldManager=me", MAP).json();

    ObjectNode after =
        send("PUT", MAPS + "/a", "{'metadata':{'name':'a'},'data':{'k':'v'}}").json();

    assertThat(after).isEqualTo(made);
  }

  @Test
  void ownersAreFollowedIntoTheOtherVersionOfAutoscalers() {
    String v1 =
        """
        apiVersion: autoscaling/v1
        kind: HorizontalPodAutoscaler
        metadata: {name: a}
        spec:
          scaleTargetRef: {kind: Deployment, name: web, apiVersion: apps/v1}
          maxReplicas: 5
          targetCPUUtilizationPercentage: 50
        """;
    apply(SCALERS + "/a?fieldManager=old", v1);
    ObjectNode after =
        send(
                "PATCH",
                SCALERS.replace("v1", "v2") + "/a?fieldManager=new",
                "{'spec':{'maxReplicas':6}}")
            .json();

    assertThat(owners(after)).isEqualTo("[old Apply autoscaling/v1, new Update autoscaling/v2]");
    assertThat(fields(after, 0)).doesNotContain("maxReplicas").contains("targetCPU");
    assertThat(fields(after, 1)).isEqualTo("{'f:spec':{'f:maxReplicas':{}}}");
  }

  @Test
  void creatingByApplyNeedsTheRightToCreate() {
    FakeExchange exchange =
        new FakeExchange("PATCH", MAPS + "/a?fieldManager=me")
            .with("Content-Type", "application/apply-patch+yaml")
            .body(MAP.getBytes(StandardCharsets.UTF_8));

    assertThatThrownBy(
            () ->
                ScopedValue.where(
                        Caller.DEMANDS,
                        verb -> {
                          throw ApiException.badRequest("may not " + verb);
                        })
                    .run(() -> call(exchange)))
        .hasMessage("may not create");
  }

  @Test
  void programsOfTheServerHaveNamesOfTheirOwn() {
    test.cluster()
        .named("kube-scheduler")
        .create(
            dev.navarch.client.Resource.of(io.fabric8.kubernetes.api.model.ConfigMap.class),
            new io.fabric8.kubernetes.api.model.ConfigMapBuilder()
                .withNewMetadata()
                .withName("a")
                .withNamespace("default")
                .endMetadata()
                .addToData("k", "v")
                .build());

    assertThat(owners(call(new FakeExchange("GET", MAPS + "/a")).json()))
        .isEqualTo("[kube-scheduler Update v1]");
  }
}
