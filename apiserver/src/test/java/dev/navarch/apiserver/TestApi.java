package dev.navarch.apiserver;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.navarch.api.Json;
import dev.navarch.apiserver.auth.Pem;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Path;
import java.security.KeyStore;
import java.security.SecureRandom;
import java.security.cert.Certificate;
import java.util.ArrayList;
import java.util.List;
import javax.net.ssl.KeyManagerFactory;
import javax.net.ssl.SSLContext;
import javax.net.ssl.TrustManagerFactory;
import tools.jackson.databind.JsonNode;

/// A whole API server in this process, and its administrator over HTTPS. Bodies may be written with
/// single quotes.
final class TestApi implements AutoCloseable {
  static final String DEFINITIONS = "/apis/apiextensions.k8s.io/v1/customresourcedefinitions";
  private final ApiServer server;
  private final HttpClient admin;

  private TestApi(ApiServer server, HttpClient admin) {
    this.server = server;
    this.admin = admin;
  }

  static TestApi start(Path folder) throws Exception {
    ApiServer server = ApiServer.start(ApiServerConfig.of(folder, "127.0.0.1", 0, "192.0.2.10"));
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
    return new TestApi(server, HttpClient.newBuilder().sslContext(tls).build());
  }

  @Override
  public void close() {
    admin.close();
    server.close();
  }

  record Answer(int status, String text, List<String> warnings) {
    JsonNode json() {
      return Json.parse(text.getBytes(UTF_8));
    }

    String message() {
      return json().path("message").asString("");
    }

    String at(String pointer) {
      JsonNode found = json().at(pointer);
      return found.isValueNode() ? found.asString("") : Json.text(found);
    }
  }

  Answer send(String method, String path, String body, String... headers) throws Exception {
    List<String> all = new ArrayList<>(List.of(headers));
    if (!all.contains("Content-Type")) {
      all.addAll(List.of("Content-Type", "application/json"));
    }
    HttpResponse<String> answer =
        admin.send(
            HttpRequest.newBuilder(uri(path))
                .method(method, BodyPublishers.ofString(body.replace('\'', '"')))
                .headers(all.toArray(String[]::new))
                .build(),
            BodyHandlers.ofString());
    return new Answer(answer.statusCode(), answer.body(), answer.headers().allValues("Warning"));
  }

  private URI uri(String path) {
    return URI.create("https://127.0.0.1:" + server.port() + path);
  }

  Answer get(String path, String... headers) throws Exception {
    return send("GET", path, "", headers);
  }

  Answer patch(String path, String patch) throws Exception {
    return send("PATCH", path, patch, "Content-Type", "application/merge-patch+json");
  }

  /// The lines of a watch, as they come, until it ends.
  HttpResponse<java.util.stream.Stream<String>> watch(String path) throws Exception {
    return admin.send(HttpRequest.newBuilder(uri(path)).build(), BodyHandlers.ofLines());
  }

  /// Creates a definition and waits until its kind is served.
  void define(String definition) throws Exception {
    Answer created = send("POST", DEFINITIONS, definition);
    assertThat(created.status()).as(created.text()).isEqualTo(201);
    established(created.at("/metadata/name"));
  }

  /// Defines `{plural}.example.com` with one version.
  void define(String plural, String kind, String scope, String version) throws Exception {
    define(
        """
        {'metadata':{'name':'%s.example.com'},'spec':{'group':'example.com','scope':'%s',
        'names':{'plural':'%s','kind':'%s','shortNames':['s%s'],'categories':['c%s']},
        'versions':[{'name':'v1','served':true,'storage':true,%s}]}}"""
            .formatted(plural, scope, plural, kind, plural, plural, version));
  }

  void established(String name) {
    await()
        .untilAsserted(
            () ->
                assertThat(get(DEFINITIONS + "/" + name).text())
                    .contains("\"reason\":\"InitialNamesAccepted\""));
  }
}
