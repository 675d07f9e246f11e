package dev.navarch.apiserver.registry;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/// What a client's list of wishes comes to.
class AcceptTest {
  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      textBlock =
          """
          '' | JSON | WHOLE
          */* | JSON | WHOLE
          text/html,application/yaml | YAML | WHOLE
          ;;,application/yaml | YAML | WHOLE
          application/json;q=0.5,application/yaml;q=0.9 | YAML | WHOLE
          application/vnd.kubernetes.protobuf,application/json | PROTOBUF | WHOLE
          application/json;as=Table;v=v1;g=meta.k8s.io,application/json | JSON | TABLE
          application/json;as=Table;v=v9;g=meta.k8s.io,application/json | JSON | WHOLE
          application/vnd.kubernetes.protobuf;as=Table;v=v1;g=meta.k8s.io,application/json | JSON | WHOLE
          application/vnd.kubernetes.protobuf;as=PartialObjectMetadata;v=v1;g=meta.k8s.io | PROTOBUF | METADATA
          """)
  void theFirstThatIsServedCounts(String header, Format format, Accept.View view) {
    Accept accept = Accept.of(List.of(header), false, true);
    assertThat(accept.format()).isEqualTo(format);
    assertThat(accept.view()).isEqualTo(view);
  }

  @Test
  void aWatchIsNoYaml() {
    assertThat(Accept.of(List.of("application/yaml,application/json"), true, true).format())
        .isEqualTo(Format.JSON);
    assertThatThrownBy(() -> Accept.of(List.of("application/yaml"), true, true))
        .hasMessageContaining("application/json;stream=watch");
  }
}
