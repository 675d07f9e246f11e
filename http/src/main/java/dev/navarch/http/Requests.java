package dev.navarch.http;

import java.time.InstantSource;
import java.util.concurrent.atomic.AtomicLong;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Runs a server's handler: one virtual thread for each exchange, and an answer whatever happens.
final class Requests {
  private static final Logger LOG = LoggerFactory.getLogger(HttpServer.class);
  private final HttpServer.Settings settings;
  private final Handler handler;
  private final HttpServer.ErrorHandler errors;
  private final AtomicLong count = new AtomicLong();
  private final HttpDate date = new HttpDate(InstantSource.system());

  Requests(HttpServer.Settings settings, Handler handler, HttpServer.ErrorHandler errors) {
    this.settings = settings;
    this.handler = handler;
    this.errors = errors;
  }

  HttpServer.Settings settings() {
    return settings;
  }

  String date() {
    return date.now();
  }

  void run(NettyExchange exchange) {
    Thread.ofVirtual().name("request-", count.incrementAndGet()).start(() -> answer(exchange));
  }

  private void answer(NettyExchange exchange) {
    try {
      handler.handle(exchange);
      if (!exchange.isAnswered()) {
        throw new IllegalStateException("no answer to " + exchange.path());
      }
    } catch (Exchange.ClosedException gone) {
      exchange.abort();
    } catch (RuntimeException e) {
      answerError(exchange, e);
    } catch (Error e) {
      LOG.atError().setCause(e).addKeyValue("path", exchange.path()).log("request died");
      exchange.abort();
    }
  }

  private void answerError(NettyExchange exchange, RuntimeException error) {
    if (exchange.isAnswered()) {
      LOG.atWarn().setCause(error).addKeyValue("path", exchange.path()).log("answer broken off");
      exchange.abort();
      return;
    }
    try {
      errors.handle(exchange, error);
    } catch (Exchange.ClosedException gone) {
      exchange.abort();
    } catch (RuntimeException e) {
      LOG.atError().setCause(e).addKeyValue("path", exchange.path()).log("error handler failed");
      exchange.abort();
    }
  }
}
