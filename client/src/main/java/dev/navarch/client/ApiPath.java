package dev.navarch.client;

import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;

/// A path of the API with its query, as in
/// `/apis/apps/v1/namespaces/default/deployments/web/scale`.
final class ApiPath {
  private final StringBuilder path = new StringBuilder();
  private final List<String> query = new ArrayList<>();

  private ApiPath(Resource<?> resource, String namespace) {
    path.append(resource.group().isEmpty() ? "/api/" : "/apis/" + resource.group() + "/")
        .append(resource.version());
    if (resource.namespaced() && !namespace.isEmpty()) {
      path.append("/namespaces/").append(namespace);
    }
    path.append('/').append(resource.plural());
  }

  static ApiPath of(Resource<?> resource, String namespace) {
    return new ApiPath(resource, namespace);
  }

  static ApiPath of(Resource<?> resource, Key key, String subresource) {
    var path = new ApiPath(resource, key.namespace());
    path.path.append('/').append(encode(key.name()));
    if (!subresource.isEmpty()) {
      path.path.append('/').append(subresource);
    }
    return path;
  }

  /// Adds a parameter, unless it is empty.
  ApiPath with(String name, String value) {
    if (!value.isEmpty()) {
      query.add(name + "=" + encode(value));
    }
    return this;
  }

  private static String encode(String value) {
    return URLEncoder.encode(value, StandardCharsets.UTF_8).replace("+", "%20");
  }

  @Override
  public String toString() {
    return query.isEmpty() ? path.toString() : path + "?" + String.join("&", query);
  }
}
