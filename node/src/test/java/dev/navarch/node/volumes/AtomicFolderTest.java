package dev.navarch.node.volumes;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class AtomicFolderTest {
  private static final Instant NOW = Instant.parse("2026-01-01T00:00:00Z");
  @TempDir private Path dir;

  @Test
  void swapsAllFilesAtOnce() throws IOException {
    var folder = new AtomicFolder(dir);
    folder.write(Map.of("a", text("1"), "sub/b", text("2")), null, NOW);
    assertThat(dir.resolve("a")).isSymbolicLink().hasContent("1");
    assertThat(dir.resolve("sub/b")).hasContent("2");
    Path before = Files.readSymbolicLink(dir.resolve("..data"));
    folder.write(Map.of("a", text("3")), null, NOW.plusSeconds(1));
    assertThat(dir.resolve("a")).hasContent("3");
    assertThat(dir.resolve("sub")).doesNotExist();
    assertThat(dir.resolve(before)).doesNotExist();
  }

  @Test
  void leavesEqualContentAlone() throws IOException {
    var folder = new AtomicFolder(dir);
    folder.write(Map.of("a", text("1")), null, NOW);
    Path before = Files.readSymbolicLink(dir.resolve("..data"));
    folder.write(Map.of("a", text("1")), null, NOW.plusSeconds(1));
    assertThat(Files.readSymbolicLink(dir.resolve("..data"))).isEqualTo(before);
  }

  @ParameterizedTest
  @ValueSource(strings = {"../a", "/a", "a/../../b", "..data", ""})
  void staysInItsFolder(String name) {
    assertThatThrownBy(() -> new AtomicFolder(dir).write(Map.of(name, text("x")), null, NOW))
        .isInstanceOf(VolumeException.class)
        .hasMessageContaining("must stay in the volume");
  }

  @ParameterizedTest
  @ValueSource(strings = {"../precious", "/precious", "..", "."})
  void deletesNothingOutsideWhateverItsLinkSays(String target) throws IOException {
    Path precious = Files.createDirectories(dir.resolve("precious"));
    Files.writeString(precious.resolve("file"), "kept");
    Path volume = Files.createDirectories(dir.resolve("volume"));
    Path link = target.startsWith("/") ? precious : Path.of(target);
    Files.createSymbolicLink(volume.resolve("..data"), link);
    new AtomicFolder(volume).write(Map.of("a", text("1")), null, NOW);
    assertThat(precious.resolve("file")).hasContent("kept");
    assertThat(volume.resolve("a")).hasContent("1");
  }

  private static Content text(String text) {
    return new Content(text.getBytes(StandardCharsets.UTF_8), 0644, null);
  }
}
