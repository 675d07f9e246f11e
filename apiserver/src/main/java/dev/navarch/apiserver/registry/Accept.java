package dev.navarch.apiserver.registry;

import dev.navarch.api.ApiError;
import dev.navarch.api.ApiException;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.function.Predicate;

/// What a client wants to get: a format, and the object itself or a view of it. A client lists
/// several, best first, so that old servers can answer it, too: the first that is served counts.
///
/// @param version of the group meta.k8s.io, for views
record Accept(Format format, View view, String version) {

  /// What of an object is shown.
  enum View {
    WHOLE,
    /// Rows for people, as `kubectl get` prints them.
    TABLE,
    /// The metadata alone.
    METADATA
  }

  private static final String STREAMED =
      "application/json;stream=watch, application/vnd.kubernetes.protobuf;stream=watch";

  private record Clause(String type, Map<String, String> parameters) {
    double quality() {
      try {
        return Double.parseDouble(parameters.getOrDefault("q", "1"));
      } catch (NumberFormatException e) {
        return 0;
      }
    }
  }

  /// @param binary whether whole objects have a protobuf form
  /// @throws ApiException NotAcceptable, naming what there is
  static Accept of(List<String> headers, boolean watch, boolean binary) {
    return of(
        headers,
        watch,
        accept -> binary || accept.format() != Format.PROTOBUF || accept.view() != View.WHOLE);
  }

  /// What a client wants of a document that has no views.
  ///
  /// @throws ApiException NotAcceptable, naming what there is
  static Accept whole(List<String> headers) {
    return of(headers, false, accept -> accept.view() == View.WHOLE);
  }

  private static Accept of(List<String> headers, boolean watch, Predicate<Accept> served) {
    List<Clause> clauses = clauses(String.join(",", headers));
    if (clauses.isEmpty()) {
      return new Accept(Format.JSON, View.WHOLE, "v1");
    }
    return clauses.stream()
        .sorted(Comparator.comparingDouble(Clause::quality).reversed())
        .map(clause -> of(clause, watch))
        .flatMap(Optional::stream)
        .filter(served)
        .findFirst()
        .orElseThrow(
            () ->
                new ApiException(
                    new ApiError.NotAcceptable(
                        "only the following media types are accepted: "
                            + (watch ? STREAMED : Format.ACCEPTED))));
  }

  /// The best format of those in which whole documents are wanted; JSON when there is none.
  static Format format(List<String> headers) {
    return clauses(String.join(",", headers)).stream()
        .filter(clause -> !clause.parameters().containsKey("as"))
        .sorted(Comparator.comparingDouble(Clause::quality).reversed())
        .flatMap(clause -> Format.at(clause.type()).stream())
        .findFirst()
        .orElse(Format.JSON);
  }

  private static Optional<Accept> of(Clause clause, boolean watch) {
    Optional<Format> format = Format.at(clause.type());
    String as = clause.parameters().getOrDefault("as", "");
    String version = clause.parameters().getOrDefault("v", "v1");
    if (format.isEmpty() || (watch && format.get() == Format.YAML)) {
      return Optional.empty();
    }
    if (as.isEmpty()) {
      return Optional.of(new Accept(format.get(), View.WHOLE, "v1"));
    }
    boolean known =
        clause.parameters().getOrDefault("g", "").equals("meta.k8s.io")
            && (version.equals("v1") || version.equals("v1beta1"));
    return switch (as) {
      case "Table" ->
          known && format.get() != Format.PROTOBUF
              ? Optional.of(new Accept(format.get(), View.TABLE, version))
              : Optional.empty();
      case "PartialObjectMetadata", "PartialObjectMetadataList" ->
          known ? Optional.of(new Accept(format.get(), View.METADATA, version)) : Optional.empty();
      default -> Optional.empty();
    };
  }

  private static List<Clause> clauses(String header) {
    List<Clause> clauses = new ArrayList<>();
    for (String text : header.split(",")) {
      String[] parts = text.strip().split(";", -1);
      String type = parts[0].strip().toLowerCase(Locale.ROOT);
      Map<String, String> parameters = new HashMap<>();
      for (int i = 1; i < parts.length; i++) {
        String[] pair = parts[i].strip().split("=", 2);
        if (pair.length == 2) {
          parameters.put(pair[0], pair[1]);
        }
      }
      if (!type.isEmpty()) {
        clauses.add(new Clause(type, parameters));
      }
    }
    return clauses;
  }

  String apiVersion() {
    return "meta.k8s.io/" + version;
  }
}
