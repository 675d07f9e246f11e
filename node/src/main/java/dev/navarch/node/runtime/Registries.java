package dev.navarch.node.runtime;

import dev.navarch.api.Json;
import dev.navarch.api.Yaml;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.regex.Pattern;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/// Mirrors and credentials of image registries, from a `registries.yaml` in the form of k3s, into
/// what containerd reads: a `hosts.toml` for each registry, and credentials in its configuration.
public final class Registries {
  private static final Pattern HOST =
      Pattern.compile(
          "(?:[a-zA-Z0-9][a-zA-Z0-9.-]{0,252}|\\[[0-9a-fA-F:.]{2,45}\\])(?::[0-9]{1,5})?");

  private final JsonNode mirrors;
  private final JsonNode configs;

  private Registries(ObjectNode document) {
    this.mirrors = document.path("mirrors");
    this.configs = document.path("configs");
  }

  /// @param file may be absent: then no registry is special
  public static Registries read(Path file) {
    if (!Files.exists(file)) {
      return new Registries(Json.object());
    }
    try {
      ObjectNode document = Yaml.parse(Files.readAllBytes(file));
      requireKnown(file, "", document, "mirrors", "configs");
      requireHosts(file, document);
      document
          .path("mirrors")
          .properties()
          .forEach(
              each -> requireKnown(file, "mirrors." + each.getKey(), each.getValue(), "endpoint"));
      document
          .path("configs")
          .properties()
          .forEach(
              each -> {
                String at = "configs." + each.getKey();
                requireKnown(file, at, each.getValue(), "auth", "tls");
                requireKnown(
                    file,
                    at + ".auth",
                    each.getValue().path("auth"),
                    "username",
                    "password",
                    "auth",
                    "identity_token");
                requireKnown(
                    file,
                    at + ".tls",
                    each.getValue().path("tls"),
                    "ca_file",
                    "cert_file",
                    "key_file",
                    "insecure_skip_verify");
              });
      return new Registries(document);
    } catch (IOException e) {
      throw new UncheckedIOException(file + " cannot be read", e);
    }
  }

  /// Writes one folder for each registry that has a mirror or TLS settings.
  void writeHosts(Path folder) {
    Map<String, JsonNode> registries = new TreeMap<>();
    mirrors.properties().forEach(each -> registries.put(each.getKey(), each.getValue()));
    configs.properties().forEach(each -> registries.putIfAbsent(each.getKey(), Json.object()));
    registries.forEach(
        (registry, mirror) -> {
          StringBuilder toml = new StringBuilder();
          String server = registry.equals("docker.io") ? "registry-1.docker.io" : registry;
          if (!registry.equals("*")) {
            toml.append("server = ").append(quoted("https://" + server)).append("\n");
          }
          if (mirror.path("endpoint").isEmpty() && !tls(registry).isEmpty()) {
            appendHost(toml, "https://" + registry);
          }
          mirror.path("endpoint").forEach(endpoint -> appendHost(toml, endpoint.asString()));
          write(folder.resolve(registry.equals("*") ? "_default" : registry), toml.toString());
        });
  }

  /// The credentials, as part of containerd's own configuration.
  String credentialsToml() {
    StringBuilder toml = new StringBuilder();
    configs
        .properties()
        .forEach(
            each -> {
              JsonNode auth = each.getValue().path("auth");
              if (!auth.isEmpty()) {
                toml.append(
                    "    [plugins.\"io.containerd.grpc.v1.cri\".registry.configs.%s.auth]\n"
                        .formatted(quoted(each.getKey())));
                append(toml, "username", auth.path("username"));
                append(toml, "password", auth.path("password"));
                append(toml, "auth", auth.path("auth"));
                append(toml, "identitytoken", auth.path("identity_token"));
              }
            });
    return toml.toString();
  }

  private void appendHost(StringBuilder toml, String endpoint) {
    toml.append("[host.%s]\n".formatted(quoted(endpoint)));
    toml.append("  capabilities = [\"pull\", \"resolve\"]\n");
    JsonNode tls = tls(endpoint.replaceFirst("^https?://", "").replaceFirst("/.*", ""));
    append(toml, "ca", tls.path("ca_file"));
    if (tls.has("cert_file")) {
      toml.append(
          "  client = [[%s, %s]]\n"
              .formatted(
                  quoted(tls.path("cert_file").asString()),
                  quoted(tls.path("key_file").asString(""))));
    }
    if (tls.path("insecure_skip_verify").asBoolean(false)) {
      toml.append("  skip_verify = true\n");
    }
  }

  private JsonNode tls(String host) {
    return configs.path(host).path("tls");
  }

  private static void append(StringBuilder toml, String name, JsonNode value) {
    if (!value.isMissingNode()) {
      toml.append("  %s = %s\n".formatted(name, quoted(value.asString())));
    }
  }

  private static String quoted(String text) {
    StringBuilder quoted = new StringBuilder("\"");
    for (int i = 0; i < text.length(); i++) {
      char character = text.charAt(i);
      switch (character) {
        case '"', '\\' -> quoted.append('\\').append(character);
        default -> {
          if (Character.isISOControl(character)) {
            quoted.append("\\u%04x".formatted((int) character));
          } else {
            quoted.append(character);
          }
        }
      }
    }
    return quoted.append('"').toString();
  }

  /// Registries become names of folders.
  private static void requireHosts(Path file, ObjectNode document) {
    for (String section : List.of("mirrors", "configs")) {
      for (Map.Entry<String, JsonNode> each : document.path(section).properties()) {
        String registry = each.getKey();
        if (!registry.equals("*") && !HOST.matcher(registry).matches()) {
          throw new IllegalArgumentException(
              "%s: %s: '%s' is no registry; expected HOST, HOST:PORT or '*'"
                  .formatted(file, section, registry));
        }
        for (String part : List.of("auth", "tls")) {
          for (Map.Entry<String, JsonNode> field : each.getValue().path(part).properties()) {
            if (field.getValue().isContainer() || field.getValue().isNull()) {
              throw new IllegalArgumentException(
                  "%s: %s.%s.%s.%s: expected text, found %s"
                      .formatted(file, section, registry, part, field.getKey(), field.getValue()));
            }
          }
        }
        for (JsonNode endpoint : each.getValue().path("endpoint")) {
          if (!endpoint.isString()) {
            throw new IllegalArgumentException(
                "%s: %s.%s.endpoint: expected URLs, found %s"
                    .formatted(file, section, registry, endpoint));
          }
        }
      }
    }
  }

  private static void requireKnown(Path file, String at, JsonNode node, String... known) {
    for (Map.Entry<String, JsonNode> field : node.properties()) {
      if (!List.of(known).contains(field.getKey())) {
        throw new IllegalArgumentException(
            "%s: unknown field '%s'; known there: %s"
                .formatted(
                    file,
                    at.isEmpty() ? field.getKey() : at + "." + field.getKey(),
                    String.join(", ", known)));
      }
    }
  }

  private static void write(Path folder, String toml) {
    try {
      Files.createDirectories(folder);
      Files.writeString(folder.resolve("hosts.toml"), toml);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
