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
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Unpacks RocksDB's native library once, beside the data, instead of into a temporary file at
/// every start. The folder's name is the library's checksum, so another release gets another
/// folder.
final class Natives {
  private static final Logger LOG = LoggerFactory.getLogger(Natives.class);

  /// What RocksDB looks for in a folder that it is given: another name than in its archive.
  private static final String LIBRARY = Environment.getJniLibraryFileName("rocksdbjni");

  private Natives() {}

  static void load(Path folder) {
    URL packed = RocksDB.class.getResource("/" + Environment.getJniLibraryFileName("rocksdb"));
    if (packed == null) {
      RocksDB.loadLibrary();
      return;
    }
    try {
      RocksDB.loadLibrary(List.of(unpack(packed, folder).toString()));
    } catch (IOException | UnsatisfiedLinkError e) {
      LOG.warn(
          "RocksDB's library cannot be loaded from {}, a temporary file is used: {}",
          folder,
          e.getMessage());
      RocksDB.loadLibrary();
    }
  }

  private static Path unpack(URL packed, Path folder) throws IOException {
    URLConnection connection = packed.openConnection();
    long checksum = connection instanceof JarURLConnection jar ? jar.getJarEntry().getCrc() : 0;
    Path home = folder.resolve(Long.toHexString(checksum));
    Path library = home.resolve(LIBRARY);
    if (!Files.exists(library)) {
      Files.createDirectories(home);
      Path fresh = Files.createTempFile(home, LIBRARY, ".new");
      try (InputStream in = connection.getInputStream()) {
        Files.copy(in, fresh, StandardCopyOption.REPLACE_EXISTING);
      }
      Files.move(fresh, library, StandardCopyOption.ATOMIC_MOVE);
    }
    return home;
  }
}
