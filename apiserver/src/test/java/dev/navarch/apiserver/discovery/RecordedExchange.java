package dev.navarch.apiserver.discovery;

import dev.navarch.http.Exchange;
import java.security.cert.X509Certificate;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/// A request that is made up, and the answer that it got.
final class RecordedExchange implements Exchange {
  private final String method;
  private final String path;
  private final Map<String, String> headers;
  private final Map<String, List<String>> query;
  final Map<String, String> answered = new HashMap<>();
  int status;
  String contentType = "";
  byte[] body = {};

  RecordedExchange(
      String method, String path, Map<String, String> headers, Map<String, List<String>> query) {
    this.method = method;
    this.path = path;
    this.headers = headers;
    this.query = query;
  }

  JsonNode json() {
    return JsonMapper.shared().readTree(body);
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
    return new byte[0];
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
  }

  @Override
  public int status() {
    return status;
  }

  @Override
  public void respond(int status, String contentType, byte[] body) {
    this.status = status;
    this.contentType = contentType;
    this.body = body;
  }

  @Override
  public Stream stream(int status, String contentType) {
    throw new UnsupportedOperationException("discovery never streams");
  }

  @Override
  public Connection takeOver() {
    throw new UnsupportedOperationException("discovery never upgrades");
  }

  @Override
  public Map<String, List<String>> allHeaders() {
    return Map.of();
  }
}
