package dev.navarch.app.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import java.util.zip.ZipEntry;
import java.util.zip.ZipFile;
import java.util.zip.ZipOutputStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class UnsignedLibrariesTest {
  @TempDir private Path folder;

  @Test
  void signedJarsLoseTheirSignaturesAndNothingElse() throws IOException {
    Path signed =
        jar("a.jar", "META-INF/MANIFEST.MF", "META-INF/A.SF", "META-INF/A.RSA", "x/Y.class");
    Path plain = jar("b.jar", "META-INF/MANIFEST.MF", "x/SF.RSA");
    byte[] before = Files.readAllBytes(plain);
    UnsignedLibraries.in(folder);
    assertThat(entries(signed)).containsExactly("META-INF/MANIFEST.MF=0", "x/Y.class=3");
    assertThat(Files.readAllBytes(plain)).isEqualTo(before);
    try (Stream<Path> files = Files.list(folder)) {
      assertThat(files).containsExactlyInAnyOrder(signed, plain);
    }
  }

  /// A jar with entries that each hold their place in the list.
  private Path jar(String name, String... entries) throws IOException {
    Path jar = folder.resolve(name);
    try (OutputStream file = Files.newOutputStream(jar);
        ZipOutputStream out = new ZipOutputStream(file)) {
      for (int i = 0; i < entries.length; i++) {
        out.putNextEntry(new ZipEntry(entries[i]));
        out.write(String.valueOf(i).getBytes(StandardCharsets.UTF_8));
        out.closeEntry();
      }
    }
    return jar;
  }

  private static List<String> entries(Path jar) throws IOException {
    try (ZipFile zip = new ZipFile(jar.toFile())) {
      List<String> entries = new ArrayList<>();
      for (ZipEntry entry : zip.stream().toList()) {
        entries.add(
            entry.getName()
                + "="
                + new String(zip.getInputStream(entry).readAllBytes(), StandardCharsets.UTF_8));
      }
      return entries;
    }
  }
}
