package dev.navarch.node.volumes;

import dev.navarch.client.Objects;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;

/// What stands beside a mounted CSI volume (`vol_data.json`), so that the next agent can take it
/// away again without asking anybody.
///
/// @param volumeName of the PersistentVolume, or of the pod's own volume
/// @param lifecycleMode `Persistent` or `Ephemeral`
record CsiVolumeData(
    String driver, String handle, String volumeName, String lifecycleMode, boolean block) {
  static final String FILE = "vol_data.json";

  static Optional<CsiVolumeData> read(Path folder) throws IOException {
    Path file = folder.resolve(FILE);
    if (!Files.exists(file)) {
      return Optional.empty();
    }
    var tree = Objects.document(Files.readAllBytes(file));
    return Optional.of(
        new CsiVolumeData(
            tree.path("driverName").asString(""),
            tree.path("volumeHandle").asString(""),
            tree.path("specVolID").asString(""),
            tree.path("volumeLifecycleMode").asString("Persistent"),
            tree.path("block").asString("").equals("true")));
  }

  void write(Path folder) throws IOException {
    Files.createDirectories(folder);
    Map<String, String> entries = new TreeMap<>();
    entries.put("driverName", driver);
    entries.put("volumeHandle", handle);
    entries.put("specVolID", volumeName);
    entries.put("volumeLifecycleMode", lifecycleMode);
    entries.put("block", String.valueOf(block));
    Path written = folder.resolve(FILE + ".new");
    Files.write(written, Objects.write(entries));
    Files.move(written, folder.resolve(FILE), StandardCopyOption.ATOMIC_MOVE);
  }

  static String sha256(String text) {
    try {
      byte[] digest =
          MessageDigest.getInstance("SHA-256").digest(text.getBytes(StandardCharsets.UTF_8));
      return HexFormat.of().formatHex(digest);
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException(e);
    }
  }
}
