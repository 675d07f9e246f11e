package dev.navarch.apiserver.registry;

import dev.navarch.api.ApiException;
import dev.navarch.api.Json;
import java.nio.charset.StandardCharsets;
import java.util.Base64;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.node.ObjectNode;

/// Where the next page of a list begins, and the revision that all its pages show. Opaque to
/// clients, and in the form that they know.
///
/// @param revision `NEWEST` for a list that goes on although its state is forgotten
/// @param after the key of the last object of the page before, below the collection's prefix
record ContinueToken(long revision, String after) {
  private static final String VERSION = "meta.k8s.io/v1";
  static final long NEWEST = -1;

  String text() {
    ObjectNode token =
        Json.object().put("v", VERSION).put("rv", revision).put("start", after + "\u0000");
    return Base64.getUrlEncoder().withoutPadding().encodeToString(Json.bytes(token));
  }

  /// @throws ApiException BadRequest for what this server never handed out
  static ContinueToken parse(String text) {
    ObjectNode token;
    try {
      byte[] json = Base64.getUrlDecoder().decode(text.getBytes(StandardCharsets.UTF_8));
      token = Json.parse(json);
    } catch (IllegalArgumentException | ApiException e) {
      throw invalid(e.getMessage());
    }
    String start = token.path("start").asString("");
    if (!token.path("v").asString("").equals(VERSION)) {
      throw invalid("server does not recognize this encoded version");
    }
    if (start.isEmpty() || start.contains("..") || start.startsWith("/")) {
      throw invalid("invalid start key");
    }
    return new ContinueToken(token.path("rv").asLong(0), start.substring(0, start.length() - 1));
  }

  private static ApiException invalid(@Nullable String why) {
    return ApiException.badRequest("continue key is not valid: " + why);
  }
}
