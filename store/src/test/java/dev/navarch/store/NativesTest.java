package dev.navarch.store;

import static org.assertj.core.api.Assertions.assertThat;

import java.lang.ProcessBuilder.Redirect;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class NativesTest {
  @TempDir private Path folder;

  /// A process that is killed would leave its temporary file behind.
  @Test
  void aStoreOpensWithoutATemporaryFile() throws Exception {
    Path log = folder.resolve("log");
    Process opening =
        new ProcessBuilder(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "--enable-native-access=ALL-UNNAMED",
                "-Djava.io.tmpdir=" + folder.resolve("absent"),
                "-cp",
                System.getProperty("java.class.path"),
                FaultChild.class.getName(),
                folder.resolve("data").toString(),
                "1",
                "train")
            .redirectErrorStream(true)
            .redirectOutput(Redirect.to(log.toFile()))
            .start();
    assertThat(opening.waitFor()).as("see %s", log).isZero();
    assertThat(folder.resolve("data/natives")).isDirectoryRecursivelyContaining("glob:**.so");
  }
}
