package dev.navarch.apiserver.registry;

import dev.navarch.api.ApiError;
import dev.navarch.api.ApiException;
import java.util.Locale;
import java.util.Optional;

/// How a document is written on the wire.
enum Format {
  JSON("application/json"),
  YAML("application/yaml"),
  PROTOBUF("application/vnd.kubernetes.protobuf");

  static final String ACCEPTED =
      "application/json, application/yaml, application/vnd.kubernetes.protobuf";

  private final String mediaType;

  Format(String mediaType) {
    this.mediaType = mediaType;
  }

  String mediaType() {
    return mediaType;
  }

  static Optional<Format> at(String mediaType) {
    return switch (mediaType) {
      case "application/json", "application/*", "*/*" -> Optional.of(JSON);
      case "application/yaml" -> Optional.of(YAML);
      case "application/vnd.kubernetes.protobuf" -> Optional.of(PROTOBUF);
      default -> Optional.empty();
    };
  }

  /// The format of a request's body; JSON when it does not say.
  static Format ofBody(Optional<String> contentType) {
    String type = contentType.orElse("").split(";", 2)[0].strip().toLowerCase(Locale.ROOT);
    return type.isEmpty()
        ? JSON
        : at(type)
            .orElseThrow(
                () ->
                    new ApiException(
                        new ApiError.UnsupportedMediaType(
                            "the body of the request was in an unknown format - accepted media"
                                + " types include: "
                                + ACCEPTED)));
  }
}
