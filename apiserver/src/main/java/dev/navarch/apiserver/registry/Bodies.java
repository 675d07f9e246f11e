package dev.navarch.apiserver.registry;

import dev.navarch.api.ApiError;
import dev.navarch.api.ApiException;
import dev.navarch.api.Decoder;
import dev.navarch.api.FieldValidation;
import dev.navarch.api.Json;
import dev.navarch.api.Kind;
import dev.navarch.api.Parsed;
import dev.navarch.api.Schema;
import dev.navarch.api.Yaml;
import dev.navarch.api.apply.ManagedFields;
import dev.navarch.apiserver.admission.Warnings;
import dev.navarch.http.Exchange;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import tools.jackson.databind.node.ObjectNode;

/// Reads the document that a request brings, whatever its format, and tells the client what of it
/// nobody knows.
final class Bodies {
  /// How many bytes of an unreadable body are shown to whoever sent it.
  private static final int SHOWN = 30;

  private final Wire wire;

  Bodies(Wire wire) {
    this.wire = wire;
  }

  /// An object of the kind that the path names.
  ObjectNode object(Exchange exchange, Kind kind) {
    if (kind.isCustom() && Format.ofBody(exchange.header("Content-Type")) == Format.PROTOBUF) {
      throw new ApiException(
          new ApiError.UnsupportedMediaType(
              "the body of the request was in an unknown format - accepted media types include:"
                  + " application/json, application/yaml"));
    }
    Parsed parsed = parse(exchange, kind.schema(), kind.kind());
    checkKind(parsed.tree(), kind.apiVersion(), kind.kind());
    ManagedFields.markReset(parsed.tree());
    Decoder.Decoded decoded = Decoder.decode(parsed, kind, validation(exchange));
    warn(exchange, decoded.warnings());
    return decoded.tree();
  }

  /// A document that belongs to a subresource, as Scale or Eviction; an empty body is an empty one.
  ///
  /// @param apiVersion empty when any will do
  ObjectNode document(Exchange exchange, Schema schema, String apiVersion, String kind) {
    if (exchange.body().length == 0) {
      return Json.object();
    }
    Parsed parsed = parse(exchange, schema, kind);
    checkKind(parsed.tree(), apiVersion, kind);
    Decoder.Decoded decoded = Decoder.decode(parsed, schema, validation(exchange));
    warn(exchange, decoded.warnings());
    return decoded.tree();
  }

  static FieldValidation validation(Exchange exchange) {
    return FieldValidation.of(exchange.query("fieldValidation").orElse(""));
  }

  static void warn(Exchange exchange, List<String> warnings) {
    for (String warning : warnings) {
      exchange.addHeader("Warning", Warnings.header(warning));
    }
  }

  /// @param kind what the path expects, for who sent something else
  private Parsed parse(Exchange exchange, Schema schema, String kind) {
    byte[] body = exchange.body();
    Format format = Format.ofBody(exchange.header("Content-Type"));
    try {
      return switch (format) {
        case JSON -> Json.read(body);
        case YAML -> Yaml.read(body);
        case PROTOBUF -> Parsed.of(wire.decode(body, schema));
      };
    } catch (ApiException unreadable) {
      if (!(unreadable.error() instanceof ApiError.BadRequest)) {
        throw unreadable;
      }
      throw ApiException.badRequest(
          "the object provided is unrecognized (must be of type %s): %s (%s)"
              .formatted(kind, unreadable.getMessage(), beginning(body)));
    }
  }

  /// How an unreadable body begins: as text where it looks like JSON, else in hexadecimal digits.
  private static String beginning(byte[] body) {
    if (body.length == 0) {
      return "<empty>";
    }
    byte[] start = Arrays.copyOf(body, Math.min(body.length, SHOWN));
    String text =
        body[0] == '{'
            ? new String(start, StandardCharsets.UTF_8)
            : HexFormat.of().formatHex(start);
    return body.length > SHOWN ? text + " ..." : text;
  }

  private static void checkKind(ObjectNode tree, String apiVersion, String kind) {
    String sentVersion = tree.path("apiVersion").asString("");
    String sentKind = tree.path("kind").asString("");
    if (!sentVersion.isEmpty() && !apiVersion.isEmpty() && !sentVersion.equals(apiVersion)) {
      throw ApiException.badRequest(
          "the API version in the data (%s) does not match the expected API version (%s)"
              .formatted(sentVersion, apiVersion));
    }
    if (!sentKind.isEmpty() && !sentKind.equals(kind)) {
      throw ApiException.badRequest(
          "the kind in the data (%s) does not match the expected kind (%s)"
              .formatted(sentKind, kind));
    }
  }
}
