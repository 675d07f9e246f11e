package dev.navarch.api;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.ByteBuffer;
import java.util.HexFormat;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

class ProtobufTest {
  private static final BuiltInKinds KINDS = BuiltInKinds.load();
  private static final Protobuf PROTOBUF = new Protobuf(KINDS);

  @Test
  void writesTheBytesThatOtherProgramsRead() {
    ObjectNode map =
        Json.parse(
            "{\"kind\":\"ConfigMap\",\"apiVersion\":\"v1\",\"metadata\":{\"name\":\"a\"},\"data\":{\"k\":\"v\"}}"
                .getBytes(UTF_8));
    assertThat(HexFormat.of().formatHex(PROTOBUF.encode(map, schema("v1", "ConfigMap"))))
        .isEqualTo(
            "6b387300" // magic
                + "0a0f" // typeMeta
                + "0a027631" // apiVersion
                + "1209436f6e6669674d6170" // kind
                + "120d" // raw
                + "0a030a0161" // metadata.name
                + "12060a016b120176" // data
                + "1a002200"); // contentEncoding, contentType
  }

  /// Found by fuzzing: the first second of 1970 is a time, an empty message is none.
  @Test
  void onlyAnEmptyMessageIsNoTime() {
    ObjectNode pod =
        Json.parse("{\"status\":{\"startTime\":\"1970-01-01T00:00:00Z\"}}".getBytes(UTF_8));
    Schema schema = schema("v1", "Pod");
    assertThat(PROTOBUF.decode(PROTOBUF.encode(pod, schema), schema)).isEqualTo(pod);
    byte[] empty = HexFormat.of().parseHex("6b387300" + "1204" + "1a023a00");
    assertThat(Json.text(PROTOBUF.decode(empty, schema))).isEqualTo("{\"status\":{}}");
  }

  @ParameterizedTest
  @ValueSource(strings = {"pod", "deployment", "service", "node", "crd"})
  void aRichDocumentComesBackAsItWas(String name) throws Exception {
    Parsed parsed;
    try (var in = ProtobufTest.class.getResourceAsStream(name + ".yaml")) {
      assertThat(in).isNotNull();
      parsed = Yaml.read(in.readAllBytes());
    }
    Kind kind =
        KINDS
            .byKind(
                parsed.tree().path("apiVersion").asString(), parsed.tree().path("kind").asString())
            .orElseThrow();
    ObjectNode tree = Decoder.decode(parsed, kind, FieldValidation.STRICT).tree();
    ObjectNode back = PROTOBUF.decode(PROTOBUF.encode(tree, kind.schema()), kind.schema());
    assertThat(back).isEqualTo(tree);
    ObjectNode again =
        Decoder.decode(Json.read(Json.bytes(back)), kind, FieldValidation.STRICT).tree();
    assertThat(again).isEqualTo(tree);
  }

  static Stream<Kind> everyKind() {
    return KINDS.all().stream();
  }

  @ParameterizedTest
  @MethodSource("everyKind")
  void everyFieldOfEveryKindComesBack(Kind kind) {
    ObjectNode full = (ObjectNode) sample(kind.schema(), 0);
    full.put("apiVersion", kind.apiVersion()).put("kind", kind.kind());
    ObjectNode tree = Decoder.decode(Parsed.of(full), kind, FieldValidation.STRICT).tree();
    ObjectNode back = PROTOBUF.decode(PROTOBUF.encode(tree, kind.schema()), kind.schema());
    assertThat(back).isEqualTo(tree);
  }

  /// An object with every field set, five levels deep.
  private static JsonNode sample(Schema schema, int depth) {
    return switch (schema.type()) {
      case STRING -> Json.string(schema.format().equals("byte") ? "aGk=" : "x");
      case INTEGER -> Json.number(schema.format().equals("int32") ? -7 : 1L << 40);
      case NUMBER -> Json.number(1.5);
      case BOOLEAN -> Json.bool(true);
      case INT_OR_STRING -> depth % 2 == 0 ? Json.number(80) : Json.string("http");
      case QUANTITY -> Json.string("1500m");
      case TIME -> Json.string("2024-05-06T07:08:09Z");
      case MICRO_TIME -> Json.string("2024-05-06T07:08:09.123456Z");
      case DURATION -> Json.string("1m30s");
      case ANY ->
          schema.definition().endsWith("OrBool")
              ? Json.bool(true)
              : schema.definition().endsWith("Array") ? Json.array() : Json.object().put("a", 1);
      case ARRAY -> {
        ArrayNode array = Json.array();
        Schema items = schema.items();
        if (items != null && depth < 12) {
          array.add(sample(items, depth + 1));
        }
        yield array;
      }
      case OBJECT -> {
        ObjectNode object = Json.object();
        Schema values = schema.values();
        if (values != null) {
          object.set("key", sample(values, depth + 1));
        } else if (depth < 12) {
          schema
              .fields()
              .forEach(
                  (name, field) -> {
                    boolean recursive = field.definition().equals(schema.definition());
                    boolean numbered = field.protobufNumber() > 0 || schema.embedded() != null;
                    if (numbered && !recursive && !isDeep(schema, depth)) {
                      object.set(name, sample(field, depth + 1));
                    }
                  });
        }
        yield object;
      }
    };
  }

  private static boolean isDeep(Schema schema, int depth) {
    return schema.definition().endsWith("JSONSchemaProps") && depth > 6;
  }

  @Test
  void emptyFieldsOfGoVanishUnlessTheyArePointers() {
    // replicas (pointer) 0, paused false, minReadySeconds 0; metadata with an empty timestamp
    byte[] raw = HexFormat.of().parseHex("0a060a00120042001206" + "0800" + "2800" + "3800");
    ProtoWriter meta = new ProtoWriter();
    meta.string(1, "apps/v1");
    meta.string(2, "Deployment");
    ProtoWriter envelope = new ProtoWriter();
    envelope.bytes(1, meta.toBytes());
    envelope.bytes(2, raw);
    byte[] message = envelope.toBytes();
    byte[] body = new byte[message.length + 4];
    System.arraycopy("k8s\0".getBytes(UTF_8), 0, body, 0, 4);
    System.arraycopy(message, 0, body, 4, message.length);
    assertThat(Json.text(PROTOBUF.decode(body, schema("apps/v1", "Deployment"))))
        .isEqualTo(
            "{\"apiVersion\":\"apps/v1\",\"kind\":\"Deployment\",\"metadata\":{},\"spec\":{\"replicas\":0}}");
  }

  @Test
  void listsCarryTheirItems() {
    ObjectNode list =
        Json.parse(
            "{\"apiVersion\":\"v1\",\"kind\":\"PodList\",\"metadata\":{\"resourceVersion\":\"7\"},\"items\":[{\"metadata\":{\"name\":\"a\"}},{\"metadata\":{\"name\":\"b\"}}]}"
                .getBytes(UTF_8));
    Schema schema = KINDS.list(KINDS.byKind("v1", "Pod").orElseThrow()).orElseThrow();
    assertThat(PROTOBUF.decode(PROTOBUF.encode(list, schema), schema)).isEqualTo(list);
  }

  @Test
  void aWatchFrameStartsWithItsLength() {
    byte[] frame = Protobuf.watchFrame("ADDED", new byte[] {1, 2});
    assertThat(HexFormat.of().formatHex(frame))
        .isEqualTo("0000000d" + "0a05" + "4144444544" + "1204" + "0a020102");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "6b387300ff",
        "6b38730012ff01",
        "6b38730012030a0561",
        "6b387300120100",
        "00000000"
      })
  void refusesWhatIsNoMessage(String hex) {
    byte[] body = HexFormat.of().parseHex(hex);
    assertThatThrownBy(() -> PROTOBUF.decode(body, schema("v1", "Pod")))
        .isInstanceOf(ApiException.class);
  }

  /// A time before the first year had no text, one of the least seconds not even a sign.
  @ParameterizedTest
  @ValueSource(longs = {Long.MIN_VALUE, Long.MAX_VALUE, -62_135_596_801L, 253_402_300_800L})
  void refusesTimesThatNoClockShows(long seconds) {
    ProtoWriter time = new ProtoWriter();
    time.varint(1, seconds);
    ProtoWriter metadata = new ProtoWriter();
    metadata.bytes(8, time.toBytes());
    ProtoWriter pod = new ProtoWriter();
    pod.bytes(1, metadata.toBytes());
    assertThatThrownBy(() -> PROTOBUF.decode(envelope(pod.toBytes()), schema("v1", "Pod")))
        .isInstanceOf(ApiException.class)
        .hasMessageContaining("no time");
  }

  /// Each took a copy of all inside it, and a piece of the stack.
  @Test
  void refusesEnvelopesInEnvelopes() {
    byte[] body = {};
    for (int level = 0; level < 2_000; level++) {
      ProtoWriter data = new ProtoWriter();
      data.bytes(1, body);
      ProtoWriter revision = new ProtoWriter();
      revision.bytes(2, data.toBytes());
      body = envelope(revision.toBytes());
    }
    byte[] nested = body;
    assertThatThrownBy(() -> PROTOBUF.decode(nested, schema("apps/v1", "ControllerRevision")))
        .isInstanceOf(ApiException.class)
        .hasMessageContaining("exceeded max depth");
  }

  /// What was stored could not be read again.
  @Test
  void refusesDepthThatComesInTwoParts() {
    ProtoWriter data = new ProtoWriter();
    data.bytes(1, ("[".repeat(1_000) + "]".repeat(1_000)).getBytes(UTF_8));
    ProtoWriter revision = new ProtoWriter();
    revision.bytes(2, data.toBytes());
    assertThatThrownBy(
            () ->
                PROTOBUF.decode(
                    envelope(revision.toBytes()), schema("apps/v1", "ControllerRevision")))
        .isInstanceOf(ApiException.class)
        .hasMessageContaining("exceeded max depth");
  }

  private static byte[] envelope(byte[] raw) {
    ProtoWriter meta = new ProtoWriter();
    meta.string(1, "apps/v1");
    meta.string(2, "ControllerRevision");
    ProtoWriter envelope = new ProtoWriter();
    envelope.bytes(1, meta.toBytes());
    envelope.bytes(2, raw);
    byte[] message = envelope.toBytes();
    return ByteBuffer.allocate(4 + message.length)
        .put(new byte[] {'k', '8', 's', 0})
        .put(message)
        .array();
  }

  private static Schema schema(String apiVersion, String kind) {
    return KINDS.byKind(apiVersion, kind).orElseThrow().schema();
  }
}
