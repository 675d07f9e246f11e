package dev.navarch.apiserver.discovery;

import dev.navarch.api.Json;
import dev.navarch.apiserver.registry.Pretty;
import dev.navarch.http.Exchange;
import dev.navarch.http.Handler;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.Locale;
import java.util.zip.GZIPInputStream;
import java.util.zip.GZIPOutputStream;
import tools.jackson.databind.JsonNode;

/// A document that was written once, with the hash of its content, by which a client that has it
/// already is told so (304) instead of getting it again. Large ones are kept, and mostly sent,
/// compressed.
///
/// @param hash SHA-512 of the plain content, in upper-case hexadecimal digits
record CachedDocument(String contentType, byte[] kept, boolean zipped, String hash)
    implements Handler {
  static final String JSON = "application/json";
  private static final int LARGE = 128 << 10;

  static CachedDocument json(JsonNode document) {
    return json(JSON, document);
  }

  static CachedDocument json(String contentType, JsonNode document) {
    return of(contentType, Json.bytes(document));
  }

  static CachedDocument of(String contentType, byte[] bytes) {
    try {
      byte[] digest = MessageDigest.getInstance("SHA-512").digest(bytes);
      boolean large = bytes.length > LARGE;
      return new CachedDocument(
          contentType,
          large ? zip(bytes) : bytes,
          large,
          HexFormat.of().formatHex(digest).toUpperCase(Locale.ROOT));
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
    } else if (contentType.startsWith(JSON) && !zipped && Pretty.isWanted(exchange)) {
      exchange.respond(200, contentType, Json.prettyBytes(Json.parse(kept)));
    } else if (zipped && acceptsGzip(exchange)) {
      exchange.addHeader("Content-Encoding", "gzip");
      exchange.respond(200, contentType, kept);
    } else {
      exchange.respond(200, contentType, bytes());
    }
  }

  /// The plain content.
  byte[] bytes() {
    if (!zipped) {
      return kept;
    }
    try (var plain = new GZIPInputStream(new ByteArrayInputStream(kept))) {
      return plain.readAllBytes();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static boolean acceptsGzip(Exchange exchange) {
    return exchange.headers("Accept-Encoding").stream()
        .flatMap(header -> Arrays.stream(header.split(",")))
        .anyMatch(coding -> coding.strip().equals("gzip"));
  }

  private static byte[] zip(byte[] bytes) {
    var zipped = new ByteArrayOutputStream(bytes.length / 8);
    try (var out = new GZIPOutputStream(zipped)) {
      out.write(bytes);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    return zipped.toByteArray();
  }
}
