package dev.navarch.node.probes;

import dev.navarch.client.AnyServer;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.SocketTimeoutException;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.OptionalInt;
import javax.net.ssl.SSLContext;

/// One GET that looks at the status alone. A probe may state any header, also `Host`, and must not
/// judge certificates, so it speaks plain HTTP/1.1 on a socket of its own.
final class HttpCheck {
  private static final int MAX_REDIRECTS = 10;
  private static final int MAX_BODY = 10 << 10;
  private static final SSLContext TRUSTING = AnyServer.context();

  private HttpCheck() {}

  static Outcome get(URI uri, List<Header> headers, Duration timeout) {
    Answer answer = new Answer(OptionalInt.empty(), Optional.empty(), "");
    URI at = uri;
    for (int hop = 0; hop <= MAX_REDIRECTS; hop++) {
      try {
        answer = ask(at, headers, timeout);
      } catch (SocketTimeoutException e) {
        return new Outcome.Failure(
            "Get \"%s\": context deadline exceeded (Client.Timeout exceeded while awaiting headers)"
                .formatted(at));
      } catch (IOException e) {
        return new Outcome.Failure("Get \"%s\": %s".formatted(at, Dial.reason(at, e)));
      }
      int status = answer.status().orElse(0);
      if (status == 0) {
        return new Outcome.Failure("Get \"%s\": malformed HTTP response".formatted(at));
      }
      if (status < 200 || status >= 400) {
        return new Outcome.Failure("HTTP probe failed with statuscode: " + status);
      }
      Optional<URI> next = status < 300 ? Optional.empty() : redirect(at, answer);
      if (next.isEmpty()) {
        return status < 300
            ? Outcome.SUCCESS
            : new Outcome.Warning("Probe terminated redirects, Response body: " + answer.body());
      }
      at = next.get();
    }
    return new Outcome.Failure("Get \"%s\": stopped after 10 redirects".formatted(uri));
  }

  record Header(String name, String value) {}

  private record Answer(OptionalInt status, Optional<String> location, String body) {}

  /// A redirect to another host is not followed, and is good enough.
  private static Optional<URI> redirect(URI from, Answer answer) {
    return answer
        .location()
        .map(from::resolve)
        .filter(to -> to.getHost() != null && to.getHost().equals(from.getHost()));
  }

  private static Answer ask(URI uri, List<Header> headers, Duration timeout) throws IOException {
    int millis = (int) timeout.toMillis();
    boolean tls = "https".equalsIgnoreCase(uri.getScheme());
    int port = uri.getPort() > 0 ? uri.getPort() : tls ? 443 : 80;
    try (Socket plain = new Socket()) {
      plain.connect(new InetSocketAddress(bare(uri.getHost()), port), millis);
      plain.setSoTimeout(millis);
      Socket socket =
          tls ? TRUSTING.getSocketFactory().createSocket(plain, uri.getHost(), port, true) : plain;
      socket.getOutputStream().write(request(uri, headers).getBytes(StandardCharsets.UTF_8));
      socket.getOutputStream().flush();
      var reader =
          new BufferedReader(
              new InputStreamReader(socket.getInputStream(), StandardCharsets.ISO_8859_1));
      OptionalInt status = status(reader.readLine());
      Optional<String> location = Optional.empty();
      for (String line = reader.readLine();
          line != null && !line.isEmpty();
          line = reader.readLine()) {
        if (line.toLowerCase(Locale.ROOT).startsWith("location:")) {
          location = Optional.of(line.substring(line.indexOf(':') + 1).strip());
        }
      }
      char[] body = new char[MAX_BODY];
      int read = status.orElse(0) >= 300 && status.orElse(0) < 400 ? reader.read(body) : 0;
      return new Answer(status, location, new String(body, 0, Math.max(0, read)));
    }
  }

  private static OptionalInt status(@org.jspecify.annotations.Nullable String line) {
    String[] parts = line == null ? new String[0] : line.split(" ");
    return parts.length >= 2 && parts[0].startsWith("HTTP/") && parts[1].matches("\\d{3}")
        ? OptionalInt.of(Integer.parseInt(parts[1]))
        : OptionalInt.empty();
  }

  private static String request(URI uri, List<Header> headers) {
    List<Header> all =
        new ArrayList<>(
            List.of(
                new Header("Host", uri.getRawAuthority()),
                new Header("User-Agent", "kube-probe/1.36"),
                new Header("Accept", "*/*")));
    all.removeIf(
        own -> headers.stream().anyMatch(stated -> stated.name().equalsIgnoreCase(own.name())));
    headers.stream().filter(stated -> isSent(stated)).forEach(all::add);
    all.add(new Header("Connection", "close"));
    String path = uri.getRawPath().isEmpty() ? "/" : uri.getRawPath();
    String query = uri.getRawQuery() == null ? "" : "?" + uri.getRawQuery();
    var text = new StringBuilder("GET " + path + query + " HTTP/1.1\r\n");
    all.forEach(
        header -> text.append(header.name()).append(": ").append(header.value()).append("\r\n"));
    return text.append("\r\n").toString();
  }

  /// An empty `Accept` or `User-Agent` means that none is sent; `Connection` is ours.
  private static boolean isSent(Header header) {
    boolean optional =
        List.of("accept", "user-agent").contains(header.name().toLowerCase(Locale.ROOT));
    return !header.name().equalsIgnoreCase("Connection")
        && !(optional && (header.value() == null || header.value().isEmpty()));
  }

  private static String bare(String host) {
    return host.startsWith("[") ? host.substring(1, host.length() - 1) : host;
  }
}
