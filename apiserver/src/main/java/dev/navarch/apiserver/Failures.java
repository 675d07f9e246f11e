package dev.navarch.apiserver;

import dev.navarch.api.ApiError;
import dev.navarch.api.ApiException;
import dev.navarch.api.Statuses;
import dev.navarch.apiserver.auth.Deadline;
import dev.navarch.apiserver.registry.StatusAnswers;
import dev.navarch.http.Exchange;
import dev.navarch.http.HttpServer;
import dev.navarch.http.RequestException;
import dev.navarch.store.Store;
import java.time.Duration;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Turns whatever a request ran into into a `Status` document. Faults of the program are logged
/// with their trace, and told to the client without it.
public final class Failures implements HttpServer.ErrorHandler {
  private static final Logger LOG = LoggerFactory.getLogger(Failures.class);
  private final StatusAnswers answers;

  public Failures(StatusAnswers answers) {
    this.answers = answers;
  }

  @Override
  public void handle(Exchange exchange, RuntimeException failure) {
    answer(exchange, error(exchange, failure));
  }

  static ApiError error(Exchange exchange, RuntimeException failure) {
    return switch (failure) {
      case ApiException e -> e.error();
      case RequestException e ->
          Statuses.byCode(e.status(), String.valueOf(e.getMessage()), Duration.ofSeconds(1));
      case Store.LateException e -> Deadline.passed(e);
      case Store.UnavailableException e -> new ApiError.Unavailable(String.valueOf(e.getMessage()));
      default -> {
        LOG.atError()
            .setCause(failure)
            .addKeyValue("method", exchange.method())
            .addKeyValue("path", exchange.path())
            .log("request failed");
        yield new ApiError.Internal("Internal error occurred: see the server's log");
      }
    };
  }

  private void answer(Exchange exchange, ApiError error) {
    switch (error) {
      case ApiError.TooManyRequests(_, var after, _) -> retryAfter(exchange, after);
      case ApiError.Timeout(_, var after) -> retryAfter(exchange, after);
      case ApiError.Unauthorized _ -> exchange.addHeader("Connection", "close");
      default -> {}
    }
    answers.respond(exchange, Statuses.code(error), Statuses.document(error));
  }

  private static void retryAfter(Exchange exchange, Duration after) {
    if (after.isPositive()) {
      exchange.addHeader("Retry-After", Long.toString(Math.max(1, after.toSeconds())));
    }
  }
}
