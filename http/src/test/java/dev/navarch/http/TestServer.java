package dev.navarch.http;

import static java.nio.charset.StandardCharsets.UTF_8;

/// Servers of the tests: what goes wrong in one is told as text.
final class TestServer {
  private TestServer() {}

  static HttpServer start(HttpServer.Settings settings, Handler handler) throws Exception {
    return HttpServer.start(
        settings,
        handler,
        (exchange, error) ->
            exchange.respond(
                error instanceof RequestException e ? e.status() : 500,
                "text/plain",
                String.valueOf(error.getMessage()).getBytes(UTF_8)));
  }
}
