package dev.navarch.http;

/// Answers one request on its own virtual thread. What it throws becomes an answer in the server's
/// error handler, which each user of the server hands in; no stack trace reaches a client.
@FunctionalInterface
public interface Handler {
  void handle(Exchange exchange);
}
