package dev.navarch.node.runtime;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.TreeSet;
import org.apache.commons.compress.archivers.tar.TarArchiveEntry;
import org.apache.commons.compress.archivers.tar.TarArchiveOutputStream;
import org.apache.commons.compress.archivers.tar.TarConstants;
import tools.jackson.databind.json.JsonMapper;

/// Makes a container image of one layer as an OCI archive, which `ctr images import` and `navarch
/// image load` take. The same input gives the same bytes.
public final class OciArchive {
  private static final JsonMapper JSON = new JsonMapper();
  private static final int EXECUTABLE = 0755;
  private static final int PLAIN = 0644;

  private final String name;
  private final String architecture;
  private final Map<String, Entry> entries = new TreeMap<>();
  private final Map<String, Object> config = new LinkedHashMap<>();

  private sealed interface Entry {
    record File(byte[] content, int mode) implements Entry {}

    record Link(String target) implements Entry {}

    record Folder(int mode) implements Entry {}
  }

  /// @param name as pods call it: `navarch.dev/pause:1`
  public OciArchive(String name) {
    this.name = name;
    this.architecture =
        switch (System.getProperty("os.arch")) {
          case "aarch64" -> "arm64";
          default -> "amd64";
        };
  }

  public String architecture() {
    return architecture;
  }

  public OciArchive file(String path, byte[] content, boolean executable) {
    entries.put(path, new Entry.File(content, executable ? EXECUTABLE : PLAIN));
    return this;
  }

  public OciArchive link(String path, String target) {
    entries.put(path, new Entry.Link(target));
    return this;
  }

  public OciArchive folder(String path, int mode) {
    entries.put(path, new Entry.Folder(mode));
    return this;
  }

  /// Sets the program; as in a Dockerfile, arguments that were set before are gone.
  public OciArchive entrypoint(String... words) {
    config.remove("Cmd");
    config.put("Entrypoint", List.of(words));
    return this;
  }

  public OciArchive command(String... words) {
    config.put("Cmd", List.of(words));
    return this;
  }

  public OciArchive user(String user) {
    config.put("User", user);
    return this;
  }

  /// Writes the archive.
  public void write(Path target) {
    try (OutputStream out = Files.newOutputStream(target)) {
      out.write(bytes());
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  byte[] bytes() {
    byte[] layer = layer();
    config.putIfAbsent(
        "Env", List.of("PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"));
    byte[] imageConfig =
        JSON.writeValueAsBytes(
            ordered(
                "architecture",
                architecture,
                "os",
                "linux",
                "config",
                config,
                "rootfs",
                ordered("type", "layers", "diff_ids", List.of(digest(layer)))));
    byte[] manifest =
        JSON.writeValueAsBytes(
            ordered(
                "schemaVersion",
                2,
                "mediaType",
                "application/vnd.oci.image.manifest.v1+json",
                "config",
                descriptor("application/vnd.oci.image.config.v1+json", imageConfig),
                "layers",
                List.of(descriptor("application/vnd.oci.image.layer.v1.tar", layer))));
    Map<String, Object> top = descriptor("application/vnd.oci.image.manifest.v1+json", manifest);
    top.put("platform", ordered("architecture", architecture, "os", "linux"));
    top.put(
        "annotations",
        ordered(
            "io.containerd.image.name",
            name,
            "org.opencontainers.image.ref.name",
            name.substring(name.lastIndexOf(':') + 1)));
    Map<String, Entry> files = new LinkedHashMap<>();
    files.put("oci-layout", plain("{\"imageLayoutVersion\":\"1.0.0\"}".getBytes(UTF_8)));
    files.put(
        "index.json",
        plain(JSON.writeValueAsBytes(ordered("schemaVersion", 2, "manifests", List.of(top)))));
    for (byte[] blob : List.of(layer, imageConfig, manifest)) {
      files.put("blobs/sha256/" + digest(blob).substring("sha256:".length()), plain(blob));
    }
    return tar(files);
  }

  private static final java.nio.charset.Charset UTF_8 = StandardCharsets.UTF_8;

  private static Entry plain(byte[] content) {
    return new Entry.File(content, PLAIN);
  }

  private byte[] layer() {
    Map<String, Entry> all = new TreeMap<>(entries);
    for (String path : new TreeSet<>(entries.keySet())) {
      for (int at = path.indexOf('/'); at > 0; at = path.indexOf('/', at + 1)) {
        all.putIfAbsent(path.substring(0, at), new Entry.Folder(EXECUTABLE));
      }
    }
    return tar(all);
  }

  private static byte[] tar(Map<String, Entry> files) {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    try (TarArchiveOutputStream tar = new TarArchiveOutputStream(bytes)) {
      tar.setLongFileMode(TarArchiveOutputStream.LONGFILE_POSIX);
      for (Map.Entry<String, Entry> each : files.entrySet()) {
        switch (each.getValue()) {
          case Entry.File(byte[] content, int mode) -> {
            TarArchiveEntry entry = new TarArchiveEntry(each.getKey());
            entry.setSize(content.length);
            entry.setMode(mode);
            put(tar, entry, content);
          }
          case Entry.Link(String target) -> {
            TarArchiveEntry entry = new TarArchiveEntry(each.getKey(), TarConstants.LF_SYMLINK);
            entry.setLinkName(target);
            put(tar, entry, new byte[0]);
          }
          case Entry.Folder(int mode) -> {
            TarArchiveEntry entry = new TarArchiveEntry(each.getKey() + "/");
            entry.setMode(mode);
            put(tar, entry, new byte[0]);
          }
        }
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    return bytes.toByteArray();
  }

  private static void put(TarArchiveOutputStream tar, TarArchiveEntry entry, byte[] content)
      throws IOException {
    entry.setModTime(0L);
    entry.setIds(0, 0);
    tar.putArchiveEntry(entry);
    tar.write(content);
    tar.closeArchiveEntry();
  }

  private static Map<String, Object> descriptor(String mediaType, byte[] content) {
    return ordered("mediaType", mediaType, "digest", digest(content), "size", content.length);
  }

  private static Map<String, Object> ordered(Object... keysAndValues) {
    Map<String, Object> map = new LinkedHashMap<>();
    List<Object> items = new ArrayList<>(List.of(keysAndValues));
    for (int i = 0; i < items.size(); i += 2) {
      map.put((String) items.get(i), items.get(i + 1));
    }
    return map;
  }

  private static String digest(byte[] content) {
    try {
      return "sha256:"
          + HexFormat.of().formatHex(MessageDigest.getInstance("SHA-256").digest(content));
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException(e);
    }
  }
}
