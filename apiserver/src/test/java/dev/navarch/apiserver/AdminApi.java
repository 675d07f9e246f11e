package dev.navarch.apiserver;

import static java.nio.charset.StandardCharsets.UTF_8;

import dev.navarch.api.Json;
import dev.navarch.api.Yaml;
import dev.navarch.apiserver.auth.Pem;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpHeaders;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.security.SecureRandom;
import java.security.cert.Certificate;
import java.util.List;
import javax.net.ssl.KeyManagerFactory;
import javax.net.ssl.SSLContext;
import javax.net.ssl.TrustManagerFactory;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/// An API server in this process, asked over HTTPS by its administrator. Documents are YAML.
public final class AdminApi implements AutoCloseable {
  private final ApiServer server;
  private final HttpClient client;

  private AdminApi(ApiServer server, HttpClient client) {
    this.server = server;
    this.client = client;
  }

  public static AdminApi start(Path folder) throws Exception {
    return start(ApiServerConfig.of(folder, "127.0.0.1", 0, "192.0.2.10"));
  }

  public static AdminApi start(ApiServerConfig config) throws Exception {
    ApiServer server = ApiServer.start(config);
    return new AdminApi(server, HttpClient.newBuilder().sslContext(tls(server)).build());
  }

  private static SSLContext tls(ApiServer server) throws GeneralSecurityException, IOException {
    char[] none = new char[0];
    KeyStore trusted = KeyStore.getInstance("PKCS12");
    trusted.load(null, none);
    trusted.setCertificateEntry("ca", server.pki().authority().certificate());
    TrustManagerFactory trust = TrustManagerFactory.getInstance("PKIX");
    trust.init(trusted);
    KeyStore own = KeyStore.getInstance("PKCS12");
    own.load(null, none);
    own.setKeyEntry(
        "admin",
        Pem.readPrivateKey(server.pki().key("admin")),
        none,
        new Certificate[] {Pem.readCertificate(server.pki().certificate("admin"))});
    KeyManagerFactory keys = KeyManagerFactory.getInstance("PKIX");
    keys.init(own, none);
    SSLContext tls = SSLContext.getInstance("TLS");
    tls.init(keys.getKeyManagers(), trust.getTrustManagers(), new SecureRandom());
    return tls;
  }

  public ApiServer server() {
    return server;
  }

  /// An answer, with its headers.
  public record Answer(int status, ObjectNode body, HttpHeaders headers) {
    public List<String> warnings() {
      return headers.allValues("Warning");
    }

    /// Empty when it is not there.
    public String header(String name) {
      return headers.firstValue(name).orElse("");
    }

    public String message() {
      return body.path("message").asString("");
    }

    public JsonNode at(String pointer) {
      return body.at(pointer);
    }
  }

  public Answer post(String path, String yaml) {
    return send("POST", path, yaml);
  }

  public Answer send(String method, String path, String yaml, String... headers) {
    byte[] body = yaml.isEmpty() ? new byte[0] : Json.bytes(Yaml.parse(yaml.getBytes(UTF_8)));
    return send(method, path, body, headers);
  }

  /// Sends JSON as it is.
  public Answer sendRaw(String method, String path, String json) {
    return send(method, path, json.getBytes(UTF_8));
  }

  /// What a GET answers, byte for byte.
  public byte[] read(String path, String... headers) {
    return ask("GET", path, new byte[0], headers).body();
  }

  private Answer send(String method, String path, byte[] body, String... headers) {
    HttpResponse<byte[]> answer = ask(method, path, body, headers);
    byte[] document = answer.body();
    boolean isDocument = document.length > 0 && document[0] == '{';
    return new Answer(
        answer.statusCode(),
        isDocument && !path.contains("watch=true") ? Json.parse(document) : Json.object(),
        answer.headers());
  }

  private HttpResponse<byte[]> ask(String method, String path, byte[] body, String... headers) {
    HttpRequest.Builder request =
        HttpRequest.newBuilder(URI.create("https://127.0.0.1:" + server.port() + path))
            .method(method, BodyPublishers.ofByteArray(body))
            .header(
                "Content-Type",
                method.equals("PATCH") ? "application/merge-patch+json" : "application/json");
    for (int i = 0; i < headers.length; i += 2) {
      request.header(headers[i], headers[i + 1]);
    }
    try {
      return client.send(request.build(), BodyHandlers.ofByteArray());
    } catch (IOException e) {
      throw new java.io.UncheckedIOException(e);
    } catch (InterruptedException e) {
      throw new IllegalStateException(e);
    }
  }

  @Override
  public void close() {
    client.close();
    server.close();
  }
}
