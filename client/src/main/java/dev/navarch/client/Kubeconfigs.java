package dev.navarch.client;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.Base64;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.snakeyaml.engine.v2.api.Dump;
import org.snakeyaml.engine.v2.api.DumpSettings;
import org.snakeyaml.engine.v2.api.Load;
import org.snakeyaml.engine.v2.api.LoadSettings;
import org.snakeyaml.engine.v2.common.FlowStyle;
import org.snakeyaml.engine.v2.exceptions.YamlEngineException;

/// Puts a cluster into a user's kubeconfig and takes it out again, as context, cluster and user of
/// one name. What else the file holds stays; the file is replaced at once, readable by its owner
/// alone.
public final class Kubeconfigs {
  private static final String OWNER_ONLY = "rw-------";

  private Kubeconfigs() {}

  /// Adds or replaces the context `name`, and makes it the current one.
  public static void merge(Path file, String name, ServerAccess access) {
    Map<String, Object> document = Files.exists(file) ? load(file) : new LinkedHashMap<>();
    document.putIfAbsent("apiVersion", "v1");
    document.putIfAbsent("kind", "Config");
    document.putIfAbsent("preferences", new LinkedHashMap<>());
    put(document, "clusters", name, "cluster", cluster(access));
    put(document, "users", name, "user", user(access));
    put(document, "contexts", name, "context", Map.of("cluster", name, "user", name));
    document.put("current-context", name);
    save(file, document);
  }

  /// Removes the context `name` with its cluster and user. Without it, nothing changes.
  public static void remove(Path file, String name) {
    if (!Files.exists(file)) {
      return;
    }
    Map<String, Object> document = load(file);
    boolean found = false;
    for (String list : List.of("clusters", "users", "contexts")) {
      List<Map<?, ?>> entries = entries(document, list);
      found |= entries.removeIf(entry -> name.equals(entry.get("name")));
      document.put(list, entries);
    }
    if (found) {
      document.computeIfPresent(
          "current-context", (key, current) -> name.equals(current) ? "" : current);
      save(file, document);
    }
  }

  /// A kubeconfig with this one context, as text.
  public static String text(String name, ServerAccess access) {
    Map<String, Object> document = new LinkedHashMap<>();
    document.put("apiVersion", "v1");
    document.put("kind", "Config");
    put(document, "clusters", name, "cluster", cluster(access));
    put(document, "users", name, "user", user(access));
    put(document, "contexts", name, "context", Map.of("cluster", name, "user", name));
    document.put("current-context", name);
    return dump(document);
  }

  static Map<String, Object> load(Path file) {
    try {
      Object found =
          new Load(LoadSettings.builder().setLabel(file.toString()).build())
              .loadFromString(Files.readString(file));
      Map<String, Object> document = new LinkedHashMap<>();
      switch (found) {
        case null -> {}
        case Map<?, ?> map -> map.forEach((key, value) -> document.put(String.valueOf(key), value));
        default ->
            throw new IllegalArgumentException(
                "kubeconfig %s: expected a mapping, found %s"
                    .formatted(file, found.getClass().getSimpleName()));
      }
      return document;
    } catch (YamlEngineException e) {
      throw new IllegalArgumentException("kubeconfig %s: %s".formatted(file, e.getMessage()), e);
    } catch (IOException e) {
      throw new UncheckedIOException("kubeconfig %s cannot be read".formatted(file), e);
    }
  }

  /// A list's entries, as a list that may be changed.
  static List<Map<?, ?>> entries(Map<String, Object> document, String list) {
    List<Map<?, ?>> entries = new ArrayList<>();
    if (document.get(list) instanceof List<?> found) {
      for (Object entry : found) {
        if (entry instanceof Map<?, ?> map) {
          entries.add(map);
        }
      }
    }
    return entries;
  }

  private static void put(
      Map<String, Object> document, String list, String name, String what, Object value) {
    List<Map<?, ?>> entries = entries(document, list);
    entries.removeIf(entry -> name.equals(entry.get("name")));
    Map<String, Object> entry = new LinkedHashMap<>();
    entry.put(what, value);
    entry.put("name", name);
    entries.add(entry);
    document.put(list, entries);
  }

  private static Map<String, Object> cluster(ServerAccess access) {
    Map<String, Object> cluster = new LinkedHashMap<>();
    putData(cluster, "certificate-authority-data", access.authority());
    if (access.insecure()) {
      cluster.put("insecure-skip-tls-verify", true);
    }
    cluster.put("server", access.server().toString());
    return cluster;
  }

  private static Map<String, Object> user(ServerAccess access) {
    Map<String, Object> user = new LinkedHashMap<>();
    putData(user, "client-certificate-data", access.certificate());
    byte[] key = access.key();
    byte[] certificate = access.certificate();
    putData(
        user,
        "client-key-data",
        key == null || certificate == null ? key : PrivateKeys.labelled(key, certificate));
    if (access.token() != null) {
      user.put("token", access.token());
    }
    if (access.tokenFile() != null) {
      user.put("tokenFile", access.tokenFile().toString());
    }
    return user;
  }

  private static void putData(Map<String, Object> section, String name, byte @Nullable [] data) {
    if (data != null) {
      section.put(name, Base64.getEncoder().encodeToString(data));
    }
  }

  private static String dump(Map<String, Object> document) {
    var settings =
        DumpSettings.builder()
            .setDefaultFlowStyle(FlowStyle.BLOCK)
            .setWidth(Integer.MAX_VALUE)
            .setSplitLines(false)
            .build();
    return new Dump(settings).dumpToString(document);
  }

  private static void save(Path file, Map<String, Object> document) {
    try {
      Path target = Files.exists(file) ? file.toRealPath() : file.toAbsolutePath();
      Path folder = target.getParent();
      if (folder == null) {
        throw new IOException("it has no folder");
      }
      Files.createDirectories(folder);
      var permissions =
          PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString(OWNER_ONLY));
      Path fresh = Files.createTempFile(folder, ".kubeconfig-", ".tmp", permissions);
      try {
        Files.write(fresh, dump(document).getBytes(StandardCharsets.UTF_8));
        if (Files.exists(target)) {
          keepOwner(target, fresh);
        }
        Files.move(
            fresh, target, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
      } finally {
        Files.deleteIfExists(fresh);
      }
    } catch (IOException e) {
      throw new UncheckedIOException("kubeconfig %s cannot be written".formatted(file), e);
    }
  }

  /// Root may write into another user's file, who then still has to own it.
  private static void keepOwner(Path from, Path to) throws IOException {
    var owner = Files.getOwner(from);
    if (!owner.equals(Files.getOwner(to))) {
      Files.setOwner(to, owner);
    }
  }
}
