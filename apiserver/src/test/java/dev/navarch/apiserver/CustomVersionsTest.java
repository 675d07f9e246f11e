package dev.navarch.apiserver;

import static dev.navarch.apiserver.TestApi.DEFINITIONS;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.navarch.api.Json;
import dev.navarch.apiserver.TestApi.Answer;
import java.net.http.HttpResponse;
import java.nio.file.Path;
import java.util.Iterator;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/// Custom resources in several versions, and definitions that change under their objects.
class CustomVersionsTest {
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

  private static String definition(String plural, String kind, String versions, String more) {
    return """
    {'metadata':{'name':'%s.example.com'},'spec':{'group':'example.com','scope':'Namespaced',
    'names':{'plural':'%s','kind':'%s'},'versions':[%s]%s}}"""
        .formatted(plural, plural, kind, versions, more);
  }

  private static String version(String name, boolean storage, String properties, String more) {
    return """
    {'name':'%s','served':true,'storage':%s,'schema':{'openAPIV3Schema':{'type':'object',
    'properties':{'spec':{'type':'object','properties':%s}}}}%s}"""
        .formatted(name, storage, properties, more);
  }

  /// `host: a, port: b` of v1 are `address: a:b` of v2.
  private static ObjectNode convert(ObjectNode review) {
    JsonNode request = review.path("request");
    String wanted = request.path("desiredAPIVersion").asString();
    ObjectNode answer =
        Json.object().put("kind", "ConversionReview").put("apiVersion", "apiextensions.k8s.io/v1");
    ObjectNode response = answer.putObject("response");
    response.set("uid", request.path("uid"));
    response.putObject("result").put("status", "Success");
    ArrayNode converted = response.putArray("convertedObjects");
    for (JsonNode one : request.path("objects")) {
      ObjectNode object = (ObjectNode) one;
      ObjectNode spec = (ObjectNode) object.path("spec");
      if (wanted.endsWith("v2")) {
        spec.put("address", spec.path("host").asString("") + ":" + spec.path("port").asString(""));
        spec.remove("host");
        spec.remove("port");
      } else {
        String[] parts = spec.path("address").asString("").split(":", 2);
        spec.put("host", parts[0]).put("port", parts[1]);
        spec.remove("address");
      }
      converted.add(object.put("apiVersion", wanted));
    }
    return answer;
  }

  @Test
  void convertsByAWebhook() throws Exception {
    AtomicInteger calls = new AtomicInteger();
    try (TestHook hook =
        TestHook.start(
            review -> {
              calls.incrementAndGet();
              return convert(review);
            })) {
      api.define(
          definition(
              "routes",
              "Route",
              version(
                      "v1",
                      true,
                      "{'host':{'type':'string'},'port':{'type':'string','default':'80'}}",
                      "")
                  + ","
                  + version("v2", false, "{'address':{'type':'string'}}", ""),
              ",'conversion':{'strategy':'Webhook','webhook':{'conversionReviewVersions':['v1'],"
                  + "'clientConfig':"
                  + hook.clientConfig()
                  + "}}"));
      String v1 = "/apis/example.com/v1/namespaces/default/routes";
      String v2 = "/apis/example.com/v2/namespaces/default/routes";
      Answer created =
          api.send("POST", v2, "{'metadata':{'name':'one'},'spec':{'address':'a:81'}}");
      assertThat(created.status()).as(created.text()).isEqualTo(201);
      assertThat(created.at("/spec")).isEqualTo("{\"address\":\"a:81\"}");
      assertThat(created.at("/apiVersion")).isEqualTo("example.com/v2");
      assertThat(api.get(v1 + "/one").at("/spec")).isEqualTo("{\"host\":\"a\",\"port\":\"81\"}");
      api.send("POST", v1, "{'metadata':{'name':'two'},'spec':{'host':'b'}}");
      calls.set(0);
      Answer all = api.get(v2);
      assertThat(all.at("/items/0/spec/address") + all.at("/items/1/spec/address"))
          .isEqualTo("a:81b:80");
      assertThat(calls.get()).as("one call for a list").isEqualTo(1);
      assertThat(all.at("/apiVersion")).isEqualTo("example.com/v2");
      Answer patched = api.patch(v2 + "/two", "{'spec':{'address':'c:82'}}");
      assertThat(patched.at("/spec/address")).as(patched.text()).isEqualTo("c:82");
      assertThat(api.get(v1 + "/two").at("/spec/host")).isEqualTo("c");

      HttpResponse<Stream<String>> watch = api.watch(v2 + "?watch=true&timeoutSeconds=5");
      Iterator<String> lines = watch.body().iterator();
      assertThat(lines.next()).contains("\"address\":\"a:81\"").contains("example.com/v2");
    }
    Answer down = api.get("/apis/example.com/v2/namespaces/default/routes/one");
    assertThat(down.status()).isEqualTo(500);
    assertThat(down.message())
        .contains("conversion webhook for example.com/v1, Kind=Route failed: Post \"https://")
        .contains("connection refused");
  }

  @Test
  void refusesWhatAWebhookMayNotDo() throws Exception {
    try (TestHook hook =
        TestHook.start(
            review -> {
              ObjectNode answer = convert(review);
              for (JsonNode one : answer.at("/response/convertedObjects")) {
                ((ObjectNode) one.path("metadata")).put("name", "other");
              }
              return answer;
            })) {
      api.define(
          definition(
              "thieves",
              "Thief",
              version("v1", true, "{'host':{'type':'string'},'port':{'type':'string'}}", "")
                  + ","
                  + version("v2", false, "{'address':{'type':'string'}}", ""),
              ",'conversion':{'strategy':'Webhook','webhook':{'conversionReviewVersions':['v1'],"
                  + "'clientConfig':"
                  + hook.clientConfig()
                  + "}}"));
      api.send(
          "POST",
          "/apis/example.com/v1/namespaces/default/thieves",
          "{'metadata':{'name':'one'},'spec':{'host':'a','port':'1'}}");
      assertThat(api.get("/apis/example.com/v2/namespaces/default/thieves/one").message())
          .contains(
              "returned invalid converted object at index 0: must have the same name: one != other");
    }
  }

  @Test
  void servesVersionsThatDifferByNameAloneAndWarnsOfOldOnes() throws Exception {
    String any = "{'size':{'type':'integer'}}";
    api.define(
        definition(
            "boxes",
            "Box",
            version("v1beta1", true, any, ",'deprecated':true")
                + ","
                + version("v1", false, any, ""),
            ""));
    String v1 = "/apis/example.com/v1/namespaces/default/boxes";
    String beta = "/apis/example.com/v1beta1/namespaces/default/boxes";
    Answer created =
        api.send(
            "POST",
            beta,
            "{'apiVersion':'example.com/v1beta1','kind':'Box','metadata':{'name':'one'},'spec':"
                + "{'size':1}}");
    assertThat(created.warnings())
        .containsExactly("299 - \"example.com/v1beta1 Box is deprecated\"");
    assertThat(api.get(v1 + "/one").at("/apiVersion")).isEqualTo("example.com/v1");
    assertThat(api.get(v1 + "/one").warnings()).isEmpty();

    Answer before = api.get(DEFINITIONS + "/boxes.example.com");
    ObjectNode changed = (ObjectNode) before.json();
    ((ObjectNode) changed.at("/spec/versions/0")).put("storage", false);
    ((ObjectNode) changed.at("/spec/versions/1")).put("storage", true);
    Answer moved = api.send("PUT", DEFINITIONS + "/boxes.example.com", Json.text(changed));
    assertThat(moved.at("/status/storedVersions"))
        .as(moved.text())
        .isEqualTo("[\"v1beta1\",\"v1\"]");
    await()
        .untilAsserted(
            () -> assertThat(api.get(v1).at("/items/0/apiVersion")).isEqualTo("example.com/v1"));
    Answer same = api.get(v1 + "/one");
    String version = same.at("/metadata/resourceVersion");
    Answer migrated = api.send("PUT", v1 + "/one", same.text());
    assertThat(migrated.at("/metadata/resourceVersion"))
        .as("an update that changes nothing stores the new version")
        .isNotEqualTo(version);
    assertThat(api.send("PUT", v1 + "/one", migrated.text()).at("/metadata/resourceVersion"))
        .isEqualTo(migrated.at("/metadata/resourceVersion"));

    Answer removed =
        api.patch(
            DEFINITIONS + "/boxes.example.com",
            "{'spec':{'versions':[" + version("v1", true, any, "") + "]}}");
    assertThat(removed.message())
        .contains(
            "status.storedVersions[0]: Invalid value: \"v1beta1\": missing from spec.versions");
  }

  @Test
  void showsOldObjectsAsANewSchemaWantsThem() throws Exception {
    api.define(definition("cups", "Cup", version("v1", true, "{'a':{'type':'string'}}", ""), ""));
    String cups = "/apis/example.com/v1/namespaces/default/cups";
    api.send("POST", cups, "{'metadata':{'name':'one'},'spec':{'a':'x'}}");
    HttpResponse<Stream<String>> watch = api.watch(cups + "?watch=true");
    api.patch(
        DEFINITIONS + "/cups.example.com",
        "{'spec':{'versions':["
            + version("v1", true, "{'b':{'type':'integer','default':7}}", "")
            + "]}}");
    assertThat(watch.body().count())
        .as("the watch ends, so that its client looks anew")
        .isEqualTo(1);
    await()
        .untilAsserted(() -> assertThat(api.get(cups + "/one").at("/spec")).isEqualTo("{\"b\":7}"));
  }

  @Test
  void runsTheRulesOfASchema() throws Exception {
    api.define(
        definition(
            "fleets",
            "Fleet",
            """
            {'name':'v1','served':true,'storage':true,'schema':{'openAPIV3Schema':{'type':'object',
            'properties':{'spec':{'type':'object','properties':{
            'min':{'type':'integer'},'max':{'type':'integer','maximum':100},
            'name':{'type':'string','maxLength':10,'x-kubernetes-validations':[
              {'rule':'self == oldSelf','message':'name is immutable'}]},
            'ships':{'type':'array','maxItems':10,'items':{'type':'object','properties':{
              'oars':{'type':'integer'}},'x-kubernetes-validations':[{'rule':'self.oars > 0',
              'messageExpression':'self.oars < 0 ? \\"negative oars\\" : \\"no oars\\"',
              'reason':'FieldValueForbidden','fieldPath':'.oars'}]}}},
            'x-kubernetes-validations':[{'rule':
              '!has(self.min) || !has(self.max) || self.min <= self.max'}]}}}}}""",
            ""));
    String fleets = "/apis/example.com/v1/namespaces/default/fleets";
    assertThat(
            api.send("POST", fleets, "{'metadata':{'name':'f'},'spec':{'min':5,'max':3}}")
                .message())
        .isEqualTo(
            "Fleet.example.com \"f\" is invalid: spec: Invalid value: \"object\": failed rule:"
                + " !has(self.min) || !has(self.max) || self.min <= self.max");
    assertThat(
            api.send("POST", fleets, "{'metadata':{'name':'f'},'spec':{'ships':[{'oars':-2}]}}")
                .message())
        .isEqualTo(
            "Fleet.example.com \"f\" is invalid: spec.ships[0].oars: Forbidden: negative oars");
    assertThat(api.send("POST", fleets, "{'metadata':{'name':'f'},'spec':{'min':'x'}}").message())
        .contains("some validation rules were not checked because the object was invalid");
    api.send("POST", fleets, "{'metadata':{'name':'f'},'spec':{'name':'argo','min':1}}");
    assertThat(api.patch(fleets + "/f", "{'spec':{'name':'nautilus'}}").message())
        .endsWith("spec.name: Invalid value: \"nautilus\": name is immutable");
    assertThat(api.patch(fleets + "/f", "{'spec':{'min':2}}").status()).isEqualTo(200);
  }
}
