package dev.navarch.apiserver.discovery;

import dev.navarch.http.Exchange;
import dev.navarch.http.Handler;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.Locale;
import tools.jackson.databind.JsonNode;

/// A document that was written once, with the hash of its content, by which a client that has it
/// already is told so (304) instead of getting it again.
///
/// @param hash SHA-512, in upper-case hexadecimal digits
record CachedDocument(String contentType, byte[] bytes, String hash) implements Handler {
  static final String JSON = "application/json";

  static CachedDocument json(JsonNode document) {
    return json(JSON, document);
  }

  static CachedDocument json(String contentType, JsonNode document) {
    return of(contentType, document.toString().getBytes(StandardCharsets.UTF_8));
  }

  static CachedDocument of(String contentType, byte[] bytes) {
    try {
      byte[] digest = MessageDigest.getInstance("SHA-512").digest(bytes);
      return new CachedDocument(
          contentType, bytes, HexFormat.of().formatHex(digest).toUpperCase(Locale.ROOT));
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("every Java runtime has SHA-512", e);
    }
  }

  @Override
  public void handle(Exchange exchange) {
    String etag = '"' + hash + '"';
    exchange.addHeader("ETag", etag);
    exchange.addHeader("Vary", "Accept");
    boolean known =
        exchange.headers("If-None-Match").stream()
            .anyMatch(header -> header.contains(etag) || header.strip().equals("*"));
    if (known) {
      exchange.respond(304, contentType, new byte[0]);
    } else {
      exchange.respond(200, contentType, bytes);
    }
  }
}
