package dev.navarch.apiserver;

import static org.assertj.core.api.Assertions.assertThat;

import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.read.ListAppender;
import dev.navarch.apiserver.ServedApi.Answer;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.slf4j.LoggerFactory;

/// Bodies that have brought API servers down, tried on this one: doors that must be shut, by
/// number.
@Timeout(60)
class BodyDoorsTest {
  private static final String APPLY = "application/apply-patch+yaml";
  private static final String TABLE = "application/json;as=Table;v=v1;g=meta.k8s.io";
  private static final String CONFIG_MAPS = "/api/v1/namespaces/default/configmaps";
  @TempDir static Path folder;
  private static ServedApi api;

  @BeforeAll
  static void start() throws Exception {
    api = ServedApi.in(folder);
    api.send("POST", CONFIG_MAPS, "{'metadata':{'name':'plain'},'data':{'a':'b'}}");
  }

  @AfterAll
  static void stop() {
    api.close();
  }

  /// Door 5, CVE-2019-11253, CVE-2019-11254.
  @Test
  void bombsAreRefusedInUnderASecond() {
    api.send("POST", CONFIG_MAPS, "{"); // the parsers are loaded
    api.send("POST", CONFIG_MAPS, "a: &a [", "Content-Type", "application/yaml");
    String laughs =
        "a: &a [x,x,x,x,x,x,x,x,x]\n"
            + IntStream.range(1, 9)
                .mapToObj(
                    i ->
                        "%c: &%c [%s]\n"
                            .formatted(
                                'a' + i,
                                'a' + i,
                                IntStream.range(0, 9)
                                    .mapToObj(j -> "*" + (char) ('a' + i - 1))
                                    .collect(Collectors.joining(","))))
                .collect(Collectors.joining());
    String longText = "t: &t " + "x".repeat(1_000_000) + "\nl:\n" + "- *t\n".repeat(50_000);
    for (String yaml :
        List.of(
            laughs,
            longText,
            "a: " + "[".repeat(10_000) + "]".repeat(10_000),
            "- ".repeat(100_000),
            "? ".repeat(100_000),
            "\n" + " ".repeat(500_000) + "a: b\n" + "'".repeat(1001))) {
      refusedInASecond("application/yaml", yaml);
    }
    for (String json :
        List.of(
            "{\"a\":".repeat(10_000) + "1" + "}".repeat(10_000),
            "[".repeat(1_000_000),
            "{\"metadata\":{\"name\":\"x\",\"generation\":1e999999999}}",
            "{\"metadata\":{\"name\":\"x\",\"generation\":" + "9".repeat(1_000_000) + "}}")) {
      refusedInASecond("application/json", json);
    }
  }

  private static void refusedInASecond(String type, String body) {
    Duration quickest = Duration.ofDays(1);
    for (int attempt = 0; attempt < 4 && quickest.toSeconds() > 0; attempt++) {
      long start = System.nanoTime();
      Answer answer = api.send(api.admin(), "POST", CONFIG_MAPS, body, "Content-Type", type);
      assertThat(answer.status()).as(answer.text()).isEqualTo(400);
      quickest = Duration.ofNanos(System.nanoTime() - start);
    }
    assertThat(quickest).isLessThan(Duration.ofSeconds(1));
  }

  /// Door 6, CVE-2019-1002100.
  @Test
  void patchesOfTooManyOperationsAreRefused() {
    Answer refused = patch(operations(100_000, "{\"op\":\"add\",\"path\":\"/a\"}"));
    assertThat(refused.status()).isEqualTo(413);
    assertThat(refused.message())
        .isEqualTo("The allowed maximum operations in a JSON patch is 10000, got 100000");
    Answer grown = patch("[" + copies(30) + "]");
    assertThat(grown.status()).isEqualTo(422);
    assertThat(grown.message()).contains("exceeding the limit");
    assertThat(api.get(CONFIG_MAPS + "/plain").json().path("data").size()).isEqualTo(1);
  }

  private static String operations(int count, String one) {
    return "[" + (one + ",").repeat(count - 1) + one + "]";
  }

  /// Each doubles what the last one made.
  private static String copies(int count) {
    return IntStream.range(0, count)
        .mapToObj(i -> "{\"op\":\"copy\",\"from\":\"/metadata\",\"path\":\"/metadata/m" + i + "\"}")
        .collect(Collectors.joining(","));
  }

  private static Answer patch(String body) {
    return api.send(
        api.admin(),
        "PATCH",
        CONFIG_MAPS + "/plain",
        body,
        "Content-Type",
        "application/json-patch+json");
  }

  @Test
  void bodiesAndObjectsHaveALimit() {
    Answer body =
        api.send(
            "POST",
            CONFIG_MAPS,
            "{'metadata':{'name':'l'},'data':{'a':'%s'}}".formatted("x".repeat(3 << 20)));
    assertThat(body.status()).isEqualTo(413);
    assertThat(body.message()).isEqualTo("Request entity too large: limit is 3145728");
    Answer large =
        api.send(
            "POST",
            "/apis/apps/v1/namespaces/default/controllerrevisions",
            "{'metadata':{'name':'l'},'revision':1,'data':{'a':'%s'}}"
                .formatted("x".repeat(1_600_000)));
    assertThat(large.status()).isEqualTo(500);
    assertThat(large.message()).contains("etcdserver: request is too large");
  }

  /// Door 5: what is taken can be kept, changed in every way, and read by everybody who has to.
  /// Field owners repeat an object's fields a few levels deeper.
  @Test
  void theDeepestObjectThatIsTakenIsReadAgain() {
    api.define(
        "shafts", "deep.example.com", "Namespaced", ",'x-kubernetes-preserve-unknown-fields':true");
    String shafts = "/apis/deep.example.com/v1/namespaces/default/shafts";
    for (int depth : new int[] {100, 990}) {
      String deep = "{'a':".repeat(depth) + "1" + "}".repeat(depth);
      Answer made =
          api.send("POST", shafts, "{'metadata':{'name':'d%d'},'spec':%s}".formatted(depth, deep));
      assertThat(made.status()).as(made.text()).isEqualTo(201);
      assertThat(api.get(shafts + "/d" + depth).status()).isEqualTo(200);
    }
    String tooDeep = "{'a':".repeat(1_000) + "1" + "}".repeat(1_000);
    assertThat(
            api.send("POST", shafts, "{'metadata':{'name':'x'},'spec':" + tooDeep + "}").status())
        .isEqualTo(400);
    assertThat(api.get(shafts).text()).contains("d100", "d990");
    assertThat(
            api.server()
                .cluster("test")
                .list(
                    dev.navarch.client.Resource.generic(
                        "deep.example.com", "v1", "Shafts", "shafts", true),
                    dev.navarch.client.Cluster.ListOptions.ALL)
                .items())
        .hasSize(2);
    String deepest = shafts + "/d990";
    changed(deepest, "merge-patch+json", "{'metadata':{'labels':{'a':'b'}}}");
    changed(deepest, "json-patch+json", "[{'op':'add','path':'/metadata/labels/c','value':'d'}]");
    String applied =
        "{'apiVersion':'deep.example.com/v1','kind':'Shafts','metadata':{'name':'d990'},'spec':%s}"
            .formatted("{'a':".repeat(990) + "2" + "}".repeat(990));
    Answer conflict =
        api.send("PATCH", deepest + "?fieldManager=m", applied, "Content-Type", APPLY);
    assertThat(conflict.status()).as(conflict.text()).isEqualTo(409);
    changed(deepest + "?fieldManager=m&force=true", "apply-patch+yaml", applied);
    Answer whole = api.get(deepest);
    assertThat(api.send("PUT", deepest, whole.text()).status()).isEqualTo(200);
    assertThat(api.get(deepest, "Accept", "application/yaml").status()).isEqualTo(200);
    assertThat(api.get(shafts, "Accept", TABLE).text()).contains("d990");
    assertThat(api.send("DELETE", shafts, "").status()).isEqualTo(200);
  }

  private static void changed(String path, String type, String patch) {
    Answer answer = api.send("PATCH", path, patch, "Content-Type", "application/" + type);
    assertThat(answer.status()).as(answer.text()).isEqualTo(200);
  }

  /// A schema has two levels for each of its objects', and is stored, published and walked.
  @Test
  void theDeepestSchemaIsServed() {
    int depth = 450;
    String nested =
        "{'type':'object','properties':{'a':".repeat(depth)
            + "{'type':'integer','default':1}"
            + "}}".repeat(depth);
    api.define("mines", "mines.example.com", "Namespaced", ",'properties':{'spec':" + nested + "}");
    String mines = "/apis/mines.example.com/v1/namespaces/default/mines";
    String deep = "{'a':".repeat(depth - 1) + "{'b':1}" + "}".repeat(depth - 1);
    Answer made = api.send("POST", mines, "{'metadata':{'name':'m'},'spec':" + deep + "}");
    assertThat(made.status()).as(made.text()).isEqualTo(201);
    assertThat(made.text()).contains("{\"a\":1}").doesNotContain("\"b\"");
    changed(mines + "/m", "merge-patch+json", "{'metadata':{'labels':{'a':'b'}}}");
    assertThat(api.get("/openapi/v3/apis/mines.example.com/v1").status()).isEqualTo(200);
    assertThat(api.get("/openapi/v2").status()).isEqualTo(200);
  }

  @Test
  void whatIsMalformedCostsNoStackTrace() {
    Logger root = (Logger) LoggerFactory.getLogger(org.slf4j.Logger.ROOT_LOGGER_NAME);
    ListAppender<ILoggingEvent> log = new ListAppender<>();
    log.start();
    root.addAppender(log);
    try {
      for (String path :
          List.of(
              "/api/v1/namespaces/default/pods?limit=x",
              "/api/v1/namespaces/default/pods?labelSelector=%3D%3D%28",
              "/api/v1/namespaces/default/pods?fieldSelector=%21%21",
              "/api/v1/namespaces/default/pods?continue=%00%00",
              "/api/v1/namespaces/default/pods?resourceVersion=-1",
              "/api/v1/namespaces/default/pods?watch=1&timeoutSeconds=zz",
              "/api/v1/namespaces/%2e%2e/pods/%00",
              "/api/v1//pods//",
              "/apis//v1/x/y",
              "//",
              "/healthz//",
              "/openapi/v3/apis//",
              "/api/v1/nodes/a:b:c:d/proxy/",
              "/api/v1/pods?fieldSelector=" + "a".repeat(20_000))) {
        assertThat(api.get(path).status()).as(path).isBetween(200, 499);
      }
      for (String body :
          List.of(
              "",
              "null",
              "[]",
              "\"\"",
              "{\"metadata\":[]}",
              "{\"metadata\":{\"name\":[1]}}",
              "{\"metadata\":{\"labels\":7}}",
              "{\"data\":{\"a\":{}}}",
              "\u0000",
              "{\"kind\":1}")) {
        for (String type :
            List.of(
                "application/json", "application/yaml", "application/vnd.kubernetes.protobuf")) {
          assertThat(
                  api.send(api.admin(), "POST", CONFIG_MAPS, body, "Content-Type", type).status())
              .as("%s as %s", body, type)
              .isBetween(400, 499);
        }
        for (String type : List.of("json-patch", "merge-patch", "strategic-merge-patch")) {
          api.send(
              api.admin(),
              "PATCH",
              CONFIG_MAPS + "/plain",
              body,
              "Content-Type",
              "application/" + type + "+json");
        }
      }
    } finally {
      root.detachAppender(log);
    }
    assertThat(log.list.stream().filter(event -> event.getThrowableProxy() != null)).isEmpty();
  }
}
