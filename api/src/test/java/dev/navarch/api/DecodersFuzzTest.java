package dev.navarch.api;

import static org.assertj.core.api.Assertions.assertThat;

import com.code_intelligence.jazzer.junit.FuzzTest;
import java.nio.charset.StandardCharsets;
import java.util.Optional;
import java.util.function.Supplier;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/// What clients send as documents, whatever it is: it is read or refused, and what was read is
/// written in a form that reads as the same.
final class DecodersFuzzTest {
  private static final BuiltInKinds KINDS = BuiltInKinds.load();
  private static final Protobuf PROTOBUF = new Protobuf(KINDS);

  @FuzzTest
  void json(byte[] bytes) {
    read(() -> Json.parseAny(bytes)).ifPresent(DecodersFuzzTest::comesBack);
    read(() -> Json.read(bytes));
  }

  @FuzzTest
  void yaml(byte[] bytes) {
    read(() -> Yaml.read(bytes)).map(Parsed::tree).ifPresent(DecodersFuzzTest::comesBack);
  }

  /// A document of a built-in kind: what is kept of it stays as it is, in JSON and in protobuf.
  @FuzzTest
  void document(byte[] bytes) {
    read(() -> Yaml.read(bytes)).ifPresent(parsed -> kept(parsed, kindOf(parsed.tree())));
  }

  @FuzzTest
  void protobuf(byte[] bytes) {
    read(() -> Protobuf.open(bytes))
        .ifPresent(
            envelope -> {
              Kind kind = kind(envelope.apiVersion(), envelope.kind());
              read(() -> PROTOBUF.decode(envelope, kind.schema()))
                  .ifPresent(tree -> kept(Parsed.of(tree), kind));
            });
  }

  private static void kept(Parsed parsed, Kind kind) {
    read(() -> Decoder.decode(parsed, kind, FieldValidation.STRICT));
    Optional<ObjectNode> read =
        read(() -> Decoder.decode(parsed, kind, FieldValidation.WARN).tree());
    read.ifPresent(
        tree -> {
          assertThat(Decoder.clean(tree, kind.schema())).isEqualTo(tree);
          comesBack(tree);
          byte[] binary = PROTOBUF.encode(tree, kind.schema());
          ObjectNode back = PROTOBUF.decode(binary, kind.schema());
          assertThat(PROTOBUF.encode(back, kind.schema())).isEqualTo(binary);
          assertThat(Decoder.clean(back, kind.schema())).isEqualTo(back);
        });
  }

  @FuzzTest
  void scalars(byte[] bytes) {
    String text = new String(bytes, StandardCharsets.UTF_8);
    JsonNode node = Json.string(text);
    staysAsItIs(() -> Scalars.quantity(node), Scalars::quantity);
    staysAsItIs(() -> Scalars.duration(node), Scalars::duration);
    staysAsItIs(() -> Scalars.time(node), Scalars::time);
    staysAsItIs(() -> Scalars.microTime(node), Scalars::microTime);
    staysAsItIs(() -> Scalars.base64(node), Scalars::base64);
    staysAsItIs(() -> Scalars.intOrString(node), Scalars::intOrString);
  }

  private static void staysAsItIs(
      Supplier<JsonNode> canonical, java.util.function.UnaryOperator<JsonNode> again) {
    read(canonical).ifPresent(once -> assertThat(again.apply(once)).isEqualTo(once));
  }

  private static void comesBack(JsonNode tree) {
    byte[] written = Json.bytes(tree);
    assertThat(Json.bytes(Json.parseAny(written))).isEqualTo(written);
  }

  private static Kind kindOf(ObjectNode tree) {
    return kind(tree.path("apiVersion").asString(""), tree.path("kind").asString(""));
  }

  private static Kind kind(String apiVersion, String kind) {
    return KINDS
        .byKind(apiVersion, kind)
        .or(() -> KINDS.byKind("v1", kind))
        .or(() -> KINDS.byKind("apps/v1", kind))
        .or(() -> KINDS.byKind("v1", "Pod"))
        .orElseThrow();
  }

  /// Empty for what is refused.
  private static <T> Optional<T> read(Supplier<T> read) {
    try {
      return Optional.of(read.get());
    } catch (ApiException refused) {
      return Optional.empty();
    }
  }
}
