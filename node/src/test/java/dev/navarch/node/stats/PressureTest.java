package dev.navarch.node.stats;

import static org.assertj.core.api.Assertions.assertThat;

import dev.navarch.api.Json;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class PressureTest {
  @Test
  void readsWhatTheKernelTells(@TempDir Path folder) throws Exception {
    Path file =
        Files.writeString(
            folder.resolve("cpu"),
            """
            some avg10=97.67 avg60=98.06 avg300=97.45 total=3566252327
            full avg10=0.00 avg60=1.00 avg300=0.50 total=7
            """);
    var told = Json.object();
    Pressure.read(file).orElseThrow().into(told);
    assertThat(told)
        .hasToString(
            "{\"psi\":{\"full\":{\"total\":7000,\"avg10\":0.0,\"avg60\":1.0,\"avg300\":0.5},"
                + "\"some\":{\"total\":3566252327000,\"avg10\":97.67,\"avg60\":98.06,"
                + "\"avg300\":97.45}}}");
  }

  @Test
  void aKernelWithoutItTellsNothing(@TempDir Path folder) {
    assertThat(Pressure.read(folder.resolve("cpu"))).isEmpty();
  }
}
