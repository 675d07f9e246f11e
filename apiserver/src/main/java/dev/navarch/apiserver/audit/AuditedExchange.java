package dev.navarch.apiserver.audit;

import dev.navarch.apiserver.audit.AuditPolicy.Level;
import dev.navarch.http.Exchange;
import java.io.ByteArrayOutputStream;
import java.security.cert.X509Certificate;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/// An exchange that notes for the audit log what is answered, before the client sees it. Long
/// answers are told when they begin and when they end, others once, with their body where the
/// policy wants it.
final class AuditedExchange implements Exchange {
  private static final int MOST_KEPT = 3 << 20;
  private final Exchange exchange;
  private final Audit audit;
  private final boolean isLong;
  private boolean streams;

  AuditedExchange(Exchange exchange, Audit audit, boolean isLong) {
    this.exchange = exchange;
    this.audit = audit;
    this.isLong = isLong;
  }

  @Override
  public void respond(int status, String contentType, byte[] body) {
    boolean kept = status >= 400 || audit.shows(Level.REQUEST_RESPONSE);
    audit.completed(status, contentType, kept ? body : null);
    exchange.respond(status, contentType, body);
  }

  @Override
  public Stream stream(int status, String contentType) {
    return audited(exchange.stream(status, contentType), status, contentType);
  }

  @Override
  public Stream stream(int status, String contentType, long length) {
    return audited(exchange.stream(status, contentType, length), status, contentType);
  }

  private Stream audited(Stream stream, int status, String contentType) {
    streams = true;
    if (isLong) {
      audit.started(status);
    }
    stream.onClose(() -> audit.completed(status, contentType, null));
    return new AuditedStream(stream, status, contentType);
  }

  /// The work is done. What streams goes on until it is closed.
  void ended() {
    if (!streams) {
      audit.completed(exchange.status() == 0 ? 101 : exchange.status(), "", null);
    }
  }

  private final class AuditedStream implements Stream {
    private final Stream stream;
    private final int status;
    private final String contentType;
    private final ByteArrayOutputStream kept = new ByteArrayOutputStream();
    private final boolean keeps = !isLong && audit.shows(Level.REQUEST_RESPONSE);

    AuditedStream(Stream stream, int status, String contentType) {
      this.stream = stream;
      this.status = status;
      this.contentType = contentType;
    }

    @Override
    public void write(byte[] bytes) {
      if (keeps && kept.size() <= MOST_KEPT) {
        kept.writeBytes(bytes);
      }
      stream.write(bytes);
    }

    @Override
    public void flush() {
      stream.flush();
    }

    @Override
    public boolean isOpen() {
      return stream.isOpen();
    }

    @Override
    public void onClose(Runnable action) {
      stream.onClose(action);
    }

    @Override
    public void close() {
      boolean whole = keeps && kept.size() <= MOST_KEPT;
      audit.completed(status, contentType, whole ? kept.toByteArray() : null);
      stream.close();
    }
  }

  @Override
  public String method() {
    return exchange.method();
  }

  @Override
  public String path() {
    return exchange.path();
  }

  @Override
  public Map<String, List<String>> query() {
    return exchange.query();
  }

  @Override
  public Optional<String> header(String name) {
    return exchange.header(name);
  }

  @Override
  public List<String> headers(String name) {
    return exchange.headers(name);
  }

  @Override
  public byte[] body() {
    return exchange.body();
  }

  @Override
  public List<X509Certificate> clientCertificates() {
    return exchange.clientCertificates();
  }

  @Override
  public String remoteAddress() {
    return exchange.remoteAddress();
  }

  @Override
  public boolean isMultiplexed() {
    return exchange.isMultiplexed();
  }

  @Override
  public void addHeader(String name, String value) {
    exchange.addHeader(name, value);
  }

  @Override
  public int status() {
    return exchange.status();
  }

  @Override
  public Connection takeOver() {
    return exchange.takeOver();
  }

  @Override
  public Map<String, List<String>> allHeaders() {
    return exchange.allHeaders();
  }
}
