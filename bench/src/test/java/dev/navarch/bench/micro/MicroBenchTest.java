package dev.navarch.bench.micro;

import static org.assertj.core.api.Assertions.assertThat;

import dev.navarch.api.Json;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import picocli.CommandLine;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/// What is measured does what its name says: a step that fails early is fast, and says nothing.
final class MicroBenchTest {
  private static final String IMAGE = "/spec/containers/0/image";

  @Test
  void everyFormatHoldsTheSamePod() {
    CodecBench codec = new CodecBench();

    assertThat(codec.readJson()).isEqualTo(Sample.pod());
    assertThat(codec.readJsonBySchema()).isEqualTo(Sample.pod());
    assertThat(codec.readProtobuf()).isEqualTo(Sample.pod());
    assertThat(Json.parse(codec.writeJson())).isEqualTo(Sample.pod());
    assertThat(codec.readYaml().tree().at("/metadata/name").asString()).isEqualTo("web-0");
    assertThat(codec.writeProtobuf()).startsWith('k', '8', 's', 0);
  }

  @Test
  void everyPatchMakesTheSameChange() {
    PatchBench patches = new PatchBench();

    assertThat(patches.copyOnly()).isEqualTo(Sample.pod());
    for (ObjectNode patched :
        new ObjectNode[] {
          patches.jsonPatch(), patches.mergePatch(), patches.strategicMergePatch()
        }) {
      assertThat(patched.at(IMAGE).asString()).isEqualTo("web:2");
      assertThat(patched.at("/metadata/labels/track").asString()).isEqualTo("canary");
    }
    assertThat(patches.strategicMergePatch().at("/spec/containers").size()).isEqualTo(2);
  }

  @Test
  void selectorsPickThePod() {
    SelectorBench selectors = new SelectorBench();

    assertThat(selectors.matchLabels()).isTrue();
    assertThat(selectors.matchFields()).isTrue();
    assertThat(selectors.parseLabelSelector().requirements()).hasSize(4);
    assertThat(selectors.parseFieldSelector().terms()).hasSize(2);
  }

  @Test
  void ownersFollowWhatIsWritten() {
    ApplyBench apply = new ApplyBench();

    assertThat(managers(apply.ownersOfNewObject())).containsExactly("creator");
    assertThat(managers(apply.ownersAfterUpdate())).containsExactlyInAnyOrder("creator", "updater");
    ObjectNode applied = apply.applyConfiguration();
    assertThat(applied.at(IMAGE).asString()).isEqualTo("web:2");
    assertThat(managers(applied.at("/metadata/managedFields")))
        .containsExactlyInAnyOrder("creator", "applier");
  }

  @Test
  void writesWhatItMeasuredAsJson(@TempDir Path folder) throws Exception {
    Path file = folder.resolve("micro.json");

    int code =
        new CommandLine(new MicroBench())
            .execute("--only=matchFields", "--seconds=1", "--json=" + file);

    assertThat(code).isZero();
    JsonNode row = Json.parse(Files.readAllBytes(file)).at("/rows/0");
    assertThat(row.path("step").asString()).isEqualTo("SelectorBench.matchFields");
    assertThat(row.path("microsEach").asDouble()).isPositive();
  }

  @Test
  void namesThatMatchNothingAreAnError() {
    assertThat(new CommandLine(new MicroBench()).execute("--only=nonsense")).isEqualTo(2);
  }

  private static String[] managers(JsonNode managedFields) {
    return managedFields
        .valueStream()
        .map(entry -> entry.path("manager").asString())
        .toArray(String[]::new);
  }

  static {
    assertThat(Sample.json().length).isBetween(1_000, 4_000);
    assertThat(Sample.YAML.getBytes(StandardCharsets.UTF_8).length).isBetween(900, 2_000);
  }
}
