package dev.navarch.node.runtime;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;

class PauseProgramTest {
  @TempDir Path folder;

  @Test
  @EnabledOnOs(
      value = OS.LINUX,
      architectures = {"amd64", "aarch64"})
  void runsUntilItIsKilledAndIgnoresItsChildren() throws Exception {
    Path program = folder.resolve("pause");
    Files.write(program, PauseProgram.elf(new OciArchive("x:1").architecture()));
    Files.setPosixFilePermissions(program, PosixFilePermissions.fromString("rwx------"));

    Process process = new ProcessBuilder(program.toString()).start();
    try {
      assertThat(process.waitFor(300, TimeUnit.MILLISECONDS)).isFalse();
      String status = Files.readString(Path.of("/proc", "" + process.pid(), "status"));
      long ignored =
          Long.parseUnsignedLong(
              status
                  .lines()
                  .filter(l -> l.startsWith("SigIgn:"))
                  .findFirst()
                  .orElseThrow()
                  .substring(7)
                  .strip(),
              16);
      assertThat(ignored >> 16 & 1).as("SIGCHLD is ignored").isEqualTo(1);
    } finally {
      process.destroyForcibly();
    }
    assertThat(process.waitFor()).isEqualTo(128 + 9);
  }

  @Test
  void namesTheArchitecturesThatItKnows() {
    assertThatThrownBy(() -> PauseProgram.elf("riscv64"))
        .hasMessageContaining("riscv64")
        .hasMessageContaining("amd64 and arm64");
  }
}
