package dev.navarch.node;

import dev.navarch.http.Exchange;
import dev.navarch.http.HttpServer;
import dev.navarch.http.Tls;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import org.apache.commons.compress.archivers.ArchiveEntry;
import org.apache.commons.compress.archivers.tar.TarArchiveInputStream;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/// A small image registry (OCI distribution) that gives out one archive to whoever knows its user
/// and password.
final class TestRegistry implements AutoCloseable {
  private static final String USER = "me:secret";
  private static final JsonMapper JSON = new JsonMapper();

  private final Map<String, byte[]> blobs = new ConcurrentHashMap<>();
  private final List<String> asked = new CopyOnWriteArrayList<>();
  private final String manifest;
  private final HttpServer server;

  TestRegistry(int port, Certificates certificates, Path archive) throws IOException {
    this.manifest = read(archive);
    var tls = new Tls(certificates.cert("serving"), certificates.key("serving"), Optional.empty());
    this.server =
        HttpServer.start(
            HttpServer.Settings.of("127.0.0.1", port, tls),
            this::handle,
            (exchange, error) -> exchange.respond(500, "text/plain", new byte[0]));
  }

  private String read(Path archive) throws IOException {
    String index = "";
    try (var tar = new TarArchiveInputStream(Files.newInputStream(archive))) {
      for (ArchiveEntry entry = tar.getNextEntry(); entry != null; entry = tar.getNextEntry()) {
        byte[] content = tar.readAllBytes();
        String name = entry.getName();
        if (name.equals("index.json")) {
          JsonNode first = JSON.readTree(content).path("manifests").path(0);
          index = first.path("digest").asString();
        } else if (name.startsWith("blobs/sha256/") && !entry.isDirectory()) {
          blobs.put("sha256:" + name.substring("blobs/sha256/".length()), content);
        }
      }
    }
    return index;
  }

  /// Paths that were asked for with the right password.
  List<String> asked() {
    return asked;
  }

  private void handle(Exchange exchange) {
    String wanted =
        "Basic " + Base64.getEncoder().encodeToString(USER.getBytes(StandardCharsets.UTF_8));
    if (!exchange.header("Authorization").equals(Optional.of(wanted))) {
      exchange.addHeader("WWW-Authenticate", "Basic realm=\"test\"");
      exchange.respond(401, "application/json", "{}".getBytes(StandardCharsets.UTF_8));
      return;
    }
    String path = exchange.path();
    asked.add(path);
    String last = path.substring(path.lastIndexOf('/') + 1);
    boolean isManifest = path.contains("/manifests/");
    String digest = isManifest && !last.startsWith("sha256:") ? manifest : last;
    byte[] content = blobs.get(digest);
    if (path.replaceFirst("/+$", "").equals("/v2")) {
      exchange.respond(200, "application/json", "{}".getBytes(StandardCharsets.UTF_8));
    } else if (content == null) {
      exchange.respond(404, "application/json", "{}".getBytes(StandardCharsets.UTF_8));
    } else {
      exchange.addHeader("Docker-Content-Digest", digest);
      String type =
          isManifest ? "application/vnd.oci.image.manifest.v1+json" : "application/octet-stream";
      exchange.respond(200, type, content);
    }
  }

  @Override
  public void close() {
    server.close();
  }
}
