package dev.navarch.apiserver;

import dev.navarch.http.Exchange;
import java.net.URLDecoder;
import java.nio.charset.StandardCharsets;
import java.security.cert.X509Certificate;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;

/// A request that came from nowhere, and keeps what it was answered.
public final class FakeExchange implements Exchange {
  private final String method;
  private final String path;
  private final Map<String, List<String>> query = new LinkedHashMap<>();
  private final Map<String, List<String>> headers = new TreeMap<>(String.CASE_INSENSITIVE_ORDER);
  private final Map<String, String> answerHeaders = new LinkedHashMap<>();
  private int status;
  private byte[] answer = new byte[0];

  public FakeExchange(String method, String target) {
    this.method = method;
    String[] parts = target.split("\\?", 2);
    this.path = parts[0];
    if (parts.length == 2) {
      for (String pair : parts[1].split("&")) {
        String[] sides = pair.split("=", 2);
        query
            .computeIfAbsent(sides[0], name -> new ArrayList<>())
            .add(sides.length == 2 ? URLDecoder.decode(sides[1], StandardCharsets.UTF_8) : "");
      }
    }
  }

  public FakeExchange with(String header, String value) {
    headers.computeIfAbsent(header, name -> new ArrayList<>()).add(value);
    return this;
  }

  public String answer() {
    return new String(answer, StandardCharsets.UTF_8);
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
    return Optional.ofNullable(headers.get(name)).map(List::getFirst);
  }

  @Override
  public List<String> headers(String name) {
    return headers.getOrDefault(name, List.of());
  }

  @Override
  public Map<String, List<String>> allHeaders() {
    return headers;
  }

  @Override
  public byte[] body() {
    return new byte[0];
  }

  @Override
  public List<X509Certificate> clientCertificates() {
    return List.of();
  }

  @Override
  public String remoteAddress() {
    return "192.0.2.1:1234";
  }

  @Override
  public void addHeader(String name, String value) {
    answerHeaders.put(name, value);
  }

  @Override
  public int status() {
    return status;
  }

  @Override
  public void respond(int code, String contentType, byte[] body) {
    status = code;
    answer = body.clone();
  }

  @Override
  public Stream stream(int code, String contentType) {
    throw new UnsupportedOperationException();
  }

  @Override
  public Connection takeOver() {
    throw new UnsupportedOperationException();
  }
}
