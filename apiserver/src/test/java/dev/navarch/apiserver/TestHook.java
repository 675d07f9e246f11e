package dev.navarch.apiserver;

import com.sun.net.httpserver.HttpsConfigurator;
import com.sun.net.httpserver.HttpsServer;
import dev.navarch.api.Json;
import dev.navarch.apiserver.auth.CertificateAuthority;
import dev.navarch.apiserver.auth.Pem;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.security.KeyStore;
import java.security.SecureRandom;
import java.security.cert.Certificate;
import java.time.InstantSource;
import java.util.Base64;
import java.util.List;
import java.util.concurrent.Executors;
import java.util.function.UnaryOperator;
import javax.net.ssl.KeyManagerFactory;
import javax.net.ssl.SSLContext;
import tools.jackson.databind.node.ObjectNode;

/// A webhook: a real HTTPS server that answers each document with what the test makes of it.
final class TestHook implements AutoCloseable {
  private final HttpsServer server;
  private final CertificateAuthority authority;

  private TestHook(HttpsServer server, CertificateAuthority authority) {
    this.server = server;
    this.authority = authority;
  }

  static TestHook start(UnaryOperator<ObjectNode> answer) throws Exception {
    CertificateAuthority authority = CertificateAuthority.create("hooks", InstantSource.system());
    CertificateAuthority.Identity identity =
        authority.issue(new CertificateAuthority.Request("hook", List.of(), List.of("127.0.0.1")));
    char[] none = new char[0];
    KeyStore own = KeyStore.getInstance("PKCS12");
    own.load(null, none);
    own.setKeyEntry("hook", identity.key(), none, new Certificate[] {identity.certificate()});
    KeyManagerFactory keys = KeyManagerFactory.getInstance("PKIX");
    keys.init(own, none);
    SSLContext tls = SSLContext.getInstance("TLS");
    tls.init(keys.getKeyManagers(), null, new SecureRandom());
    HttpsServer server =
        HttpsServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
    server.setHttpsConfigurator(new HttpsConfigurator(tls));
    server.setExecutor(Executors.newVirtualThreadPerTaskExecutor());
    server.createContext(
        "/",
        exchange -> {
          byte[] body =
              Json.bytes(answer.apply(Json.parse(exchange.getRequestBody().readAllBytes())));
          exchange.getResponseHeaders().add("Content-Type", "application/json");
          exchange.sendResponseHeaders(200, body.length);
          try (OutputStream out = exchange.getResponseBody()) {
            out.write(body);
          }
        });
    server.start();
    return new TestHook(server, authority);
  }

  /// `{'url':…,'caBundle':…}` for this server.
  String clientConfig() {
    return "{'url':'%s','caBundle':'%s'}"
        .formatted(
            url(),
            Base64.getEncoder()
                .encodeToString(Pem.of(authority.certificate()).getBytes(StandardCharsets.UTF_8)));
  }

  String url() {
    return "https://127.0.0.1:" + server.getAddress().getPort() + "/hook";
  }

  @Override
  public void close() {
    server.stop(0);
  }
}
