package dev.navarch.app.local;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ClusterSpecTest {
  @TempDir Path folder;

  private static final ClusterSpec SPEC =
      new ClusterSpec(
          ClusterSpec.FORMAT,
          "east",
          List.of(1, 3),
          0,
          6443,
          "10.140.0.0/24",
          "10.40.0.0/16",
          "10.96.0.0/16",
          true);

  @Test
  void comesBackAsItWasSaved() {
    SPEC.save(folder);

    assertThat(ClusterSpec.load(folder)).contains(SPEC);
  }

  @Test
  void placesEveryNodeByItsNumber() {
    List<NodePlace> places = SPEC.places(Layout.of("east", folder));

    assertThat(places).extracting(NodePlace::name).containsExactly("master", "node1", "node3");
    assertThat(places)
        .extracting(NodePlace::address)
        .containsExactly("10.140.0.10", "10.140.0.11", "10.140.0.13");
    assertThat(places)
        .extracting(NodePlace::podRange)
        .containsExactly("10.40.0.0/24", "10.40.1.0/24", "10.40.3.0/24");
    assertThat(places).extracting(NodePlace::netns).contains("east-node3");
  }

  @Test
  void anotherVersionsFileIsRefusedByName() throws IOException {
    SPEC.save(folder);
    Path file = folder.resolve("cluster.json");
    Files.writeString(
        file, Files.readString(file).replaceFirst("\"format\" : 1", "\"format\" : 7"));

    assertThatThrownBy(() -> ClusterSpec.load(folder))
        .isInstanceOf(UserError.class)
        .hasMessageContaining("its format is 7, this version reads 1");
  }

  @Test
  void aBrokenFileIsRefusedByName() throws IOException {
    Files.writeString(folder.resolve("cluster.json"), "{");

    assertThatThrownBy(() -> ClusterSpec.load(folder))
        .isInstanceOf(UserError.class)
        .hasMessageContaining("cluster.json cannot be read");
  }

  @Test
  void longNamesStillGiveALinkNameThatTheKernelTakes() {
    assertThat(Switchboard.linkName("navarch")).isEqualTo("navarch0");
    assertThat(Switchboard.linkName("a-very-long-cluster-name")).hasSizeLessThan(16);
  }
}
