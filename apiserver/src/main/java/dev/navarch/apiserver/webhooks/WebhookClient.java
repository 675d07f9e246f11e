package dev.navarch.apiserver.webhooks;

import dev.navarch.api.ApiException;
import dev.navarch.api.Json;
import dev.navarch.http.ClientCall;
import dev.navarch.http.SocketConnection;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.net.ConnectException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.SocketException;
import java.net.SocketTimeoutException;
import java.net.UnknownHostException;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.security.cert.Certificate;
import java.security.cert.CertificateFactory;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLException;
import javax.net.ssl.SSLParameters;
import javax.net.ssl.SSLSocket;
import javax.net.ssl.TrustManagerFactory;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.node.ObjectNode;

/// Posts a review to a webhook over HTTPS and reads its answer, within the webhook's time. It
/// follows no redirect and shows no credentials.
public final class WebhookClient implements AutoCloseable {
  private static final int MOST_BYTES = 16 << 20;
  private static final String DEADLINE = "context deadline exceeded";
  private final ServiceResolver services;

  /// Ends calls whose time is up; its thread starts with the first call.
  private final ScheduledExecutorService deadlines =
      Executors.newSingleThreadScheduledExecutor(
          Thread.ofPlatform().daemon().name("webhook-deadlines").factory());

  /// Finds the addresses behind a Service.
  public interface ServiceResolver {
    /// @throws ApiException when there is no such service, or nothing behind it
    InetSocketAddress resolve(String namespace, String name, int port);
  }

  public WebhookClient(ServiceResolver services) {
    this.services = services;
  }

  public ObjectNode post(WebhookEndpoint endpoint, Duration timeout, ObjectNode review)
      throws WebhookFailed {
    String url = endpoint.shown() + query(endpoint) + "timeout=" + timeout.toSeconds() + "s";
    AtomicBoolean late = new AtomicBoolean();
    Socket socket = new Socket();
    ScheduledFuture<?> deadline =
        deadlines.schedule(
            () -> {
              late.set(true);
              closeQuietly(socket);
            },
            timeout.toMillis(),
            TimeUnit.MILLISECONDS);
    try (socket) {
      return exchange(endpoint, socket, timeout, Json.bytes(review));
    } catch (WebhookFailed e) {
      throw e;
    } catch (ApiException e) {
      throw new WebhookFailed("failed to call webhook: " + e.getMessage());
    } catch (IOException | GeneralSecurityException e) {
      throw new WebhookFailed(
          "failed to call webhook: Post \"%s\": %s"
              .formatted(url, late.get() ? DEADLINE : reason(e)));
    } finally {
      deadline.cancel(false);
    }
  }

  private static String query(WebhookEndpoint endpoint) {
    return endpoint.shown().contains("?") ? "&" : "?";
  }

  private ObjectNode exchange(
      WebhookEndpoint endpoint, Socket socket, Duration timeout, byte[] body)
      throws IOException, GeneralSecurityException, WebhookFailed {
    String host;
    int port;
    String target;
    InetSocketAddress address;
    switch (endpoint) {
      case WebhookEndpoint.AtUrl(var uri, _) -> {
        host = uri.getHost();
        port = uri.getPort() < 0 ? 443 : uri.getPort();
        String path = uri.getRawPath().isEmpty() ? "/" : uri.getRawPath();
        target = uri.getRawQuery() == null ? path : path + "?" + uri.getRawQuery();
        address = new InetSocketAddress(InetAddress.getByName(host), port);
      }
      case WebhookEndpoint.AtService service -> {
        host = service.host();
        port = service.port();
        target = service.path();
        address = services.resolve(service.namespace(), service.name(), service.port());
      }
    }
    socket.connect(address, (int) timeout.toMillis());
    SSLSocket tls =
        (SSLSocket)
            trusting(endpoint.caBundle()).getSocketFactory().createSocket(socket, host, port, true);
    SSLParameters parameters = tls.getSSLParameters();
    parameters.setEndpointIdentificationAlgorithm("HTTPS");
    parameters.setApplicationProtocols(new String[] {"http/1.1"});
    tls.setSSLParameters(parameters);
    tls.setSoTimeout((int) timeout.toMillis());
    tls.startHandshake();
    String separator = target.contains("?") ? "&" : "?";
    try (ClientCall call =
        ClientCall.send(
            new SocketConnection(tls),
            "POST",
            target + separator + "timeout=" + timeout.toSeconds() + "s",
            headers(host, port),
            body)) {
      return answer(call);
    }
  }

  private static Map<String, List<String>> headers(String host, int port) {
    Map<String, List<String>> headers = new HashMap<>();
    headers.put("Host", List.of(port == 443 ? host : host + ":" + port));
    headers.put("Content-Type", List.of("application/json"));
    headers.put("Accept", List.of("application/json"));
    headers.put("User-Agent", List.of("kube-apiserver-admission"));
    headers.put("Connection", List.of("close"));
    return headers;
  }

  private static ObjectNode answer(ClientCall call) throws IOException, WebhookFailed {
    byte[] answer = call.body().readNBytes(MOST_BYTES);
    if (call.status() != 200) {
      throw new WebhookFailed(
          "failed to call webhook: "
              + switch (call.status()) {
                case 404 -> "the server could not find the requested resource";
                case 500, 502, 503, 504 ->
                    "an error on the server (\"%s\") has prevented the request from succeeding"
                        .formatted(text(answer));
                default ->
                    "the server responded with the status code %d but did not return more information"
                        .formatted(call.status());
              });
    }
    try {
      return Json.parse(answer);
    } catch (ApiException e) {
      throw new WebhookFailed("failed to call webhook: " + e.getMessage());
    }
  }

  private static String text(byte[] answer) {
    String text = new String(answer, java.nio.charset.StandardCharsets.UTF_8).strip();
    return text.isEmpty() ? "unknown" : text.substring(0, Math.min(text.length(), 2048));
  }

  private static SSLContext trusting(byte[] bundle) throws GeneralSecurityException, IOException {
    if (bundle.length == 0) {
      return SSLContext.getDefault();
    }
    KeyStore store = KeyStore.getInstance("PKCS12");
    store.load(null, new char[0]);
    int count = 0;
    for (Certificate certificate :
        CertificateFactory.getInstance("X.509")
            .generateCertificates(new ByteArrayInputStream(bundle))) {
      store.setCertificateEntry("ca" + count++, certificate);
    }
    TrustManagerFactory trust = TrustManagerFactory.getInstance("PKIX");
    trust.init(store);
    SSLContext context = SSLContext.getInstance("TLS");
    context.init(null, trust.getTrustManagers(), null);
    return context;
  }

  /// What went wrong, as Go would say it.
  private static String reason(Exception e) {
    return switch (e) {
      case SocketTimeoutException _ -> DEADLINE;
      case ConnectException refused -> "dial tcp: connect: " + lower(refused.getMessage());
      case UnknownHostException unknown ->
          "dial tcp: lookup " + unknown.getMessage() + ": no such host";
      case SSLException tls -> "tls: failed to verify certificate: x509: " + tls.getMessage();
      case SocketException gone -> String.valueOf(gone.getMessage());
      case IOException cut -> cut.getMessage() == null ? "EOF" : cut.getMessage();
      default -> String.valueOf(e.getMessage());
    };
  }

  private static String lower(@Nullable String message) {
    return message == null ? "connection refused" : message.toLowerCase(java.util.Locale.ROOT);
  }

  private static void closeQuietly(Socket socket) {
    try {
      socket.close();
    } catch (IOException e) {
      // It is of no more use either way.
    }
  }

  @Override
  public void close() {
    deadlines.shutdownNow();
  }
}
