package dev.navarch.node;

import dev.navarch.http.SocketConnection;
import dev.navarch.http.WebSocket;
import java.io.BufferedReader;
import java.io.ByteArrayOutputStream;
import java.io.InputStreamReader;
import java.net.Socket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.security.KeyStore;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import javax.net.ssl.KeyManagerFactory;
import javax.net.ssl.SSLContext;
import javax.net.ssl.TrustManagerFactory;

/// Speaks to a kubelet as the API server does.
final class KubeletClient implements AutoCloseable {
  private static final String HOST = "127.0.0.1:" + 10250;
  private final KeyStore trusted;
  private final SSLContext tls;
  private final HttpClient http;

  KubeletClient(Certificates certificates) throws Exception {
    KeyStore keys = KeyStore.getInstance("PKCS12");
    keys.load(null, null);
    keys.setKeyEntry(
        "client",
        certificates.clientKey().getPrivate(),
        new char[0],
        new java.security.cert.Certificate[] {certificates.client(), certificates.ca()});
    var keyManagers = KeyManagerFactory.getInstance(KeyManagerFactory.getDefaultAlgorithm());
    keyManagers.init(keys, new char[0]);
    this.trusted = KeyStore.getInstance("PKCS12");
    trusted.load(null, null);
    trusted.setCertificateEntry("ca", certificates.ca());
    var trust = TrustManagerFactory.getInstance(TrustManagerFactory.getDefaultAlgorithm());
    trust.init(trusted);
    this.tls = SSLContext.getInstance("TLS");
    tls.init(keyManagers.getKeyManagers(), trust.getTrustManagers(), null);
    this.http = HttpClient.newBuilder().sslContext(tls).build();
  }

  String get(String path) throws Exception {
    var request = HttpRequest.newBuilder(URI.create("https://" + HOST + path)).build();
    return http.send(request, HttpResponse.BodyHandlers.ofString()).body();
  }

  /// Without a certificate of its own.
  private SSLContext nobody() throws Exception {
    TrustManagerFactory trust =
        TrustManagerFactory.getInstance(TrustManagerFactory.getDefaultAlgorithm());
    trust.init(trusted);
    SSLContext nobody = SSLContext.getInstance("TLS");
    nobody.init(null, trust.getTrustManagers(), null);
    return nobody;
  }

  /// The status that somebody gets who does not say who they are.
  int anonymously(String method, String path) throws Exception {
    try (HttpClient client = HttpClient.newBuilder().sslContext(nobody()).build()) {
      var request =
          HttpRequest.newBuilder(URI.create("https://" + HOST + path))
              .method(method, HttpRequest.BodyPublishers.noBody())
              .build();
      return client.send(request, HttpResponse.BodyHandlers.ofString()).statusCode();
    }
  }

  /// The first line of the answer to somebody unknown who wants to run a command by WebSocket.
  String execAnonymously(String path) throws Exception {
    try (Socket socket = nobody().getSocketFactory().createSocket("127.0.0.1", 10250)) {
      String head =
          """
          GET %s HTTP/1.1
          Host: %s
          Connection: Upgrade
          Upgrade: websocket
          Sec-WebSocket-Version: 13
          Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==
          Sec-WebSocket-Protocol: v5.channel.k8s.io

          """
              .formatted(path, HOST);
      socket.getOutputStream().write(head.replace("\n", "\r\n").getBytes(StandardCharsets.UTF_8));
      return new BufferedReader(
              new InputStreamReader(socket.getInputStream(), StandardCharsets.UTF_8))
          .readLine();
    }
  }

  /// Runs a command by WebSocket, gives it an input, closes that, and returns what it wrote.
  String exec(String path, String input) throws Exception {
    var socket = tls.getSocketFactory().createSocket("127.0.0.1", 10250);
    try (WebSocket stream =
        WebSocket.connect(
            new SocketConnection(socket),
            path,
            Map.of("Host", List.of(HOST)),
            List.of("v5.channel.k8s.io"))) {
      byte[] text = input.getBytes(StandardCharsets.UTF_8);
      byte[] message = new byte[text.length + 1];
      System.arraycopy(text, 0, message, 1, text.length);
      stream.sendBinary(message);
      stream.sendBinary(new byte[] {(byte) 255, 0});
      var output = new ByteArrayOutputStream();
      for (Optional<WebSocket.Message> next = stream.read();
          next.isPresent();
          next = stream.read()) {
        byte[] data = next.get().data();
        if (data[0] == 1) {
          output.write(data, 1, data.length - 1);
        }
      }
      return output.toString(StandardCharsets.UTF_8);
    }
  }

  @Override
  public void close() {
    http.close();
  }
}
