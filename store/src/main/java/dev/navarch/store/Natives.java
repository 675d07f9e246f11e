package dev.navarch.store;

import java.io.IOException;
import java.io.InputStream;
import java.net.JarURLConnection;
import java.net.URL;
import java.net.URLConnection;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.List;
import org.rocksdb.RocksDB;
import org.rocksdb.util.Environment;

/// Unpacks RocksDB's native library once, beside the data, instead of into a temporary file at
/// every start. The folder's name is the library's checksum, so another release gets another
/// folder.
final class Natives {
  private Natives() {}

  static void load(Path folder) {
    String name = Environment.getJniLibraryFileName("rocksdb");
    URL packed = RocksDB.class.getResource("/" + name);
    if (packed == null) {
      RocksDB.loadLibrary();
      return;
    }
    try {
      RocksDB.loadLibrary(List.of(unpack(packed, folder, name).toString()));
    } catch (IOException | UnsatisfiedLinkError e) {
      RocksDB.loadLibrary();
    }
  }

  private static Path unpack(URL packed, Path folder, String name) throws IOException {
    URLConnection connection = packed.openConnection();
    long checksum = connection instanceof JarURLConnection jar ? jar.getJarEntry().getCrc() : 0;
    Path home = folder.resolve(Long.toHexString(checksum));
    Path library = home.resolve(name);
    if (!Files.exists(library)) {
      Files.createDirectories(home);
      Path fresh = Files.createTempFile(home, name, ".new");
      try (InputStream in = connection.getInputStream()) {
        Files.copy(in, fresh, StandardCopyOption.REPLACE_EXISTING);
      }
      Files.move(fresh, library, StandardCopyOption.ATOMIC_MOVE);
    }
    return home;
  }
}
