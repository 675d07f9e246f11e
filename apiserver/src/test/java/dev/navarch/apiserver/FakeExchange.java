package dev.navarch.apiserver;

import dev.navarch.api.Json;
import dev.navarch.http.Exchange;
import java.io.ByteArrayOutputStream;
import java.net.URLDecoder;
import java.nio.charset.StandardCharsets;
import java.security.cert.X509Certificate;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.concurrent.CopyOnWriteArrayList;
import tools.jackson.databind.node.ObjectNode;

/// A request that is made by a test, and the answer that it got.
public final class FakeExchange implements Exchange {
  private final String method;
  private final String path;
  private final Map<String, List<String>> query = new LinkedHashMap<>();
  private final Map<String, String> headers = new TreeMap<>(String.CASE_INSENSITIVE_ORDER);
  private byte[] body = {};
  private final ByteArrayOutputStream answer = new ByteArrayOutputStream();
  private final List<Runnable> onClose = new CopyOnWriteArrayList<>();
  private volatile boolean open = true;
  public final Map<String, String> answered = new HashMap<>();
  public final List<String> warnings = new ArrayList<>();
  public volatile int status;
  public volatile String contentType = "";

  public FakeExchange(String method, String uri) {
    this.method = method;
    String[] parts = uri.split("\\?", 2);
    this.path = parts[0];
    if (parts.length == 2) {
      for (String pair : parts[1].split("&")) {
        String[] sides = pair.split("=", 2);
        query
            .computeIfAbsent(sides[0], _ -> new ArrayList<>())
            .add(sides.length == 2 ? URLDecoder.decode(sides[1], StandardCharsets.UTF_8) : "");
      }
    }
  }

  public FakeExchange with(String header, String value) {
    headers.put(header, value);
    return this;
  }

  public FakeExchange body(String json) {
    return body(json.replace('\'', '"').getBytes(StandardCharsets.UTF_8));
  }

  public FakeExchange body(byte[] bytes) {
    body = bytes;
    return this;
  }

  public byte[] bytes() {
    synchronized (answer) {
      return answer.toByteArray();
    }
  }

  public String text() {
    return new String(bytes(), StandardCharsets.UTF_8);
  }

  public ObjectNode json() {
    return Json.parse(bytes());
  }

  /// The events of a watch so far, as `ADDED web-0`.
  public List<String> events() {
    return text()
        .lines()
        .map(line -> Json.parse(line.getBytes(StandardCharsets.UTF_8)))
        .map(
            event ->
                event.path("type").asString("")
                    + " "
                    + event.at("/object/metadata/name").asString(""))
        .map(String::strip)
        .toList();
  }

  public void hangUp() {
    open = false;
    onClose.forEach(Runnable::run);
  }

  @Override
  public String method() {
    return method;
  }

  @Override
  public String path() {
    return path;
  }

  @Override
  public Map<String, List<String>> query() {
    return query;
  }

  @Override
  public Optional<String> header(String name) {
    return Optional.ofNullable(headers.get(name));
  }

  @Override
  public List<String> headers(String name) {
    return header(name).stream().toList();
  }

  @Override
  public byte[] body() {
    return body;
  }

  @Override
  public List<X509Certificate> clientCertificates() {
    return List.of();
  }

  @Override
  public String remoteAddress() {
    return "127.0.0.1:1";
  }

  @Override
  public void addHeader(String name, String value) {
    answered.put(name, value);
    if (name.equals("Warning")) {
      warnings.add(value);
    }
  }

  @Override
  public int status() {
    return status;
  }

  @Override
  public void respond(int code, String type, byte[] bytes) {
    status = code;
    contentType = type;
    synchronized (answer) {
      answer.writeBytes(bytes);
    }
  }

  @Override
  public Stream stream(int code, String type, long length) {
    return stream(code, type);
  }

  @Override
  public Stream stream(int code, String type) {
    status = code;
    contentType = type;
    return new Stream() {
      @Override
      public void write(byte[] bytes) {
        if (!open) {
          throw new ClosedException();
        }
        synchronized (answer) {
          answer.writeBytes(bytes);
        }
      }

      @Override
      public void flush() {}

      @Override
      public boolean isOpen() {
        return open;
      }

      @Override
      public void onClose(Runnable action) {
        onClose.add(action);
      }

      @Override
      public void close() {}
    };
  }

  @Override
  public Connection takeOver() {
    throw new UnsupportedOperationException("no upgrade in this test");
  }

  @Override
  public Map<String, List<String>> allHeaders() {
    Map<String, List<String>> all = new TreeMap<>(String.CASE_INSENSITIVE_ORDER);
    headers.forEach((name, value) -> all.put(name, List.of(value)));
    return all;
  }
}
