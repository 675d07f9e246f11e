package dev.navarch.node.runtime;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import com.code_intelligence.jazzer.junit.FuzzTest;
import dev.navarch.api.ApiException;
import dev.navarch.node.images.ImageName;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.stream.Stream;

/// What names registries and images.
final class RegistriesFuzzTest {

  /// A `registries.yaml` is refused with a reason, or becomes files below the folder given, and
  /// nowhere else.
  @FuzzTest
  void registries(byte[] bytes) throws IOException {
    Path folder = Files.createTempDirectory("navarch-fuzz");
    Path file = folder.resolve("registries.yaml");
    Path hosts = folder.resolve("in/hosts");
    try {
      Files.write(file, bytes);
      Registries registries = Registries.read(file);
      registries.writeHosts(hosts);
      assertThat(registries.credentialsToml()).doesNotContain("\r");
    } catch (IllegalArgumentException | ApiException refused) {
      assertThat(refused.getMessage()).isNotEmpty();
    } finally {
      try (Stream<Path> all = Files.walk(folder)) {
        all.filter(path -> !path.startsWith(folder.resolve("in")) || path.endsWith("hosts.toml"))
            .filter(Files::isRegularFile)
            .forEach(path -> assertThat(path.equals(file) || path.startsWith(hosts)).isTrue());
      }
      try (Stream<Path> all = Files.walk(folder)) {
        all.sorted(Comparator.reverseOrder()).forEach(path -> path.toFile().delete());
      }
    }
  }

  @FuzzTest
  void imageNames(byte[] bytes) {
    ImageName.parse(new String(bytes, UTF_8))
        .ifPresent(name -> assertThat(ImageName.parse(name.text())).contains(name));
  }
}
