package dev.navarch.apiserver.webhooks;

import static java.nio.charset.StandardCharsets.UTF_8;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpsConfigurator;
import com.sun.net.httpserver.HttpsServer;
import dev.navarch.api.Json;
import dev.navarch.apiserver.auth.CertificateAuthority;
import dev.navarch.apiserver.auth.Pem;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.security.KeyStore;
import java.security.cert.Certificate;
import java.time.InstantSource;
import java.util.Base64;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Executors;
import java.util.function.Function;
import javax.net.ssl.KeyManagerFactory;
import javax.net.ssl.SSLContext;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/// A webhook of somebody else: a real HTTPS server with a certificate of its own authority.
final class HookServer implements AutoCloseable {
  private final SSLContext tls;
  private HttpsServer http;
  private final String bundle;
  private final CountDownLatch open = new CountDownLatch(1);
  private final List<ObjectNode> asked = new CopyOnWriteArrayList<>();
  private final List<Integer> callers = new CopyOnWriteArrayList<>();

  HookServer() throws Exception {
    CertificateAuthority authority = CertificateAuthority.create("hooks", InstantSource.system());
    CertificateAuthority.Identity identity =
        authority.issue(new CertificateAuthority.Request("hook", List.of(), List.of("127.0.0.1")));
    bundle = Base64.getEncoder().encodeToString(Pem.of(authority.certificate()).getBytes(UTF_8));
    char[] none = new char[0];
    KeyStore own = KeyStore.getInstance("PKCS12");
    own.load(null, none);
    own.setKeyEntry(
        "hook",
        identity.key(),
        none,
        new Certificate[] {identity.certificate(), authority.certificate()});
    KeyManagerFactory keys = KeyManagerFactory.getInstance("PKIX");
    keys.init(own, none);
    tls = SSLContext.getInstance("TLS");
    tls.init(keys.getKeyManagers(), null, null);
    http = serve(0);
  }

  private HttpsServer serve(int port) throws IOException {
    HttpsServer server =
        HttpsServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), port), 0);
    server.setHttpsConfigurator(new HttpsConfigurator(tls));
    server.setExecutor(Executors.newVirtualThreadPerTaskExecutor());
    server.createContext("/hang", exchange -> await());
    server.createContext(
        "/redirect",
        exchange -> {
          exchange.getResponseHeaders().add("Location", "/allow");
          exchange.sendResponseHeaders(302, -1);
          exchange.close();
        });
    server.start();
    return server;
  }

  /// Breaks all connections and starts anew at the same address, with no answers yet.
  void restart() throws IOException {
    int port = http.getAddress().getPort();
    http.stop(0);
    http = serve(port);
  }

  /// Answers at a path with a response made from the request: `allowed`, `patch` and the rest.
  void answers(String path, Function<JsonNode, ObjectNode> response) {
    http.createContext(path, exchange -> answer(exchange, response));
  }

  private void answer(HttpExchange exchange, Function<JsonNode, ObjectNode> response)
      throws IOException {
    ObjectNode review = Json.parse(exchange.getRequestBody().readAllBytes());
    JsonNode request = review.required("request");
    asked.add((ObjectNode) request);
    callers.add(exchange.getRemoteAddress().getPort());
    ObjectNode made = response.apply(request);
    if (made.has("patch")) {
      JsonNode patch = made.required("patch");
      made.put("patch", Base64.getEncoder().encodeToString(Json.bytes(patch)));
      made.put("patchType", "JSONPatch");
    }
    made.set("uid", request.required("uid"));
    ObjectNode answer =
        Json.object().put("kind", "AdmissionReview").put("apiVersion", "admission.k8s.io/v1");
    answer.set("response", made);
    byte[] bytes = Json.bytes(answer);
    exchange.sendResponseHeaders(200, bytes.length);
    exchange.getResponseBody().write(bytes);
    exchange.close();
  }

  private void await() {
    try {
      open.await();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  /// The requests that came, the last one last.
  List<ObjectNode> asked() {
    return asked;
  }

  /// The ports from which the requests came: one for each connection.
  List<Integer> callers() {
    return callers;
  }

  String clientConfig(String path) {
    return "{url: 'https://127.0.0.1:%d%s', caBundle: %s}"
        .formatted(http.getAddress().getPort(), path, bundle);
  }

  String bundle() {
    return bundle;
  }

  @Override
  public void close() {
    open.countDown();
    http.stop(0);
  }
}
