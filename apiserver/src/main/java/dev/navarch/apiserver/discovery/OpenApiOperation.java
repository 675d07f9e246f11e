package dev.navarch.apiserver.discovery;

import java.util.List;
import org.jspecify.annotations.Nullable;

/// One operation of a path, as both dialects of OpenAPI describe it.
///
/// @param method the HTTP method in lower case
/// @param action what Kubernetes calls it: `list`, `post`, `deletecollection`, `connect`…
/// @param kind that the operation is about; it may be of another group than the path
/// @param body the definition of what is sent; null for none
/// @param answer the definition of what is answered; null for what is no document
/// @param strategic whether a strategic merge patch is understood: custom resources know none
/// @param watches whether a stream of events can be asked for
record OpenApiOperation(
    String method,
    String action,
    String id,
    String tag,
    GroupVersionKind kind,
    @Nullable String body,
    @Nullable String answer,
    boolean watches,
    boolean strategic,
    List<Parameter> parameters) {

  record GroupVersionKind(String group, String version, String kind) {}

  /// @param place `query` or `path`
  /// @param type `string`, `integer` or `boolean`
  record Parameter(String name, String place, String type) {
    static Parameter text(String name) {
      return new Parameter(name, "query", "string");
    }

    static Parameter number(String name) {
      return new Parameter(name, "query", "integer");
    }

    static Parameter flag(String name) {
      return new Parameter(name, "query", "boolean");
    }

    static Parameter inPath(String name) {
      return new Parameter(name, "path", "string");
    }

    boolean required() {
      return place.equals("path");
    }
  }
}
