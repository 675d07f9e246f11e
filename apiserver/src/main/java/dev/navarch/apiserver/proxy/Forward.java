package dev.navarch.apiserver.proxy;

import static java.nio.charset.StandardCharsets.UTF_8;

import dev.navarch.api.ApiError;
import dev.navarch.api.ApiException;
import dev.navarch.api.Statuses;
import dev.navarch.http.ClientCall;
import dev.navarch.http.Exchange;
import dev.navarch.http.Tunnel;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.time.Duration;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;

/// Passes one request on to a backend and its answer back. The caller's own credentials stay here.
/// A connection becomes a raw tunnel only once the backend itself has agreed to the upgrade;
/// redirects go to the client as they are, and are never followed.
public final class Forward {
  private static final Set<String> NOT_PASSED_ON =
      Set.of(
          "connection",
          "keep-alive",
          "proxy-authenticate",
          "proxy-authorization",
          "te",
          "trailer",
          "transfer-encoding",
          "upgrade",
          "content-length",
          "host",
          "expect",
          "authorization",
          "http2-settings",
          "x-remote-user",
          "x-remote-group",
          "x-remote-uid");
  private static final String TOKEN_PROTOCOL = "base64url.bearer.authorization.k8s.io.";
  private final Exchange exchange;
  private final Backend backend;
  private final String target;
  private final Map<String, List<String>> identity;

  /// @param target encoded path and query at the backend
  Forward(Exchange exchange, Backend backend, String target) {
    this(exchange, backend, target, Map.of());
  }

  /// To a backend that takes this server's word for who is calling. It may not redirect.
  ///
  /// @param identity the headers that say who
  public Forward(
      Exchange exchange, Backend backend, String target, Map<String, List<String>> identity) {
    this.exchange = exchange;
    this.backend = backend;
    this.target = target;
    this.identity = identity;
  }

  /// A path and the request's query, encoded for a backend.
  public static String target(Exchange exchange, String path) {
    StringBuilder target = new StringBuilder();
    String from = path.isEmpty() ? "/" : path;
    for (String part : from.substring(1).split("/", -1)) {
      if (part.equals("..")) {
        throw ApiException.badRequest("the path must not contain \"..\"");
      }
      target.append('/').append(PodStreams.encode(part));
    }
    PodStreams.Query query = new PodStreams.Query();
    exchange.query().forEach((name, values) -> values.forEach(value -> query.add(name, value)));
    return target.append(query).toString();
  }

  static boolean isUpgrade(Exchange exchange) {
    return exchange.header("Upgrade").isPresent()
        && exchange
            .header("Connection")
            .filter(value -> value.toLowerCase(Locale.ROOT).contains("upgrade"))
            .isPresent();
  }

  /// Passes on any request; upgrades too.
  public void pass() {
    if (isUpgrade(exchange)) {
      upgrade();
      return;
    }
    try (ClientCall call = send(headers())) {
      passBack(call);
    } catch (IOException e) {
      throw unreachable(e);
    }
  }

  /// As {@link #pass}, but what the backend refuses becomes an error of this API.
  void passOrFail() {
    try (ClientCall call = send(headers())) {
      failUnlessGood(call);
      passBack(call);
    } catch (IOException e) {
      throw unreachable(e);
    }
  }

  /// As {@link #passOrFail}, but the answer comes in messages over a WebSocket.
  void passAsMessages() {
    try (ClientCall call = send(headers())) {
      failUnlessGood(call);
      try (var messages = Messages.accept(exchange, call::close)) {
        messages.send(call.body());
      }
    } catch (IOException e) {
      throw unreachable(e);
    }
  }

  private static void failUnlessGood(ClientCall call) throws IOException {
    if (call.status() < 200 || call.status() > 206) {
      String text = new String(call.body().readNBytes(64 << 10), UTF_8).strip();
      throw new ApiException(Statuses.byCode(call.status(), text, Duration.ofSeconds(1)));
    }
  }

  private void upgrade() {
    Map<String, List<String>> headers = headers();
    headers.put("Connection", List.of("Upgrade"));
    headers.put("Upgrade", exchange.headers("Upgrade"));
    try (ClientCall call = send(headers)) {
      if (call.status() != 101) {
        passBack(call);
        return;
      }
      try (Exchange.Connection client = exchange.takeOver()) {
        client.output().write(head(call).getBytes(UTF_8));
        client.output().flush();
        Tunnel.join(client, call.upgraded());
      }
    } catch (IOException e) {
      throw unreachable(e);
    }
  }

  private static String head(ClientCall call) {
    StringBuilder head = new StringBuilder("HTTP/1.1 101 Switching Protocols\r\n");
    call.headers()
        .forEach(
            (name, values) ->
                values.forEach(
                    value -> head.append(name).append(": ").append(value).append("\r\n")));
    return head.append("\r\n").toString();
  }

  private ClientCall send(Map<String, List<String>> headers) throws IOException {
    byte[] body = exchange.body();
    Exchange.Connection connection = backend.connect();
    try {
      return ClientCall.send(connection, exchange.method(), target, headers, body);
    } catch (IOException | RuntimeException e) {
      connection.close();
      throw e;
    }
  }

  private Map<String, List<String>> headers() {
    Map<String, List<String>> passed = new LinkedHashMap<>();
    passed.put("Host", List.of(backend.hostHeader()));
    exchange
        .allHeaders()
        .forEach(
            (name, values) -> {
              String lower = name.toLowerCase(Locale.ROOT);
              if (!NOT_PASSED_ON.contains(lower)
                  && !lower.startsWith("impersonate-")
                  && !lower.startsWith("x-remote-extra-")) {
                passed.put(name, values);
              }
            });
    withoutToken(passed);
    String from = exchange.remoteAddress();
    passed.putAll(identity);
    passed.put("X-Forwarded-For", List.of(from.substring(0, Math.max(0, from.lastIndexOf(':')))));
    return passed;
  }

  /// Takes out the token that a browser hides among its subprotocols.
  private static void withoutToken(Map<String, List<String>> headers) {
    headers.replaceAll(
        (name, values) ->
            name.equalsIgnoreCase("Sec-WebSocket-Protocol")
                ? List.of(
                    values.stream()
                        .flatMap(each -> Arrays.stream(each.split(",")))
                        .map(String::strip)
                        .filter(each -> !each.startsWith(TOKEN_PROTOCOL))
                        .collect(Collectors.joining(", ")))
                : values);
  }

  private void passBack(ClientCall call) throws IOException {
    boolean redirects = call.status() / 100 == 3 && call.header("Location").isPresent();
    if (!identity.isEmpty() && redirects) {
      exchange.respond(
          502,
          "text/plain; charset=utf-8",
          "the backend attempted to redirect this request, which is not permitted".getBytes(UTF_8));
      return;
    }
    call.headers()
        .forEach(
            (name, values) -> {
              if (!NOT_PASSED_ON.contains(name.toLowerCase(Locale.ROOT))
                  && !name.equalsIgnoreCase("Content-Type")
                  && !name.equalsIgnoreCase("Date")) {
                values.forEach(value -> exchange.addHeader(name, value));
              }
            });
    try (Exchange.Stream answer =
        exchange.stream(call.status(), call.header("Content-Type").orElse(""))) {
      answer.onClose(call::close);
      copy(call.body(), answer);
    }
  }

  private static void copy(InputStream in, Exchange.Stream answer) throws IOException {
    byte[] buffer = new byte[32 << 10];
    for (int count = in.read(buffer); count >= 0; count = in.read(buffer)) {
      answer.write(Arrays.copyOf(buffer, count));
      if (count < buffer.length) {
        answer.flush();
      }
    }
  }

  private RuntimeException unreachable(IOException e) {
    return exchange.status() != 0
        ? new UncheckedIOException(e)
        : new ApiException(
            new ApiError.Unavailable("error trying to reach service: " + e.getMessage()));
  }
}
