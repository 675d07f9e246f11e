package dev.navarch.apiserver.registry;

import dev.navarch.api.ApiError;
import dev.navarch.api.ApiException;
import dev.navarch.api.Decoder;
import dev.navarch.api.FieldValidation;
import dev.navarch.api.Json;
import dev.navarch.api.Parsed;
import dev.navarch.api.Schema;
import dev.navarch.api.patch.JsonPatch;
import dev.navarch.api.patch.MergePatch;
import dev.navarch.api.patch.StrategicMergePatch;
import dev.navarch.client.Cluster.Patch;
import java.util.List;
import java.util.Locale;
import java.util.function.Consumer;
import java.util.function.UnaryOperator;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/// A client's patch as a change to a document: each format's own rules, and then the schema's, as
/// for any document that a client sends.
final class Patches {
  private static final String ACCEPTED =
      "application/json-patch+json, application/merge-patch+json,"
          + " application/strategic-merge-patch+json";

  private Patches() {}

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
    JsonNode body =
        switch (patch.type()) {
          case JSON, MERGE, STRATEGIC -> Json.parseAny(patch.body());
          case APPLY -> throw notYet();
        };
    return object -> {
      ObjectNode patched =
          switch (patch.type()) {
            case JSON -> JsonPatch.apply(object, body);
            case MERGE -> MergePatch.apply(object, body);
            case STRATEGIC -> StrategicMergePatch.apply(object, body, schema);
            case APPLY -> throw notYet();
          };
      Decoder.Decoded decoded = Decoder.decode(Parsed.of(patched), schema, mode);
      warnings.accept(decoded.warnings());
      return decoded.tree();
    };
  }

  private static ApiException notYet() {
    return new ApiException(
        new ApiError.UnsupportedMediaType(
            "server-side apply (application/apply-patch+yaml) is not supported yet; accepted media"
                + " types include: "
                + ACCEPTED));
  }
}
