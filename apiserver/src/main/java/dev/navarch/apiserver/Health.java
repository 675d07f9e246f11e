package dev.navarch.apiserver;

import static java.nio.charset.StandardCharsets.UTF_8;

import dev.navarch.api.ApiError;
import dev.navarch.api.ApiException;
import dev.navarch.http.Exchange;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.BooleanSupplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// `/livez`, `/readyz` and `/healthz`: one line for each check when asked to be verbose, and each
/// check by itself below the path. Being ready ends when shutting down begins.
public final class Health {
  private static final Logger LOG = LoggerFactory.getLogger(Health.class);
  private static final Set<String> PATHS = Set.of("livez", "readyz", "healthz");
  private final Map<String, BooleanSupplier> live = new LinkedHashMap<>();
  private final Map<String, BooleanSupplier> ready = new LinkedHashMap<>();
  private final AtomicBoolean shuttingDown = new AtomicBoolean();

  /// @param live checks whose failure asks for a restart
  /// @param ready further checks whose failure asks for patience
  public Health(Map<String, BooleanSupplier> live, Map<String, BooleanSupplier> ready) {
    this.live.put("ping", () -> true);
    this.live.putAll(live);
    this.ready.putAll(this.live);
    this.ready.putAll(ready);
    this.ready.put("shutdown", () -> !shuttingDown.get());
  }

  public static boolean serves(String path) {
    return PATHS.contains(path.split("/", 3)[1]);
  }

  public void shuttingDown() {
    shuttingDown.set(true);
  }

  public boolean isReady() {
    return ready.values().stream().allMatch(BooleanSupplier::getAsBoolean);
  }

  public void handle(Exchange exchange) {
    String[] parts = exchange.path().split("/", 3);
    Map<String, BooleanSupplier> checks = parts[1].equals("livez") ? live : ready;
    exchange.addHeader("Cache-Control", "no-cache, private");
    if (parts.length == 3 && !parts[2].isEmpty()) {
      BooleanSupplier check = checks.get(parts[2]);
      if (check == null) {
        throw new ApiException(new ApiError.NoSuchPath());
      }
      boolean good = check.getAsBoolean();
      text(
          exchange,
          good ? 200 : 500,
          good ? "ok" : "internal server error: " + parts[2] + " failed");
      return;
    }
    report(exchange, parts[1], checks);
  }

  private static void report(Exchange exchange, String path, Map<String, BooleanSupplier> checks) {
    Set<String> excluded = new HashSet<>(exchange.query().getOrDefault("exclude", List.of()));
    StringBuilder lines = new StringBuilder();
    boolean good = true;
    for (var check : checks.entrySet()) {
      if (excluded.contains(check.getKey())) {
        lines.append("[+]").append(check.getKey()).append(" excluded: ok\n");
        continue;
      }
      boolean passed = check.getValue().getAsBoolean();
      good &= passed;
      lines
          .append(passed ? "[+]" : "[-]")
          .append(check.getKey())
          .append(passed ? " ok\n" : " failed: reason withheld\n");
    }
    List<String> unknown =
        excluded.stream()
            .filter(name -> !checks.containsKey(name))
            .map(n -> '"' + n + '"')
            .toList();
    if (!unknown.isEmpty()) {
      lines
          .append("warn: some health checks cannot be excluded: no matches for ")
          .append(String.join(", ", unknown))
          .append('\n');
    }
    if (!good) {
      LOG.atWarn()
          .addKeyValue("path", path)
          .addKeyValue("checks", lines)
          .log("health check failed");
    }
    boolean verbose = exchange.query().containsKey("verbose") || !good;
    text(
        exchange,
        good ? 200 : 500,
        verbose ? lines + path + " check " + (good ? "passed\n" : "failed\n") : "ok");
  }

  private static void text(Exchange exchange, int status, String text) {
    exchange.respond(status, "text/plain; charset=utf-8", text.getBytes(UTF_8));
  }
}
