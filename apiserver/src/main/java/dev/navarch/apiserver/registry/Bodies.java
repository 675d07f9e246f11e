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
import java.util.List;
import tools.jackson.databind.node.ObjectNode;

/// Reads the document that a request brings, whatever its format, and tells the client what of it
/// nobody knows.
final class Bodies {
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
    Parsed parsed = parse(exchange, kind.schema());
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
    Parsed parsed = parse(exchange, schema);
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

  private Parsed parse(Exchange exchange, Schema schema) {
    return switch (Format.ofBody(exchange.header("Content-Type"))) {
      case JSON -> Json.read(exchange.body());
      case YAML -> Yaml.read(exchange.body());
      case PROTOBUF -> Parsed.of(wire.decode(exchange.body(), schema));
    };
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
