package dev.navarch.http;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static java.nio.charset.StandardCharsets.US_ASCII;

import java.io.ByteArrayOutputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;

/// One HTTP/1.1 request on a connection that nobody else uses, and its answer: for upgrades, which
/// the JDK's client cannot do, and for proxying, where an answer is passed on while it comes. It
/// follows no redirect and sends no header that it was not given, except for the length of a body.
public final class ClientCall implements AutoCloseable {
  private static final int MAX_HEAD = 256 << 10;
  private final Exchange.Connection connection;
  private final boolean persistent;
  private final int status;
  private final Map<String, List<String>> headers;
  private final InputStream body;

  private ClientCall(
      Exchange.Connection connection,
      boolean persistent,
      int status,
      Map<String, List<String>> headers,
      InputStream body) {
    this.connection = connection;
    this.persistent = persistent;
    this.status = status;
    this.headers = headers;
    this.body = body;
  }

  /// Sends a request and reads the answer's head.
  ///
  /// @param target path and query, encoded
  public static ClientCall send(
      Exchange.Connection connection,
      String method,
      String target,
      Map<String, List<String>> headers,
      byte[] body)
      throws IOException {
    var head = new StringBuilder(method).append(' ').append(target).append(" HTTP/1.1\r\n");
    headers.forEach(
        (name, values) ->
            values.forEach(
                value ->
                    head.append(clean(name)).append(": ").append(clean(value)).append("\r\n")));
    if (body.length > 0 || method.equals("POST") || method.equals("PUT")) {
      head.append("Content-Length: ").append(body.length).append("\r\n");
    }
    head.append("\r\n");
    var request = new ByteArrayOutputStream();
    request.writeBytes(head.toString().getBytes(ISO_8859_1));
    request.writeBytes(body);
    connection.output().write(request.toByteArray());
    connection.output().flush();
    return receive(connection, method);
  }

  private static String clean(String text) {
    if (text.indexOf('\r') >= 0 || text.indexOf('\n') >= 0) {
      throw new RequestException(400, "a header contains a line break");
    }
    return text;
  }

  private static ClientCall receive(Exchange.Connection connection, String method)
      throws IOException {
    InputStream in = connection.input();
    boolean persistent;
    int status;
    Map<String, List<String>> headers;
    do {
      String first = line(in, MAX_HEAD);
      persistent = first.startsWith("HTTP/1.1");
      status = statusOf(first);
      headers = readHeaders(in);
    } while (status >= 100 && status < 200 && status != 101);
    return new ClientCall(
        connection, persistent, status, headers, bodyOf(in, method, status, headers));
  }

  private static int statusOf(String line) throws IOException {
    String[] parts = line.split(" ", 3);
    if (parts.length < 2 || !parts[0].startsWith("HTTP/1.") || !parts[1].matches("[1-9]\\d\\d")) {
      throw new IOException("expected an HTTP/1.1 status line, found: " + line);
    }
    return Integer.parseInt(parts[1]);
  }

  private static Map<String, List<String>> readHeaders(InputStream in) throws IOException {
    var headers = new TreeMap<String, List<String>>(String.CASE_INSENSITIVE_ORDER);
    int left = MAX_HEAD;
    for (String line = line(in, left); !line.isEmpty(); line = line(in, left)) {
      left -= line.length();
      int colon = line.indexOf(':');
      if (colon <= 0) {
        throw new IOException("expected a header, found: " + line);
      }
      headers
          .computeIfAbsent(line.substring(0, colon).strip(), name -> new ArrayList<>())
          .add(line.substring(colon + 1).strip());
    }
    return headers;
  }

  private static String line(InputStream in, int limit) throws IOException {
    var line = new ByteArrayOutputStream(64);
    for (int next = in.read(); next != '\n'; next = in.read()) {
      if (next < 0) {
        throw new EOFException("the connection ended before the answer's head did");
      }
      if (line.size() >= limit) {
        throw new IOException("the answer's head is larger than %d bytes".formatted(MAX_HEAD));
      }
      line.write(next);
    }
    return line.toString(US_ASCII).stripTrailing();
  }

  private static InputStream bodyOf(
      InputStream in, String method, int status, Map<String, List<String>> headers)
      throws IOException {
    if (method.equals("HEAD") || status < 200 || status == 204 || status == 304) {
      return InputStream.nullInputStream();
    }
    if (headers.getOrDefault("Transfer-Encoding", List.of()).contains("chunked")) {
      return new Chunked(in);
    }
    List<String> length = headers.get("Content-Length");
    try {
      return length == null ? in : new Chunked(in, Long.parseLong(length.getFirst()));
    } catch (NumberFormatException e) {
      throw new IOException("expected a length, found: " + length, e);
    }
  }

  public int status() {
    return status;
  }

  public Map<String, List<String>> headers() {
    return headers;
  }

  public Optional<String> header(String name) {
    return Optional.ofNullable(headers.get(name)).map(List::getFirst);
  }

  /// The answer's body as it comes.
  public InputStream body() {
    return body;
  }

  /// Whether another request may follow on the connection, once the body is read to its end.
  public boolean isReusable() {
    boolean closes =
        headers.getOrDefault("Connection", List.of()).stream()
            .anyMatch(value -> value.equalsIgnoreCase("close"));
    return !closes
        && persistent
        && (headers.containsKey("Content-Length") || headers.containsKey("Transfer-Encoding"));
  }

  /// After status 101: the raw connection, from the first byte behind the answer's head.
  public Exchange.Connection upgraded() {
    if (status != 101) {
      throw new IllegalStateException("expected status 101, found " + status);
    }
    return connection;
  }

  @Override
  public void close() {
    connection.close();
  }

  /// A body in chunks, or of a known length (which is one chunk and no other).
  private static final class Chunked extends InputStream {
    private final InputStream in;
    private final boolean only;
    private long left;
    private boolean first = true;
    private boolean ended;

    Chunked(InputStream in) {
      this.in = in;
      this.only = false;
    }

    Chunked(InputStream in, long length) {
      this.in = in;
      this.only = true;
      this.left = length;
    }

    @Override
    public int read() throws IOException {
      byte[] one = new byte[1];
      return read(one, 0, 1) < 0 ? -1 : one[0] & 0xff;
    }

    @Override
    public int read(byte[] into, int from, int length) throws IOException {
      if (left == 0 && !next()) {
        return -1;
      }
      int count = in.read(into, from, (int) Math.min(length, left));
      if (count < 0) {
        throw new EOFException("the answer's body was cut off");
      }
      left -= count;
      return count;
    }

    private boolean next() throws IOException {
      if (only || ended) {
        return false;
      }
      if (!first) {
        line(in, 2);
      }
      first = false;
      String size = line(in, 1024).split(";", 2)[0].strip();
      try {
        left = Long.parseLong(size, 16);
      } catch (NumberFormatException e) {
        throw new IOException("expected a chunk's size, found: " + size, e);
      }
      ended = left == 0;
      if (ended) {
        readHeaders(in);
      }
      return !ended;
    }
  }
}
