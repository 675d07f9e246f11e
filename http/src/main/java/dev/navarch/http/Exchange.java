package dev.navarch.http;

import java.security.cert.X509Certificate;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/// One request and its answer, whichever HTTP version carries them. All calls block plainly; a
/// client that went away is an {@link ClosedException} at the next write.
public interface Exchange {

  /// Upper case: `GET`.
  String method();

  /// Decoded, without the query: `/api/v1/namespaces/default/pods/web`.
  String path();

  /// Decoded query parameters in order of appearance.
  Map<String, List<String>> query();

  default Optional<String> query(String name) {
    return Optional.ofNullable(query().get(name)).map(List::getFirst);
  }

  /// The first value of a header, by its name in any case.
  Optional<String> header(String name);

  List<String> headers(String name);

  /// The whole body, read within the server's limit (else 413).
  byte[] body();

  /// The certificate chain that the client proved to own, its own first; empty when it showed none.
  List<X509Certificate> clientCertificates();

  /// The client's IP address and port, for audit and logs.
  String remoteAddress();

  /// Whether the connection carries many requests at once (HTTP/2).
  default boolean isMultiplexed() {
    return false;
  }

  /// Adds a header to the answer; call before {@link #respond} or {@link #stream}.
  void addHeader(String name, String value);

  /// The status of the answer; 0 while none was begun.
  int status();

  /// Answers with a whole body and ends the exchange.
  void respond(int status, String contentType, byte[] body);

  /// Answers with a body of unknown length, written as it comes.
  Stream stream(int status, String contentType);

  /// Answers with a body of just this many bytes, written in parts: cheaper for a large one.
  Stream stream(int status, String contentType, long length);

  /// Hands the raw connection over (HTTP/1.1 upgrades). Nothing was answered yet: the caller writes
  /// the status line itself. Throws {@link RequestException} 400 on HTTP/2 and for requests that
  /// asked for no upgrade.
  Connection takeOver();

  /// The raw request as its bytes came in, request line and headers, for forwarding an upgrade.
  Map<String, List<String>> allHeaders();

  /// A body in the making.
  interface Stream extends AutoCloseable {
    /// Blocks while the client is slow.
    void write(byte[] bytes);

    /// Sends what was written so far.
    void flush();

    boolean isOpen();

    /// Calls back once when the client goes away.
    void onClose(Runnable action);

    @Override
    void close();
  }

  /// Raw bytes both ways. Closing `output()` ends that direction only.
  interface Connection extends AutoCloseable {
    java.io.InputStream input();

    java.io.OutputStream output();

    @Override
    void close();
  }

  /// The client is gone.
  final class ClosedException extends RuntimeException {
    public ClosedException() {
      super("the client closed the connection", null, false, false);
    }
  }
}
