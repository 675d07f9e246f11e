package dev.navarch.apiserver.matching;

import dev.navarch.api.Json;
import dev.navarch.api.Kind;
import dev.navarch.apiserver.admission.AdmissionPlugin.Operation;
import dev.navarch.apiserver.admission.AdmissionPlugin.Request;
import dev.navarch.apiserver.auth.Caller;
import dev.navarch.apiserver.auth.User;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/// A request as an `AdmissionReview` describes it, without its objects: what webhooks are sent, and
/// what expressions see as `request`. It names the version in which the objects are shown, and the
/// one in which the request came.
public final class Reviewed {
  private Reviewed() {}

  public static ObjectNode of(Request request) {
    Kind requested = request.form().requested();
    ObjectNode review = Json.object();
    kind(review, "kind", request);
    resource(review, "resource", request.kind());
    if (!request.subresource().isEmpty()) {
      review.put("subResource", request.subresource());
    }
    if (request.form().type().isEmpty()) {
      kind(review, "requestKind", requested.apiVersion(), requested.kind());
    } else {
      kind(review, "requestKind", request);
    }
    resource(review, "requestResource", requested);
    if (!request.subresource().isEmpty()) {
      review.put("requestSubResource", request.subresource());
    }
    if (!request.name().isEmpty()) {
      review.put("name", request.name());
    }
    if (!request.namespace().isEmpty()) {
      review.put("namespace", request.namespace());
    }
    review.put("operation", request.operation().name());
    user(review.putObject("userInfo"), request.user());
    review.put("dryRun", request.dryRun());
    String options = options(request.operation());
    if (!options.isEmpty()) {
      ObjectNode document =
          review.putObject("options").put("kind", options).put("apiVersion", "meta.k8s.io/v1");
      document.setAll(Caller.options());
      if (request.dryRun()) {
        document.putArray("dryRun").add("All");
      }
    }
    return review;
  }

  private static String options(Operation operation) {
    return switch (operation) {
      case CREATE -> "CreateOptions";
      case UPDATE -> "UpdateOptions";
      case DELETE -> "DeleteOptions";
      case CONNECT -> "";
    };
  }

  /// What the object calls itself: below a resource, that is often another kind.
  private static void kind(ObjectNode review, String field, Request request) {
    ObjectNode either = request.object() == null ? request.old() : request.object();
    Kind kind = request.kind();
    kind(
        review,
        field,
        either == null ? kind.apiVersion() : either.path("apiVersion").asString(kind.apiVersion()),
        either == null ? kind.kind() : either.path("kind").asString(kind.kind()));
  }

  private static void kind(ObjectNode review, String field, String apiVersion, String kind) {
    int slash = apiVersion.indexOf('/');
    review
        .putObject(field)
        .put("group", slash < 0 ? "" : apiVersion.substring(0, slash))
        .put("version", apiVersion.substring(slash + 1))
        .put("kind", kind);
  }

  private static void resource(ObjectNode review, String field, Kind kind) {
    review
        .putObject(field)
        .put("group", kind.group())
        .put("version", kind.version())
        .put("resource", kind.plural());
  }

  private static void user(ObjectNode into, User user) {
    into.put("username", user.name());
    if (!user.uid().isEmpty()) {
      into.put("uid", user.uid());
    }
    ArrayNode groups = into.putArray("groups");
    user.groups().forEach(groups::add);
    if (!user.extra().isEmpty()) {
      ObjectNode extra = into.putObject("extra");
      user.extra()
          .forEach((key, values) -> values.forEach(value -> extra.withArray(key).add(value)));
    }
  }
}
