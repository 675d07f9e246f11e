package dev.navarch.client;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/// A kubeconfig file as a client reads it: which server a context names, and who is calling. What
/// Navarch cannot do (credential plugins, proxies) is refused by name rather than ignored.
public final class Kubeconfig {
  private static final List<String> UNSUPPORTED_USER =
      List.of("exec", "auth-provider", "username", "password", "as", "as-groups");
  private static final List<String> UNSUPPORTED_CLUSTER = List.of("proxy-url", "tls-server-name");

  private final Path file;
  private final Map<String, Object> document;

  private Kubeconfig(Path file, Map<String, Object> document) {
    this.file = file;
    this.document = document;
  }

  public static Kubeconfig read(Path file) {
    return new Kubeconfig(file.toAbsolutePath(), Kubeconfigs.load(file));
  }

  /// The context that is used when none is named.
  public Optional<String> currentContext() {
    return text(document, "current-context");
  }

  /// How to reach the current context's server.
  public ServerAccess access() {
    return access(currentContext().orElseThrow(() -> broken("it has no current-context")));
  }

  public ServerAccess access(String contextName) {
    Map<?, ?> context = named("contexts", contextName, "context");
    String clusterName =
        text(context, "cluster")
            .orElseThrow(() -> broken("context " + contextName + " has no cluster"));
    Map<?, ?> cluster = named("clusters", clusterName, "cluster");
    Map<?, ?> user =
        text(context, "user").<Map<?, ?>>map(name -> named("users", name, "user")).orElse(Map.of());
    refuse(cluster, "cluster", UNSUPPORTED_CLUSTER);
    refuse(user, "user", UNSUPPORTED_USER);
    String server =
        text(cluster, "server")
            .orElseThrow(() -> broken("cluster " + clusterName + " has no server"));
    return new ServerAccess(
        URI.create(server),
        bytes(cluster, "certificate-authority"),
        bytes(user, "client-certificate"),
        bytes(user, "client-key"),
        text(user, "token").orElse(null),
        text(user, "tokenFile").map(this::resolve).orElse(null),
        Boolean.TRUE.equals(cluster.get("insecure-skip-tls-verify")));
  }

  private Map<?, ?> named(String list, String name, String what) {
    return Kubeconfigs.entries(document, list).stream()
        .filter(entry -> name.equals(entry.get("name")))
        .map(entry -> entry.get(what))
        .filter(Map.class::isInstance)
        .<Map<?, ?>>map(found -> (Map<?, ?>) found)
        .findFirst()
        .orElseThrow(() -> broken("it has no %s named \"%s\"".formatted(what, name)));
  }

  private void refuse(Map<?, ?> section, String where, List<String> names) {
    for (String name : names) {
      if (section.containsKey(name)) {
        throw broken("%s uses %s, which is not supported".formatted(where, name));
      }
    }
  }

  /// The content of `name-data`, or of the file that `name` leads to.
  private byte @Nullable [] bytes(Map<?, ?> section, String name) {
    Optional<String> data = text(section, name + "-data");
    if (data.isPresent()) {
      return Base64.getMimeDecoder().decode(data.get());
    }
    Optional<String> path = text(section, name);
    if (path.isEmpty()) {
      return null;
    }
    try {
      return Files.readAllBytes(resolve(path.get()));
    } catch (IOException e) {
      throw new UncheckedIOException("%s: cannot read its %s".formatted(file, name), e);
    }
  }

  private Path resolve(String path) {
    return file.resolveSibling(path);
  }

  private static Optional<String> text(Map<?, ?> section, String name) {
    return section.get(name) instanceof String text && !text.isEmpty()
        ? Optional.of(text)
        : Optional.empty();
  }

  private IllegalArgumentException broken(String why) {
    return new IllegalArgumentException("kubeconfig %s: %s".formatted(file, why));
  }
}
