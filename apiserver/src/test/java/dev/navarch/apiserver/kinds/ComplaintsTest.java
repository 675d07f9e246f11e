package dev.navarch.apiserver.kinds;

import static org.assertj.core.api.Assertions.assertThat;

import dev.navarch.api.Yaml;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.Objects;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import tools.jackson.databind.node.ObjectNode;

/// What users are told about documents that break the rules of their kind, in upstream's words.
class ComplaintsTest {

  static Stream<Arguments> complaints() throws IOException {
    try (var in = ComplaintsTest.class.getResourceAsStream("complaints.txt")) {
      String text = new String(Objects.requireNonNull(in).readAllBytes(), StandardCharsets.UTF_8);
      return text.lines()
          .filter(line -> line.startsWith("{"))
          .map(line -> line.split(" => ", 2))
          .map(sides -> Arguments.of(sides[0], sides[1]));
    }
  }

  @ParameterizedTest
  @MethodSource("complaints")
  void sayWhatIsWrong(String document, String complaints) {
    ObjectNode object = Yaml.parse(document.getBytes(StandardCharsets.UTF_8));
    if (!object.has("apiVersion")) {
      object.put("apiVersion", "v1");
    }
    if (!object.has("metadata")) {
      object.putObject("metadata").put("name", "x").put("namespace", "default");
    }
    assertThat(String.join(", ", Given.of(object).errors())).isEqualTo(complaints);
  }
}
