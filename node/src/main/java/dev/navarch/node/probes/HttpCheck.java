package dev.navarch.node.probes;

import dev.navarch.client.AnyServer;
import java.io.BufferedReader;
import java.io.FilterInputStream;
import java.io.IOException;
import java.io.InputStream;
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
/// judge certificates, so it speaks plain HTTP/1.1 on a socket of its own. Whoever answers gets no
/// more than its time and a fixed share of memory, whatever it sends.
final class HttpCheck {
  private static final int MAX_REDIRECTS = 10;
  private static final int MAX_BODY = 10 << 10;
  private static final int MAX_ANSWER = 1 << 20;
  private static final SSLContext TRUSTING = AnyServer.context();

  private HttpCheck() {}

  static Outcome get(URI uri, List<Header> headers, Duration timeout) {
    Answer answer = new Answer(OptionalInt.empty(), Optional.empty(), "");
    URI at = uri;
    long end = System.nanoTime() + timeout.toNanos();
    for (int hop = 0; hop <= MAX_REDIRECTS; hop++) {
      try {
        answer = ask(at, headers, Duration.ofNanos(end - System.nanoTime()));
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
    if (millis <= 0) {
      throw new SocketTimeoutException();
    }
    boolean tls = "https".equalsIgnoreCase(uri.getScheme());
    int port = uri.getPort() > 0 ? uri.getPort() : tls ? 443 : 80;
    try (Socket plain = new Socket();
        var limit = new TimeLimit(plain, timeout)) {
      try {
        plain.connect(new InetSocketAddress(bare(uri.getHost()), port), millis);
        Socket socket =
            tls
                ? TRUSTING.getSocketFactory().createSocket(plain, uri.getHost(), port, true)
                : plain;
        socket.getOutputStream().write(request(uri, headers).getBytes(StandardCharsets.UTF_8));
        socket.getOutputStream().flush();
        return read(new Limited(socket.getInputStream()));
      } catch (IOException e) {
        throw limit.isOver() ? new SocketTimeoutException(e.getMessage()) : e;
      }
    }
  }

  private static Answer read(InputStream stream) throws IOException {
    var reader = new BufferedReader(new InputStreamReader(stream, StandardCharsets.ISO_8859_1));
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

  /// Closes a socket when its time is over, whatever it is doing: a peer that sends a byte now and
  /// then would hold it for ever.
  private static final class TimeLimit implements AutoCloseable {
    private final Thread watch;
    private volatile boolean over;

    TimeLimit(Socket socket, Duration time) {
      watch = Thread.ofVirtual().name("probe's time").start(() -> close(socket, time));
    }

    private void close(Socket socket, Duration time) {
      try {
        Thread.sleep(time);
        over = true;
        socket.close();
      } catch (InterruptedException | IOException done) {
        // Nobody waits any more.
      }
    }

    boolean isOver() {
      return over;
    }

    @Override
    public void close() {
      watch.interrupt();
    }
  }

  /// An answer that is refused beyond its size.
  private static final class Limited extends FilterInputStream {
    private int left = MAX_ANSWER;

    Limited(InputStream in) {
      super(in);
    }

    @Override
    public int read() throws IOException {
      int octet = super.read();
      count(octet < 0 ? 0 : 1);
      return octet;
    }

    @Override
    public int read(byte[] into, int from, int length) throws IOException {
      int read = super.read(into, from, length);
      count(Math.max(0, read));
      return read;
    }

    private void count(int read) throws IOException {
      left -= read;
      if (left < 0) {
        throw new IOException("answer is longer than %d bytes".formatted(MAX_ANSWER));
      }
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
