package dev.navarch.client;

import static org.assertj.core.api.Assertions.assertThat;

import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Executors;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/// Many answers that go on at once need more than one connection.
class StreamClientsTest {
  private final HttpClient first = HttpClient.newHttpClient();
  private HttpServer server;

  @BeforeEach
  void start() throws IOException {
    server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
    server.setExecutor(Executors.newVirtualThreadPerTaskExecutor());
    server.createContext(
        "/",
        exchange -> {
          exchange.sendResponseHeaders(200, 0);
          exchange.getResponseBody().write('x');
          exchange.getResponseBody().flush();
        });
    server.start();
  }

  @AfterEach
  void stop() {
    server.stop(0);
    first.shutdownNow();
  }

  @Test
  void opensAnotherConnectionWhenOneIsFullAndClosesItAfterUse() throws Exception {
    URI uri = URI.create("http://127.0.0.1:%d/".formatted(server.getAddress().getPort()));
    HttpRequest request = HttpRequest.newBuilder(uri).build();
    try (var clients = new StreamClients(2, first, HttpClient::newHttpClient)) {
      List<InputStream> open = new ArrayList<>();
      for (int i = 0; i < 5; i++) {
        open.add(clients.send(request).body());
      }
      assertThat(clients.connections()).isEqualTo(3);
      for (InputStream body : open) {
        assertThat(body.read()).isEqualTo('x');
      }
      open.get(4).close();
      open.get(4).close();
      assertThat(clients.connections()).isEqualTo(2);
      open.get(0).close();
      open.add(clients.send(request).body());
      assertThat(clients.connections()).isEqualTo(2);
      for (InputStream body : open) {
        body.close();
      }
      assertThat(clients.connections()).isEqualTo(1);
    }
  }
}
