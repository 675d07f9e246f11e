package dev.navarch.api.patch;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import com.code_intelligence.jazzer.junit.FuzzTest;
import dev.navarch.api.ApiException;
import dev.navarch.api.BuiltInKinds;
import dev.navarch.api.Decoder;
import dev.navarch.api.FieldValidation;
import dev.navarch.api.Json;
import dev.navarch.api.Kind;
import dev.navarch.api.Parsed;
import java.util.Optional;
import java.util.function.BiFunction;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/// Any patch of any document: it applies or is refused, the document stays as it was, and what
/// comes out can be written, read again and patched again. The first line of an input is the
/// document, the rest the patch.
final class PatchesFuzzTest {
  private static final BuiltInKinds KINDS = BuiltInKinds.load();

  @FuzzTest
  void json(byte[] input) {
    Case.of(input).ifPresent(given -> patched(given, JsonPatch::apply));
  }

  /// What has been merged once stays as it is.
  @FuzzTest
  void merge(byte[] input) {
    Case.of(input)
        .ifPresent(
            given ->
                patched(given, MergePatch::apply)
                    .ifPresent(
                        once -> assertThat(MergePatch.apply(once, given.patch)).isEqualTo(once)));
  }

  @FuzzTest
  void strategicMerge(byte[] input) {
    Case.of(input).ifPresent(PatchesFuzzTest::strategicallyMerged);
  }

  private static void strategicallyMerged(Case given) {
    Kind kind =
        KINDS
            .byKind(
                given.document.path("apiVersion").asString(""),
                given.document.path("kind").asString(""))
            .or(() -> KINDS.byKind("apps/v1", "Deployment"))
            .orElseThrow();
    Optional<ObjectNode> once =
        patched(
            given, (document, patch) -> StrategicMergePatch.apply(document, patch, kind.schema()));
    if (once.isPresent()) {
      patched(
          new Case(once.get(), given.patch),
          (document, patch) -> StrategicMergePatch.apply(document, patch, kind.schema()));
      patched(
          new Case(once.get(), given.patch),
          (document, patch) ->
              Decoder.decode(Parsed.of(document), kind, FieldValidation.WARN).tree());
    }
  }

  private record Case(ObjectNode document, JsonNode patch) {
    /// Empty for an input that holds no document and patch.
    static Optional<Case> of(byte[] input) {
      String[] lines = new String(input, UTF_8).split("\n", 2);
      try {
        return lines.length < 2
            ? Optional.empty()
            : Optional.of(
                new Case(
                    Json.parse(lines[0].getBytes(UTF_8)), Json.parseAny(lines[1].getBytes(UTF_8))));
      } catch (ApiException unreadable) {
        return Optional.empty();
      }
    }
  }

  /// Empty for a patch that is refused.
  private static Optional<ObjectNode> patched(
      Case given, BiFunction<ObjectNode, JsonNode, ObjectNode> apply) {
    ObjectNode before = given.document.deepCopy();
    JsonNode patchBefore = given.patch.deepCopy();
    Optional<ObjectNode> result = Optional.empty();
    try {
      result = Optional.of(apply.apply(given.document, given.patch));
    } catch (ApiException refused) {
      assertThat(refused.getMessage()).isNotEmpty();
    }
    assertThat(given.document).isEqualTo(before);
    assertThat(given.patch).isEqualTo(patchBefore);
    result.ifPresent(
        tree -> assertThat(Json.text(Json.parse(Json.bytes(tree)))).isEqualTo(Json.text(tree)));
    return result;
  }
}
