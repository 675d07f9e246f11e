package dev.navarch.apiserver.webhooks;

import dev.navarch.api.ApiException;
import dev.navarch.api.Json;
import dev.navarch.apiserver.auth.Deadline;
import dev.navarch.apiserver.proxy.ServiceEndpoints;
import dev.navarch.apiserver.proxy.ServiceEndpoints.Resolution;
import dev.navarch.http.ClientCall;
import dev.navarch.http.SocketConnection;
import java.io.IOException;
import java.net.ConnectException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.SocketException;
import java.net.SocketTimeoutException;
import java.net.UnknownHostException;
import java.nio.ByteBuffer;
import java.security.GeneralSecurityException;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import javax.net.ssl.SSLException;
import javax.net.ssl.SSLParameters;
import javax.net.ssl.SSLSocket;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.node.ObjectNode;

/// Posts a review to a webhook over HTTPS and reads its answer, within the webhook's time. It
/// follows no redirect and shows no credentials. Connections are kept for the next call.
public final class WebhookClient implements AutoCloseable {
  private static final int MOST_BYTES = 16 << 20;
  private static final String DEADLINE = "context deadline exceeded";
  private final ServiceEndpoints services;
  private final WebhookConnections connections = new WebhookConnections();

  /// Ends calls whose time is up; its thread starts with the first call.
  private final ScheduledExecutorService deadlines =
      Executors.newSingleThreadScheduledExecutor(
          Thread.ofPlatform().daemon().name("webhook-deadlines").factory());

  public WebhookClient(ServiceEndpoints services) {
    this.services = services;
  }

  /// @param most for how long to wait, unless the request that asks has less time left
  public ObjectNode post(WebhookEndpoint endpoint, Duration most, ObjectNode review)
      throws WebhookFailed {
    Deadline.check();
    Duration timeout = Deadline.left(most);
    String url = endpoint.shown() + query(endpoint.shown(), timeout);
    Attempt attempt = new Attempt();
    ScheduledFuture<?> deadline =
        deadlines.schedule(attempt::end, timeout.toMillis(), TimeUnit.MILLISECONDS);
    try {
      return exchange(endpoint, attempt, timeout, Json.bytes(review));
    } catch (ApiException e) {
      throw new WebhookFailed("failed to call webhook: " + e.getMessage());
    } catch (IOException | GeneralSecurityException e) {
      Deadline.check();
      throw new WebhookFailed(
          "failed to call webhook: Post \"%s\": %s"
              .formatted(url, attempt.isLate() ? DEADLINE : reason(e)));
    } finally {
      deadline.cancel(false);
    }
  }

  private static String query(String url, Duration timeout) {
    return (url.contains("?") ? "&" : "?") + "timeout=" + timeout.toSeconds() + "s";
  }

  /// The connection that one call uses at the moment; closed when its time is up.
  private static final class Attempt {
    private @Nullable Socket socket;
    private boolean late;

    synchronized <T extends Socket> T uses(T next) throws SocketException {
      if (late) {
        closeQuietly(next);
        throw new SocketException(DEADLINE);
      }
      socket = next;
      return next;
    }

    synchronized void end() {
      late = true;
      if (socket != null) {
        closeQuietly(socket);
      }
    }

    synchronized boolean isLate() {
      return late;
    }
  }

  /// Asks on a connection that an earlier call has left. When that turns out to be dead, or there
  /// is none, a new one is made.
  private ObjectNode exchange(
      WebhookEndpoint endpoint, Attempt attempt, Duration timeout, byte[] body)
      throws IOException, GeneralSecurityException, WebhookFailed {
    Server server = Server.of(endpoint);
    String target = server.target() + query(server.target(), timeout);
    Optional<SSLSocket> idle = connections.take(server.key());
    if (idle.isPresent()) {
      Optional<ObjectNode> answer = again(attempt.uses(idle.get()), attempt, server, target, body);
      if (answer.isPresent()) {
        return answer.get();
      }
    }
    SSLSocket socket = connect(endpoint, server, attempt, timeout);
    return answer(socket, server, () -> send(socket, server, target, body));
  }

  /// Empty when the connection was dead.
  private Optional<ObjectNode> again(
      SSLSocket socket, Attempt attempt, Server server, String target, byte[] body)
      throws IOException, WebhookFailed {
    AtomicBoolean answers = new AtomicBoolean();
    try {
      return Optional.of(
          answer(
              socket,
              server,
              () -> {
                ClientCall call = send(socket, server, target, body);
                answers.set(true);
                return call;
              }));
    } catch (IOException dead) {
      if (answers.get() || attempt.isLate()) {
        throw dead;
      }
      return Optional.empty();
    }
  }

  /// Where a webhook is, as its connections know it.
  private record Server(String host, int port, String target, WebhookConnections.Key key) {
    static Server of(WebhookEndpoint endpoint) {
      return switch (endpoint) {
        case WebhookEndpoint.AtUrl(var uri, var bundle) -> {
          int port = uri.getPort() < 0 ? 443 : uri.getPort();
          String path = uri.getRawPath().isEmpty() ? "/" : uri.getRawPath();
          yield new Server(
              uri.getHost(),
              port,
              uri.getRawQuery() == null ? path : path + "?" + uri.getRawQuery(),
              new WebhookConnections.Key(uri.getHost(), port, ByteBuffer.wrap(bundle)));
        }
        case WebhookEndpoint.AtService service ->
            new Server(
                service.host(),
                service.port(),
                service.path(),
                new WebhookConnections.Key(
                    service.host(), service.port(), ByteBuffer.wrap(service.caBundle())));
      };
    }
  }

  private SSLSocket connect(
      WebhookEndpoint endpoint, Server server, Attempt attempt, Duration timeout)
      throws IOException, GeneralSecurityException, WebhookFailed {
    InetSocketAddress address =
        switch (endpoint) {
          case WebhookEndpoint.AtUrl _ ->
              new InetSocketAddress(InetAddress.getByName(server.host()), server.port());
          case WebhookEndpoint.AtService service -> address(service);
        };
    Socket socket = attempt.uses(new Socket());
    try {
      socket.connect(address, (int) timeout.toMillis());
      SSLSocket tls =
          (SSLSocket)
              connections
                  .trusting(endpoint.caBundle())
                  .getSocketFactory()
                  .createSocket(socket, server.host(), server.port(), true);
      SSLParameters parameters = tls.getSSLParameters();
      parameters.setEndpointIdentificationAlgorithm("HTTPS");
      parameters.setApplicationProtocols(new String[] {"http/1.1"});
      tls.setSSLParameters(parameters);
      tls.startHandshake();
      return attempt.uses(tls);
    } catch (IOException | GeneralSecurityException e) {
      closeQuietly(socket);
      throw e;
    }
  }

  private InetSocketAddress address(WebhookEndpoint.AtService service) throws WebhookFailed {
    String name = service.name();
    return switch (services.resolve(service.namespace(), name, service.port())) {
      case Resolution.Found(InetSocketAddress address) -> address;
      case Resolution.NoService() -> throw missing("service \"%s\" not found".formatted(name));
      case Resolution.NoPort() ->
          throw missing(
              "no service port %d found for service \"%s\"".formatted(service.port(), name));
      case Resolution.NoSlices(), Resolution.NoneReady(_) ->
          throw missing("no endpoints available for service \"%s\"".formatted(name));
    };
  }

  private static WebhookFailed missing(String what) {
    return new WebhookFailed("failed to call webhook: " + what);
  }

  private interface Sending {
    ClientCall send() throws IOException;
  }

  private static ClientCall send(SSLSocket socket, Server server, String target, byte[] body)
      throws IOException {
    return ClientCall.send(
        new SocketConnection(socket), "POST", target, headers(server.host(), server.port()), body);
  }

  private static Map<String, List<String>> headers(String host, int port) {
    Map<String, List<String>> headers = new HashMap<>();
    headers.put("Host", List.of(port == 443 ? host : host + ":" + port));
    headers.put("Content-Type", List.of("application/json"));
    headers.put("Accept", List.of("application/json"));
    headers.put("User-Agent", List.of("kube-apiserver-admission"));
    return headers;
  }

  /// Sends and reads to the end; the connection is then kept, or closed.
  private ObjectNode answer(SSLSocket socket, Server server, Sending request)
      throws IOException, WebhookFailed {
    ClientCall call;
    byte[] answer;
    boolean reusable = false;
    try {
      call = request.send();
      answer = call.body().readNBytes(MOST_BYTES);
      reusable = answer.length < MOST_BYTES && call.isReusable();
    } finally {
      if (reusable) {
        connections.keep(server.key(), socket);
      } else {
        closeQuietly(socket);
      }
    }
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
    connections.close();
  }
}
