package dev.navarch.node.probes;

import java.io.IOException;
import java.net.ConnectException;
import java.net.InetSocketAddress;
import java.net.NoRouteToHostException;
import java.net.Socket;
import java.net.SocketTimeoutException;
import java.net.URI;
import java.time.Duration;
import java.util.Locale;

/// Opens a TCP connection, and names a failure in the words that users know from upstream.
final class Dial {
  private Dial() {}

  static Outcome tcp(String host, int port, Duration timeout) {
    try (Socket socket = new Socket()) {
      socket.connect(new InetSocketAddress(host, port), (int) timeout.toMillis());
      return Outcome.SUCCESS;
    } catch (IOException e) {
      return new Outcome.Failure(reason(host + ":" + port, e));
    }
  }

  static String reason(URI uri, IOException e) {
    int port = uri.getPort() > 0 ? uri.getPort() : "https".equals(uri.getScheme()) ? 443 : 80;
    return reason(uri.getHost() + ":" + port, e);
  }

  static String reason(String address, IOException e) {
    String said = String.valueOf(e.getMessage()).toLowerCase(Locale.ROOT);
    return switch (e) {
      case SocketTimeoutException _ -> "dial tcp %s: i/o timeout".formatted(address);
      case NoRouteToHostException _ -> "dial tcp %s: connect: no route to host".formatted(address);
      case ConnectException _ when said.contains("refused") ->
          "dial tcp %s: connect: connection refused".formatted(address);
      default -> "dial tcp %s: %s".formatted(address, said);
    };
  }
}
