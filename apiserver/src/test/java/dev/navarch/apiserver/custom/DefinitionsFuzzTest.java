package dev.navarch.apiserver.custom;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import com.code_intelligence.jazzer.junit.FuzzTest;
import dev.navarch.api.ApiException;
import dev.navarch.api.BuiltInKinds;
import dev.navarch.api.Decoder;
import dev.navarch.api.Defaults;
import dev.navarch.api.FieldError;
import dev.navarch.api.Json;
import dev.navarch.api.Kind;
import dev.navarch.api.Schema;
import dev.navarch.apiserver.kinds.KindRules.Row;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/// Any definition, and any objects of it.
final class DefinitionsFuzzTest {
  private static final BuiltInKinds KINDS = BuiltInKinds.load();
  private static final Schema OBJECT_META =
      KINDS
          .byKind("v1", "ConfigMap")
          .map(Kind::schema)
          .map(schema -> schema.fields().get("metadata"))
          .orElseThrow();

  /// The first line of an input is one version of a definition, the others are states of an object.
  /// A definition is refused with reasons, or it serves every object.
  @FuzzTest
  void versions(byte[] input) {
    List<String> lines = new String(input, UTF_8).lines().limit(3).toList();
    if (!lines.isEmpty()) {
      read(lines.getFirst())
          .flatMap(DefinitionsFuzzTest::accepted)
          .ifPresent(definition -> serves(definition, lines.subList(1, lines.size())));
    }
  }

  private static Optional<ObjectNode> accepted(ObjectNode version) {
    version.put("name", "v1").put("served", true).put("storage", true);
    ObjectNode definition =
        Json.parse(
            """
            {"apiVersion": "apiextensions.k8s.io/v1", "kind": "CustomResourceDefinition",
             "metadata": {"name": "widgets.example.com"}, "spec": {"group": "example.com",
             "scope": "Namespaced", "names": {"plural": "widgets", "kind": "Widget"}}}\
            """
                .getBytes(UTF_8));
    ((ObjectNode) definition.path("spec")).putArray("versions").add(version);
    Kind kind = KINDS.byKind("apiextensions.k8s.io/v1", "CustomResourceDefinition").orElseThrow();
    ObjectNode clean;
    try {
      clean = Decoder.clean(definition, kind.schema());
    } catch (ApiException refused) {
      return Optional.empty();
    }
    DefinitionRules rules = new DefinitionRules();
    Defaults.apply(clean, kind.schema());
    rules.setDefaults(clean);
    rules.prepareForCreate(clean);
    List<FieldError> errors = new ArrayList<>();
    rules.validate(clean, errors::add);
    rules.validateChange(clean, clean.deepCopy(), errors::add);
    return errors.isEmpty() ? Optional.of(clean) : Optional.empty();
  }

  private static void serves(ObjectNode definition, List<String> objects) {
    CustomResource resource =
        new CustomResource(
            definition,
            OBJECT_META,
            (all, to) -> {
              throw new IllegalStateException("there is one version");
            });
    CustomResource.Version version = resource.storage();
    ObjectNode old = null;
    for (String line : objects) {
      Optional<ObjectNode> object = read(line).flatMap(tree -> complete(tree, version.kind()));
      if (object.isEmpty()) {
        continue;
      }
      ObjectNode now = object.get();
      assertThat(complete(now.deepCopy(), version.kind())).contains(now);
      List<FieldError> errors = new ArrayList<>();
      version.rules().validate(now, errors::add);
      if (old != null) {
        version.rules().validateChange(now, old, errors::add);
        version.rules().validateStatusUpdate(now, old, errors::add);
      }
      assertThat(errors).doesNotContainNull();
      assertThat(version.rules().columns())
          .allSatisfy(
              each -> assertThat(each.value().apply(new Row(now, Instant.EPOCH))).isNotNull());
      assertThat(version.rules().selectableFields().values())
          .allSatisfy(field -> assertThat(field.apply(now)).isNotNull());
      old = now;
    }
  }

  private static Optional<ObjectNode> complete(ObjectNode tree, Kind kind) {
    try {
      ObjectNode pruned = Decoder.clean(tree, kind.schema());
      Defaults.apply(pruned, kind.schema());
      return Optional.of(pruned);
    } catch (ApiException refused) {
      return Optional.empty();
    }
  }

  /// The first line of an input is a path, the second a document.
  @FuzzTest
  void jsonPaths(byte[] input) {
    String[] lines = new String(input, UTF_8).split("\n", 2);
    try {
      JsonPath path = JsonPath.parse(lines[0]);
      if (lines.length == 2) {
        List<JsonNode> found = path.of(Json.parseAny(lines[1].getBytes(UTF_8)));
        assertThat(found).doesNotContainNull();
      }
    } catch (IllegalArgumentException | ApiException refused) {
      assertThat(refused.getMessage()).isNotEmpty();
    }
  }

  private static Optional<ObjectNode> read(String line) {
    try {
      return Optional.of(Json.parse(line.getBytes(UTF_8)));
    } catch (ApiException unreadable) {
      return Optional.empty();
    }
  }
}
