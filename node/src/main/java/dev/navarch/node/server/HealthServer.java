package dev.navarch.node.server;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.Executors;
import java.util.function.Supplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Tells programs of the machine, without encryption and without asking who they are, whether the
/// agent works: `/healthz`, and nothing else.
public final class HealthServer implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(HealthServer.class);
  private static final Duration SILENCE = Duration.ofMinutes(2);
  private static final Duration RETRY = Duration.ofSeconds(5);
  private static final String PATH = "/healthz";
  private static final List<String> CHECKS = List.of("ping", "log", "syncloop");

  private final InetSocketAddress address;
  private final Supplier<Instant> lastRound;
  private final InstantSource clock;
  private final Thread starter = Thread.ofVirtual().name("healthz").unstarted(this::run);
  private volatile Optional<HttpServer> server = Optional.empty();

  private HealthServer(
      InetSocketAddress address, Supplier<Instant> lastRound, InstantSource clock) {
    this.address = address;
    this.lastRound = lastRound;
    this.clock = clock;
  }

  /// Returns at once. An address that cannot be had is logged, and tried again: nothing of a node
  /// depends on it.
  ///
  /// @param port 0 for no server at all
  /// @param lastRound when the agent last saw all containers
  public static HealthServer start(
      String address, int port, Supplier<Instant> lastRound, InstantSource clock) {
    var health = new HealthServer(new InetSocketAddress(address, port), lastRound, clock);
    if (port != 0) {
      health.starter.start();
    }
    return health;
  }

  private void run() {
    String said = "";
    try {
      while (true) {
        try {
          HttpServer listening = HttpServer.create(address, 0);
          listening.createContext(PATH, this::answer);
          listening.setExecutor(Executors.newVirtualThreadPerTaskExecutor());
          listening.start();
          server = Optional.of(listening);
          return;
        } catch (IOException e) {
          if (!said.equals(e.getMessage())) {
            said = String.valueOf(e.getMessage());
            LOG.atWarn()
                .addKeyValue("address", address)
                .addKeyValue("reason", said)
                .log("healthz is not served, trying again");
          }
        }
        Thread.sleep(RETRY);
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  private void answer(HttpExchange exchange) throws IOException {
    try (exchange) {
      Map<String, Optional<String>> results = new LinkedHashMap<>();
      String path = exchange.getRequestURI().getPath();
      String only = path.length() > PATH.length() ? path.substring(PATH.length() + 1) : "";
      if (!only.isEmpty() && !CHECKS.contains(only)) {
        send(exchange, 404, "404 page not found\n");
        return;
      }
      for (String check : only.isEmpty() ? CHECKS : List.of(only)) {
        results.put(check, check.equals("syncloop") ? silence() : Optional.empty());
      }
      boolean well = results.values().stream().allMatch(Optional::isEmpty);
      String query = String.valueOf(exchange.getRequestURI().getRawQuery());
      boolean verbose = query.contains("verbose");
      send(exchange, well ? 200 : 500, well && !verbose ? "ok" : told(results, well));
    }
  }

  private Optional<String> silence() {
    return Duration.between(lastRound.get(), clock.instant()).compareTo(SILENCE) > 0
        ? Optional.of("sync Loop took longer than expected")
        : Optional.empty();
  }

  private static String told(Map<String, Optional<String>> results, boolean well) {
    var text = new StringBuilder();
    results.forEach(
        (check, wrong) ->
            text.append(
                    wrong
                        .map(why -> "[-]" + check + " failed: " + why)
                        .orElse("[+]" + check + " ok"))
                .append('\n'));
    return text.append("healthz check ").append(well ? "passed" : "failed").append('\n').toString();
  }

  private static void send(HttpExchange exchange, int status, String text) throws IOException {
    byte[] body = text.getBytes(StandardCharsets.UTF_8);
    exchange.getResponseHeaders().set("Content-Type", "text/plain; charset=utf-8");
    exchange.getResponseHeaders().set("X-Content-Type-Options", "nosniff");
    exchange.sendResponseHeaders(status, body.length);
    exchange.getResponseBody().write(body);
  }

  @Override
  public void close() {
    starter.interrupt();
    server.ifPresent(listening -> listening.stop(0));
  }
}
