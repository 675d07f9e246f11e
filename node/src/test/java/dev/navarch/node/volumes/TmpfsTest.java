package dev.navarch.node.volumes;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

@Tag("nodes")
class TmpfsTest {
  @TempDir private Path dir;

  @Test
  void putsMemoryOntoAFolder() throws IOException {
    Path folder = Files.createDirectory(dir.resolve("folder"));
    assertThat(Mounts.isOtherFilesystem(folder)).isFalse();
    Tmpfs.KERNEL.mount(folder, Optional.of(8L << 20));
    try {
      assertThat(Files.getFileStore(folder).type()).isEqualTo("tmpfs");
      assertThat(Files.getFileStore(folder).getTotalSpace()).isEqualTo(8L << 20);
      assertThat(Mounts.isOtherFilesystem(folder)).isTrue();
      assertThat(Mounts.isMounted(folder)).isTrue();
    } finally {
      Mounts.release(folder);
    }
    assertThat(Mounts.isOtherFilesystem(folder)).isFalse();
  }

  @Test
  void aFolderThatIsNotThereIsOnNoOtherFilesystem() throws IOException {
    assertThat(Mounts.isOtherFilesystem(dir.resolve("none"))).isFalse();
  }
}
