package dev.navarch.apiserver.proxy;

import dev.navarch.api.ApiError;
import dev.navarch.api.ApiException;
import dev.navarch.http.Exchange;
import dev.navarch.http.SocketConnection;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.UnknownHostException;
import java.util.Optional;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLParameters;
import javax.net.ssl.SSLSocket;

/// Where a proxied request goes. Addresses come out of objects that others may write, so those that
/// would lead back to this machine are never connected to.
///
/// @param tls how to greet the other side; empty for plain HTTP
/// @param serverName what its certificate must name; empty for anything
public record Backend(String host, int port, Optional<SSLContext> tls, String serverName) {
  private static final int CONNECT_MILLIS = 10_000;

  /// A backend at an address that some object names.
  ///
  /// @throws ApiException BadRequest for addresses that lead back here
  static Backend of(String host, int port, Optional<SSLContext> tls, String serverName) {
    InetAddress address = address(host);
    if (address.isLoopbackAddress()
        || address.isLinkLocalAddress()
        || address.isAnyLocalAddress()
        || address.isMulticastAddress()) {
      throw ApiException.badRequest("address not allowed: " + host);
    }
    return new Backend(host, port, tls, serverName);
  }

  /// Connects, or says as users know it why not.
  public Exchange.Connection connect() {
    InetAddress address = address(host);
    Socket socket = new Socket();
    try {
      socket.connect(new InetSocketAddress(address, port), CONNECT_MILLIS);
      return new SocketConnection(tls.isPresent() ? secure(socket, tls.get()) : socket);
    } catch (IOException e) {
      closeQuietly(socket);
      throw new ApiException(
          new ApiError.Internal(
              "error dialing backend: dial tcp %s:%d: %s".formatted(host, port, e.getMessage())));
    }
  }

  private static InetAddress address(String host) {
    try {
      if (host.matches("[0-9.]+|[0-9a-fA-F:.]+")) {
        return InetAddress.getByName(host);
      }
    } catch (UnknownHostException e) {
      // Answered below, like text that does not even look like an address.
    }
    throw ApiException.badRequest("expected an IP address, found \"%s\"".formatted(host));
  }

  private SSLSocket secure(Socket plain, SSLContext context) throws IOException {
    String greeted = serverName.isEmpty() ? host : serverName;
    SSLSocket socket =
        (SSLSocket) context.getSocketFactory().createSocket(plain, greeted, port, true);
    SSLParameters parameters = socket.getSSLParameters();
    if (!serverName.isEmpty()) {
      parameters.setEndpointIdentificationAlgorithm("HTTPS");
    }
    parameters.setApplicationProtocols(new String[] {"http/1.1"});
    socket.setSSLParameters(parameters);
    socket.startHandshake();
    return socket;
  }

  private static void closeQuietly(Socket socket) {
    try {
      socket.close();
    } catch (IOException e) {
      // Nothing was sent yet.
    }
  }

  /// `10.0.0.1:443`, as it stands in a request.
  public String hostHeader() {
    return host.contains(":") ? "[" + host + "]:" + port : host + ":" + port;
  }
}
