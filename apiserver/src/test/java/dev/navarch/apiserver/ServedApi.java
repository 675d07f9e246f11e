package dev.navarch.apiserver;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.navarch.api.Json;
import dev.navarch.apiserver.auth.Pem;
import dev.navarch.http.ClientCall;
import dev.navarch.http.SocketConnection;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.security.SecureRandom;
import java.security.cert.Certificate;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import javax.net.ssl.KeyManagerFactory;
import javax.net.ssl.SSLContext;
import javax.net.ssl.TrustManagerFactory;
import tools.jackson.databind.JsonNode;

/// A whole API server in this process, and clients that ask it over HTTPS: an administrator, nobody
/// known, or whoever a certificate of the cluster names.
public final class ServedApi implements AutoCloseable {
  private final ApiServer server;
  private final HttpClient admin;
  private final HttpClient anonymous;

  private ServedApi(ApiServer server) {
    this.server = server;
    this.admin = HttpClient.newBuilder().sslContext(tls("admin")).build();
    // Of an HTTP/2 connection, nobody known gets only one request.
    this.anonymous =
        HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).sslContext(tls("")).build();
  }

  public static ServedApi in(Path folder) throws InterruptedException {
    return of(ApiServerConfig.of(folder, "127.0.0.1", 0, "192.0.2.10"));
  }

  static ServedApi of(ApiServerConfig config) throws InterruptedException {
    return new ServedApi(ApiServer.start(config));
  }

  /// What a client is told.
  public record Answer(int status, String text, Map<String, List<String>> headers) {
    public JsonNode json() {
      return Json.parse(text.getBytes(UTF_8));
    }

    public String message() {
      return json().path("message").asString("");
    }
  }

  public ApiServer server() {
    return server;
  }

  public HttpClient admin() {
    return admin;
  }

  public HttpClient anonymous() {
    return anonymous;
  }

  public Answer send(
      HttpClient client, String method, String path, String body, String... headers) {
    List<String> all = new ArrayList<>();
    if (!List.of(headers).contains("Content-Type")) {
      all.addAll(List.of("Content-Type", "application/json"));
    }
    all.addAll(List.of(headers));
    var request =
        HttpRequest.newBuilder(URI.create("https://127.0.0.1:" + server.port() + path))
            .method(method, BodyPublishers.ofString(body))
            .headers(all.toArray(String[]::new));
    try {
      HttpResponse<String> answer = client.send(request.build(), BodyHandlers.ofString());
      return new Answer(answer.statusCode(), answer.body(), answer.headers().map());
    } catch (IOException e) {
      throw new java.io.UncheckedIOException(e);
    } catch (InterruptedException e) {
      throw new IllegalStateException(e);
    }
  }

  public Answer get(String path, String... headers) {
    return send(admin, "GET", path, "", headers);
  }

  /// @param body single quotes stand for double ones
  public Answer send(String method, String path, String body, String... headers) {
    return send(admin, method, path, body.replace('\'', '"'), headers);
  }

  /// Defines a custom kind, and returns when it is served.
  ///
  /// @param schema further fields of its schema, with a comma before them
  public void define(String plural, String group, String scope, String schema) {
    String kind = plural.substring(0, 1).toUpperCase(Locale.ROOT) + plural.substring(1);
    Answer defined =
        send(
            "POST",
            "/apis/apiextensions.k8s.io/v1/customresourcedefinitions",
            ("{'metadata':{'name':'%1$s.%2$s'},'spec':{'group':'%2$s','scope':'%3$s','names':"
                    + "{'plural':'%1$s','kind':'%4$s'},'versions':[{'name':'v1','served':true,"
                    + "'storage':true,'schema':{'openAPIV3Schema':{'type':'object'%5$s}}}]}}")
                .formatted(plural, group, scope, kind, schema));
    assertThat(defined.status()).as(defined.text()).isEqualTo(201);
    await().until(() -> get("/apis/" + group + "/v1/" + plural).status() == 200);
  }

  /// One request as it is on the wire, with headers that clients keep to themselves.
  public ClientCall raw(String identity, String method, String path, String... headers)
      throws IOException {
    Map<String, List<String>> all = new LinkedHashMap<>(Map.of("Host", List.of("x")));
    for (int i = 0; i < headers.length; i += 2) {
      all.put(headers[i], List.of(headers[i + 1]));
    }
    var socket =
        new SocketConnection(
            tls(identity).getSocketFactory().createSocket("127.0.0.1", server.port()));
    return ClientCall.send(socket, method, path, all, new byte[0]);
  }

  /// @param identity a certificate of the control plane, as `admin`; empty for none
  public SSLContext tls(String identity) {
    char[] none = new char[0];
    try {
      KeyStore trusted = KeyStore.getInstance("PKCS12");
      trusted.load(null, none);
      trusted.setCertificateEntry("ca", server.pki().authority().certificate());
      TrustManagerFactory trust = TrustManagerFactory.getInstance("PKIX");
      trust.init(trusted);
      KeyStore own = KeyStore.getInstance("PKCS12");
      own.load(null, none);
      if (!identity.isEmpty()) {
        own.setKeyEntry(
            "own",
            Pem.readPrivateKey(server.pki().key(identity)),
            none,
            new Certificate[] {Pem.readCertificate(server.pki().certificate(identity))});
      }
      KeyManagerFactory keys = KeyManagerFactory.getInstance("PKIX");
      keys.init(own, none);
      SSLContext tls = SSLContext.getInstance("TLS");
      tls.init(keys.getKeyManagers(), trust.getTrustManagers(), new SecureRandom());
      return tls;
    } catch (GeneralSecurityException | IOException e) {
      throw new IllegalStateException(e);
    }
  }

  @Override
  public void close() {
    admin.close();
    anonymous.close();
    server.close();
  }
}
