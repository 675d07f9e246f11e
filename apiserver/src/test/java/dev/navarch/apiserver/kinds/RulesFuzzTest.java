package dev.navarch.apiserver.kinds;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import com.code_intelligence.jazzer.junit.FuzzTest;
import dev.navarch.api.ApiException;
import dev.navarch.api.BuiltInKinds;
import dev.navarch.api.Decoder;
import dev.navarch.api.Defaults;
import dev.navarch.api.FieldError;
import dev.navarch.api.FieldValidation;
import dev.navarch.api.Json;
import dev.navarch.api.Kind;
import dev.navarch.api.Parsed;
import dev.navarch.api.StructuralCheck;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.Consumer;
import tools.jackson.databind.node.ObjectNode;

/// The rules of every built-in kind on any document that its schema takes: defaults stay once they
/// are set, and everything else says what is wrong. The first line of an input is an object, the
/// second what it becomes.
final class RulesFuzzTest {
  private static final BuiltInKinds KINDS = BuiltInKinds.load();
  private static final List<String> PARTS =
      List.of("approval", "ephemeralcontainers", "resize", "finalize");

  @FuzzTest
  void rules(byte[] input) {
    List<String> lines = new String(input, UTF_8).lines().limit(2).toList();
    if (lines.isEmpty()) {
      return;
    }
    Optional<ObjectNode> first = read(lines.getFirst());
    Optional<Kind> kind =
        first.flatMap(
            tree ->
                KINDS.byKind(tree.path("apiVersion").asString(""), tree.path("kind").asString("")));
    kind.flatMap(known -> decoded(first.orElseThrow(), known))
        .ifPresent(
            object -> {
              judged(kind.get(), object);
              read(lines.getLast())
                  .flatMap(tree -> decoded(tree, kind.get()))
                  .ifPresent(next -> changed(kind.get(), object, next));
            });
  }

  private static void judged(Kind kind, ObjectNode object) {
    KindRules rules = KindRulesList.rulesFor(kind.group(), kind.kind());
    setDefaults(kind, object);
    ObjectNode once = object.deepCopy();
    setDefaults(kind, object);
    assertThat(object).isEqualTo(once);
    rules.prepareForCreate(object);
    errors(errors -> rules.validate(object, errors));
    assertThat(StructuralCheck.check(object, kind.schema())).doesNotContainNull();
    assertThat(rules.columns())
        .allSatisfy(
            each ->
                assertThat(each.value().apply(new KindRules.Row(object, Given.NOW))).isNotNull());
    assertThat(rules.selectableFields().values())
        .allSatisfy(field -> assertThat(field.apply(object)).isNotNull());
    rules.gracePeriod(object);
    rules.warning();
    rules.prepareForDelete(object.deepCopy());
  }

  private static void changed(Kind kind, ObjectNode old, ObjectNode next) {
    KindRules rules = KindRulesList.rulesFor(kind.group(), kind.kind());
    setDefaults(kind, next);
    rules.prepareForUpdate(next, old);
    errors(errors -> rules.validateChange(next, old, errors));
    rules.prepareForStatusUpdate(next, old);
    errors(errors -> rules.validateStatusUpdate(next, old, errors));
    for (String part : PARTS) {
      errors(errors -> rules.validatePartUpdate(part, next, old, errors));
    }
  }

  private static void setDefaults(Kind kind, ObjectNode object) {
    Defaults.apply(object, kind.schema());
    KindRulesList.rulesFor(kind.group(), kind.kind()).setDefaults(object);
  }

  private static void errors(Consumer<Consumer<FieldError>> check) {
    List<FieldError> errors = new ArrayList<>();
    check.accept(errors::add);
    errors.forEach(error -> assertThat(error.toString()).isNotEmpty());
  }

  private static Optional<ObjectNode> read(String line) {
    try {
      return Optional.of(Json.parse(line.getBytes(UTF_8)));
    } catch (ApiException unreadable) {
      return Optional.empty();
    }
  }

  private static Optional<ObjectNode> decoded(ObjectNode tree, Kind kind) {
    try {
      return Optional.of(Decoder.decode(Parsed.of(tree), kind, FieldValidation.IGNORE).tree());
    } catch (ApiException refused) {
      return Optional.empty();
    }
  }
}
