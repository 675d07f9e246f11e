package dev.navarch.apiserver.registry;

import static dev.navarch.apiserver.registry.TestRegistry.KINDS;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import dev.navarch.api.ApiException;
import dev.navarch.api.Json;
import dev.navarch.api.Kind;
import dev.navarch.api.Protobuf;
import dev.navarch.api.Yaml;
import dev.navarch.apiserver.FakeExchange;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import tools.jackson.databind.node.ObjectNode;

/// Serves every kind that can be made, with its own rules, in every way that clients ask for it.
class EveryKindTest {
  private static final Map<String, ObjectNode> ONE_OF_EACH = oneOfEach();
  @TempDir static Path folder;
  private static TestRegistry test;
  private static ResourceHandler handler;

  @BeforeAll
  static void open() {
    test = TestRegistry.with(folder, TestRegistry::ownRules);
    handler = test.handler();
  }

  @AfterAll
  static void close() {
    test.close();
  }

  static Stream<Kind> kinds() {
    return KINDS.all().stream().filter(kind -> kind.verbs().containsAll(List.of("create", "get")));
  }

  private static Map<String, ObjectNode> oneOfEach() {
    Map<String, ObjectNode> all = new HashMap<>();
    try (var in = EveryKindTest.class.getResourceAsStream("one-of-each.yaml")) {
      String text = new String(Objects.requireNonNull(in).readAllBytes(), StandardCharsets.UTF_8);
      text.lines()
          .filter(line -> line.startsWith("{"))
          .map(line -> Yaml.parse(line.getBytes(StandardCharsets.UTF_8)))
          .forEach(object -> all.put(key(object), object));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    return Map.copyOf(all);
  }

  private static String key(ObjectNode object) {
    return object.path("apiVersion").asString() + " " + object.path("kind").asString();
  }

  /// One kind's object and where it is served.
  private record Served(Kind kind, ObjectNode object, String collection, String name) {
    static Served of(Kind kind) {
      String key = kind.apiVersion() + " " + kind.kind();
      assertThat(ONE_OF_EACH).containsKey(key);
      ObjectNode object = Objects.requireNonNull(ONE_OF_EACH.get(key)).deepCopy();
      Metadata metadata = Metadata.of(object);
      if (metadata.name().isEmpty()) {
        metadata.set("name", "one-" + kind.version());
      }
      String root = kind.group().isEmpty() ? "/api/v1/" : "/apis/" + kind.apiVersion() + "/";
      String in = kind.namespaced() ? "namespaces/default/" : "";
      return new Served(kind, object, root + in + kind.plural(), metadata.name());
    }

    String path() {
      return collection + "/" + name;
    }
  }

  private static FakeExchange call(FakeExchange exchange) {
    handler.handle(exchange);
    return exchange;
  }

  private static FakeExchange send(String method, String path, String type, byte[] body) {
    return call(new FakeExchange(method, path).with("Content-Type", type).body(body));
  }

  private static FakeExchange patch(Served served, String type, String body) {
    return call(new FakeExchange("PATCH", served.path()).with("Content-Type", type).body(body));
  }

  private static byte[] protobuf(Served served, ObjectNode object) {
    return new Protobuf(KINDS).encode(object, served.kind().schema());
  }

  @ParameterizedTest(name = "{0}")
  @MethodSource("kinds")
  void isMadeReadListedWatchedChangedAndDeleted(Kind kind) throws InterruptedException {
    Served served = Served.of(kind);
    FakeExchange watch =
        new FakeExchange(
            "GET", served.collection() + "?watch=1&resourceVersion=" + test.store().revision());
    Thread watching = Thread.startVirtualThread(() -> handler.handle(watch));

    ObjectNode made =
        send("POST", served.collection(), "application/json", Json.bytes(served.object())).json();
    isReadInAllFormats(served, made);
    isListed(served, made);
    isPatched(served);
    isReplaced(served);
    if (kind.subresources().contains("status")) {
      itsStatusIsApart(served);
    }
    isDeleted(served);
    await().until(() -> watch.events().contains("DELETED " + served.name()));
    assertThat(watch.events()).startsWith("ADDED " + served.name());
    watch.hangUp();
    watching.join();
    isMadeFromProtobufAndDeletedWithItsCollection(served);
  }

  @Test
  void someKindsAreOnlyReplacedByWhoKnowsTheirState() {
    Kind leases = TestRegistry.kind("coordination.k8s.io/v1", "Lease");
    Served lease = Served.of(leases);
    byte[] body = Json.bytes(lease.object());
    send("POST", lease.collection(), "application/json", body);
    assertThatThrownBy(() -> send("PUT", lease.path(), "application/json", body))
        .hasMessage(
            "Lease.coordination.k8s.io \"one-v1\" is invalid: metadata.resourceVersion: Invalid"
                + " value: 0: must be specified for an update");
    call(new FakeExchange("DELETE", lease.path()));
  }

  private static void isReadInAllFormats(Served served, ObjectNode made) {
    assertThat(call(new FakeExchange("GET", served.path())).json()).isEqualTo(made);
    FakeExchange yaml =
        call(new FakeExchange("GET", served.path()).with("Accept", "application/yaml"));
    assertThat(Yaml.parse(yaml.bytes())).isEqualTo(made);
    FakeExchange binary =
        call(new FakeExchange("GET", served.path()).with("Accept", Protobuf.MEDIA_TYPE));
    assertThat(decoded(served, binary)).isEqualTo(made);
    FakeExchange table =
        call(
            new FakeExchange("GET", served.path())
                .with("Accept", "application/json;as=Table;v=v1;g=meta.k8s.io"));
    assertThat(table.json().path("rows").size()).isEqualTo(1);
  }

  /// Protobuf has no room for the kind of what stands inside another object: defaults bring it
  /// back.
  private static ObjectNode decoded(Served served, FakeExchange binary) {
    ObjectNode object = new Protobuf(KINDS).decode(binary.bytes(), served.kind().schema());
    TestRegistry.ownRules(served.kind()).setDefaults(object);
    return object;
  }

  private static void isListed(Served served, ObjectNode made) {
    ObjectNode list = call(new FakeExchange("GET", served.collection())).json();
    assertThat(list.path("kind").asString()).isEqualTo(served.kind().kind() + "List");
    ObjectNode item = made.deepCopy();
    item.remove(List.of("kind", "apiVersion"));
    assertThat(list.path("items").valueStream())
        .anySatisfy(
            found -> {
              ObjectNode bare = ((ObjectNode) found).deepCopy();
              bare.remove(List.of("kind", "apiVersion"));
              assertThat(bare).isEqualTo(item);
            });
  }

  private static void isPatched(Served served) {
    patch(
        served,
        "application/json-patch+json",
        "[{'op':'add','path':'/metadata/annotations','value':{'json':'1'}}]");
    patch(served, "application/merge-patch+json", "{'metadata':{'annotations':{'merge':'2'}}}");
    ObjectNode patched =
        patch(
                served,
                "application/strategic-merge-patch+json",
                "{'metadata':{'annotations':{'strategic':'3'}}}")
            .json();
    assertThat(patched.at("/metadata/annotations").properties())
        .extracting(Map.Entry::getKey)
        .contains("json", "merge", "strategic");
    ObjectNode applied =
        call(new FakeExchange("PATCH", served.path() + "?fieldManager=test")
                .with("Content-Type", "application/apply-patch+yaml")
                .body(
                    "{'apiVersion':'%s','kind':'%s','metadata':{'name':'%s','annotations':{'apply':'6'}}}"
                        .formatted(
                            served.kind().apiVersion(), served.kind().kind(), served.name())))
            .json();
    assertThat(applied.at("/metadata/annotations/apply").asString()).isEqualTo("6");
  }

  private static void isReplaced(Served served) {
    ObjectNode now = call(new FakeExchange("GET", served.path())).json();
    ObjectNode same = send("PUT", served.path(), "application/json", Json.bytes(now)).json();
    assertThat(same).as("an unchanged object writes nothing").isEqualTo(now);
    Metadata.of(now).fields().putObject("labels").put("put", "4");
    ObjectNode changed =
        send("PUT", served.path(), Protobuf.MEDIA_TYPE, protobuf(served, now)).json();
    assertThat(changed.at("/metadata/labels/put").asString()).isEqualTo("4");
    assertThat(Metadata.of(changed).generation()).isEqualTo(Metadata.of(now).generation());
  }

  private static void itsStatusIsApart(Served served) {
    ObjectNode now = call(new FakeExchange("GET", served.path())).json();
    ObjectNode answered =
        send("PUT", served.path() + "/status", "application/json", Json.bytes(now)).json();
    assertThat(answered).isEqualTo(now);
    assertThat(call(new FakeExchange("GET", served.path() + "/status")).json()).isEqualTo(now);
    FakeExchange patched =
        call(
            new FakeExchange("PATCH", served.path() + "/status")
                .with("Content-Type", "application/merge-patch+json")
                .body("{'metadata':{'annotations':{'status':'5'}}}"));
    assertThat(patched.json().at("/metadata/annotations/status").asString()).isEqualTo("5");
  }

  private static void isDeleted(Served served) {
    call(new FakeExchange("DELETE", served.path() + "?propagationPolicy=Background"));
    if (served.kind().kind().equals("Namespace")) {
      call(
          new FakeExchange("PUT", served.path() + "/finalize")
              .body("{'metadata':{'name':'%s'}}".formatted(served.name())));
    }
    assertThat(isThere(served)).isFalse();
  }

  private static boolean isThere(Served served) {
    try {
      return call(new FakeExchange("GET", served.path())).status == 200;
    } catch (ApiException e) {
      assertThat(e.isNotFound()).isTrue();
      return false;
    }
  }

  private static void isMadeFromProtobufAndDeletedWithItsCollection(Served served) {
    if (!served.kind().verbs().contains("deletecollection")) {
      return;
    }
    send("POST", served.collection(), Protobuf.MEDIA_TYPE, protobuf(served, served.object()));
    assertThat(isThere(served)).isTrue();
    call(new FakeExchange("DELETE", served.collection() + "?propagationPolicy=Background"));
    assertThat(isThere(served)).isFalse();
  }
}
