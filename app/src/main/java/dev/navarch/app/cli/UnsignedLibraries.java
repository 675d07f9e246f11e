package dev.navarch.app.cli;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.List;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import java.util.zip.ZipEntry;
import java.util.zip.ZipFile;
import java.util.zip.ZipOutputStream;

/// The JVM keeps no classes of a jar that is signed, and checks each of them whenever it is read.
/// So the copies of libraries that a build has made lose their signatures; Maven has checked what
/// it fetched.
final class UnsignedLibraries {
  private static final Pattern SIGNATURE = Pattern.compile("META-INF/[^/]+\\.(SF|RSA|DSA|EC)");

  private UnsignedLibraries() {}

  static void in(Path folder) throws IOException {
    List<Path> jars;
    try (Stream<Path> files = Files.list(folder)) {
      jars = files.filter(file -> file.toString().endsWith(".jar")).toList();
    }
    for (Path jar : jars) {
      if (isSigned(jar)) {
        Path copy = Files.createTempFile(folder, "unsigned", ".part");
        copy(jar, copy);
        // Another file: whoever has the old one open goes on reading that.
        Files.move(copy, jar, StandardCopyOption.ATOMIC_MOVE);
      }
    }
  }

  private static boolean isSigned(Path jar) throws IOException {
    try (ZipFile zip = new ZipFile(jar.toFile())) {
      return zip.stream().anyMatch(UnsignedLibraries::isSignature);
    }
  }

  private static boolean isSignature(ZipEntry entry) {
    return SIGNATURE.matcher(entry.getName()).matches();
  }

  private static void copy(Path jar, Path to) throws IOException {
    try (ZipFile zip = new ZipFile(jar.toFile());
        OutputStream file = Files.newOutputStream(to);
        ZipOutputStream out = new ZipOutputStream(file)) {
      for (ZipEntry entry : zip.stream().toList()) {
        if (!isSignature(entry)) {
          ZipEntry copied = new ZipEntry(entry.getName());
          copied.setTime(entry.getTime());
          out.putNextEntry(copied);
          try (InputStream in = zip.getInputStream(entry)) {
            in.transferTo(out);
          }
          out.closeEntry();
        }
      }
    }
  }
}
