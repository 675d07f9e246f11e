package dev.navarch.apiserver.registry;

import dev.navarch.api.ApiError;
import dev.navarch.api.ApiException;
import dev.navarch.api.Decoder;
import dev.navarch.api.FieldError;
import dev.navarch.api.FieldValidation;
import dev.navarch.api.GoConversion;
import dev.navarch.api.Json;
import dev.navarch.api.Parsed;
import dev.navarch.api.Schema;
import dev.navarch.api.Yaml;
import dev.navarch.api.apply.AppliedConfiguration;
import dev.navarch.api.apply.ManagedFields;
import dev.navarch.api.patch.JsonPatch;
import dev.navarch.api.patch.MergePatch;
import dev.navarch.api.patch.StrategicMergePatch;
import dev.navarch.client.Cluster.Patch;
import dev.navarch.http.Exchange;
import java.util.List;
import java.util.Locale;
import java.util.function.Consumer;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;
import tools.jackson.databind.node.StringNode;

/// A client's patch as a change to a document, or as a configuration to apply: each format's own
/// rules, and then the schema's, as for any document that a client sends.
final class Patches {
  private static final String ACCEPTED =
      "application/json-patch+json, application/merge-patch+json,"
          + " application/strategic-merge-patch+json, application/apply-patch+yaml";

  private static final String ACCEPTED_FOR_CUSTOM =
      "application/json-patch+json, application/merge-patch+json, application/apply-patch+yaml";

  private Patches() {}

  /// The patch that a request brings, with options that fit it.
  static Patch of(Exchange exchange) {
    Patch.Type type = type(exchange.header("Content-Type").orElse(""));
    FieldManagers.checkPatch(exchange, type == Patch.Type.APPLY);
    return new Patch(type, exchange.body());
  }

  static boolean isForced(Exchange exchange) {
    return ReadOptions.isSet(exchange, "force");
  }

  /// The patch format that a media type names.
  static Patch.Type type(String contentType) {
    String type = contentType.split(";", 2)[0].strip().toLowerCase(Locale.ROOT);
    for (Patch.Type known : Patch.Type.values()) {
      if (known.mediaType().equals(type)) {
        return known;
      }
    }
    throw new ApiException(
        new ApiError.UnsupportedMediaType(
            "the body of the request was in an unknown format - accepted media types include: "
                + ACCEPTED));
  }

  /// @param warnings receives what the patched document brought that the schema does not know
  static UnaryOperator<ObjectNode> change(
      Patch patch, Schema schema, FieldValidation mode, Consumer<List<String>> warnings) {
    if (patch.type() == Patch.Type.STRATEGIC && schema.structural()) {
      throw new ApiException(
          new ApiError.UnsupportedMediaType(
              "the body of the request was in an unknown format - accepted media types include: "
                  + ACCEPTED_FOR_CUSTOM));
    }
    JsonNode body = Json.parseAny(patch.body());
    List<String> repeated =
        body.isObject() && mode != FieldValidation.IGNORE
            ? Json.read(patch.body()).warnings()
            : List.of();
    return object -> {
      ObjectNode patched =
          switch (patch.type()) {
            case JSON -> JsonPatch.apply(object, body);
            case MERGE -> MergePatch.apply(object, body);
            case STRATEGIC -> StrategicMergePatch.apply(object, body, schema);
            case APPLY -> throw new IllegalArgumentException("what is applied is no change");
          };
      ManagedFields.markReset(patched);
      Decoder.Decoded decoded =
          decoded(
              new Parsed(patched, repeated, repeated),
              schema,
              mode,
              patch.type() == Patch.Type.STRATEGIC ? body : null);
      warnings.accept(decoded.warnings());
      return decoded.tree();
    };
  }

  /// What a patch leads to must be an object of its kind: else the patch is what is invalid. As
  /// with upstream, a strategic one is shown itself, of others what they led to.
  private static Decoder.Decoded decoded(
      Parsed patched, Schema schema, FieldValidation mode, @Nullable JsonNode strategic) {
    try {
      return Decoder.decode(patched, schema, mode);
    } catch (ApiException e) {
      if (!(e.error() instanceof ApiError.BadRequest)) {
        throw e;
      }
      String why = e.error().message();
      String shown = Json.text(patched.tree());
      if (strategic != null) {
        why = GoConversion.failure(patched.tree(), schema).orElse(why);
        shown = GoConversion.text(strategic);
      }
      throw new ApiException(
          new ApiError.Invalid(
              "",
              "",
              "",
              List.of(FieldError.invalid("patch", Json.text(StringNode.valueOf(shown)), why))));
    }
  }

  /// What a server-side apply wants. Unknown fields are refused whatever the mode: nobody could own
  /// them.
  static AppliedConfiguration configuration(
      Patch patch,
      String apiVersion,
      String kind,
      Schema schema,
      FieldValidation mode,
      Consumer<List<String>> warnings) {
    Parsed parsed = parsed(patch.body());
    ObjectNode tree = parsed.tree();
    String sentVersion = tree.path("apiVersion").asString("");
    String sentKind = tree.path("kind").asString("");
    if (!sentVersion.equals(apiVersion) || !sentKind.equals(kind)) {
      throw ApiException.badRequest(
          "invalid object type: %s, Kind=%s"
              .formatted(sentVersion.isEmpty() ? "/" : sentVersion, sentKind));
    }
    if (!tree.path("metadata").path("managedFields").isMissingNode()
        && !tree.path("metadata").path("managedFields").isNull()) {
      throw ApiException.badRequest("metadata.managedFields must be nil");
    }
    switch (mode) {
      case IGNORE -> {}
      case WARN -> warnings.accept(parsed.warnings());
      case STRICT -> {
        if (!parsed.errors().isEmpty()) {
          throw ApiException.badRequest(
              "error strict decoding YAML: " + String.join(", ", parsed.errors()));
        }
      }
    }
    return AppliedConfiguration.of(tree, schema);
  }

  private static Parsed parsed(byte[] body) {
    try {
      return body.length > 0 && body[0] == '{' ? Json.read(body) : Yaml.read(body);
    } catch (ApiException e) {
      throw ApiException.badRequest("error decoding YAML: " + e.getMessage());
    }
  }
}
