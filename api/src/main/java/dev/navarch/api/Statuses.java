package dev.navarch.api;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.JsonNodeFactory;
import tools.jackson.databind.node.ObjectNode;

/// Turns an {@link ApiError} into the `Status` document that clients know, and back. Both ways keep
/// the sentence, the reason and the causes, so that an error looks alike near and far.
public final class Statuses {
  private static final String FIELD_MANAGER_CONFLICT = "FieldManagerConflict";
  private static final String CONFLICT_WITH = "conflict with ";

  private Statuses() {}

  /// The HTTP status code.
  public static int code(ApiError error) {
    return switch (error) {
      case ApiError.BadRequest _ -> 400;
      case ApiError.Unauthorized _ -> 401;
      case ApiError.Forbidden _ -> 403;
      case ApiError.NotFound _, ApiError.NoSuchPath _ -> 404;
      case ApiError.MethodNotAllowed _ -> 405;
      case ApiError.NotAcceptable _ -> 406;
      case ApiError.AlreadyExists _, ApiError.Conflict _, ApiError.ApplyConflict _ -> 409;
      case ApiError.Expired _ -> 410;
      case ApiError.TooLarge _ -> 413;
      case ApiError.UnsupportedMediaType _ -> 415;
      case ApiError.Invalid _ -> 422;
      case ApiError.TooManyRequests _ -> 429;
      case ApiError.Refused refused -> refused.code();
      case ApiError.Internal _, ApiError.Untyped _ -> 500;
      case ApiError.Unavailable _ -> 503;
      case ApiError.Timeout _ -> 504;
    };
  }

  /// The machine-readable reason.
  public static String reason(ApiError error) {
    return switch (error) {
      case ApiError.BadRequest _ -> "BadRequest";
      case ApiError.Unauthorized _ -> "Unauthorized";
      case ApiError.Forbidden _ -> "Forbidden";
      case ApiError.NotFound _, ApiError.NoSuchPath _ -> "NotFound";
      case ApiError.MethodNotAllowed _ -> "MethodNotAllowed";
      case ApiError.NotAcceptable _ -> "NotAcceptable";
      case ApiError.AlreadyExists _ -> "AlreadyExists";
      case ApiError.Conflict _, ApiError.ApplyConflict _ -> "Conflict";
      case ApiError.Expired _ -> "Expired";
      case ApiError.TooLarge _ -> "RequestEntityTooLarge";
      case ApiError.UnsupportedMediaType _ -> "UnsupportedMediaType";
      case ApiError.Invalid _ -> "Invalid";
      case ApiError.TooManyRequests _ -> "TooManyRequests";
      case ApiError.Refused refused -> refused.reason();
      case ApiError.Internal _ -> "InternalError";
      case ApiError.Untyped _ -> "";
      case ApiError.Unavailable _ -> "ServiceUnavailable";
      case ApiError.Timeout _ -> "Timeout";
    };
  }

  public static ObjectNode document(ApiError error) {
    ObjectNode status = JsonNodeFactory.instance.objectNode();
    status.put("kind", "Status").put("apiVersion", "v1").putObject("metadata");
    status.put("status", "Failure").put("message", error.message()).put("reason", reason(error));
    ObjectNode details = status.putObject("details");
    switch (error) {
      case ApiError.NotFound(var resource, var name) -> name(details, resource, name);
      case ApiError.AlreadyExists(var resource, var name) -> name(details, resource, name);
      case ApiError.Conflict(var resource, var name, _) -> name(details, resource, name);
      case ApiError.Forbidden(var resource, var name, _) -> {
        if (resource != null) {
          name(details, resource, name);
        }
      }
      case ApiError.Invalid(var group, var kind, var name, var causes) -> {
        name(details, new ApiError.Resource(group, kind), name);
        causes.forEach(
            cause ->
                details
                    .withArray("causes")
                    .addObject()
                    .put("reason", cause.type().reason())
                    .put("message", cause.message())
                    .put("field", cause.field()));
      }
      case ApiError.ApplyConflict(_, var conflicts) ->
          conflicts.forEach(
              conflict ->
                  details
                      .withArray("causes")
                      .addObject()
                      .put("reason", FIELD_MANAGER_CONFLICT)
                      .put("message", CONFLICT_WITH + conflict.owner())
                      .put("field", conflict.field()));
      case ApiError.Refused refused -> {
        if (refused.resource() != null) {
          name(details, refused.resource(), refused.name());
          refused
              .causes()
              .forEach(cause -> details.withArray("causes").addObject().put("message", cause));
        }
      }
      case ApiError.TooManyRequests(_, var after, var causes) -> {
        causes.forEach(
            cause ->
                details
                    .withArray("causes")
                    .addObject()
                    .put("reason", cause.reason())
                    .put("message", cause.message()));
        retryAfter(details, after);
      }
      case ApiError.Expired(_, var next) -> {
        if (!next.isEmpty()) {
          ((ObjectNode) status.required("metadata")).put("continue", next);
        }
      }
      case ApiError.Timeout(_, var after) -> retryAfter(details, after);
      case ApiError.NoSuchPath _,
          ApiError.BadRequest _,
          ApiError.Unauthorized _,
          ApiError.MethodNotAllowed _,
          ApiError.NotAcceptable _,
          ApiError.UnsupportedMediaType _,
          ApiError.TooLarge _,
          ApiError.Unavailable _,
          ApiError.Internal _,
          ApiError.Untyped _ -> {}
    }
    if (reason(error).isEmpty()) {
      status.remove("reason");
    }
    if (details.isEmpty()) {
      status.remove("details");
    }
    return status.put("code", code(error));
  }

  /// The error that a `Status` document stands for.
  ///
  /// @param code the answer's HTTP status code, for a document that has none
  public static ApiError error(JsonNode status, int code) {
    String message = status.path("message").asString("");
    JsonNode details = status.path("details");
    String name = details.path("name").asString("");
    var resource =
        new ApiError.Resource(
            details.path("group").asString(""), details.path("kind").asString(""));
    var after = Duration.ofSeconds(details.path("retryAfterSeconds").asInt(1));
    return switch (status.path("reason").asString("")) {
      case "BadRequest" -> new ApiError.BadRequest(message);
      case "Unauthorized" -> new ApiError.Unauthorized(message);
      case "Forbidden" -> forbidden(resource, name, message);
      case "NotFound" ->
          name.isEmpty() ? new ApiError.NoSuchPath() : new ApiError.NotFound(resource, name);
      case "MethodNotAllowed" -> new ApiError.MethodNotAllowed(message);
      case "NotAcceptable" -> new ApiError.NotAcceptable(message);
      case "AlreadyExists" -> new ApiError.AlreadyExists(resource, name);
      case "Conflict" -> conflict(resource, name, message, details.path("causes"));
      case "Expired", "Gone" ->
          new ApiError.Expired(message, status.path("metadata").path("continue").asString(""));
      case "RequestEntityTooLarge" -> new ApiError.TooLarge(message);
      case "UnsupportedMediaType" -> new ApiError.UnsupportedMediaType(message);
      case "Invalid" ->
          new ApiError.Invalid(
              resource.group(), resource.plural(), name, causes(details.path("causes")));
      case "TooManyRequests" ->
          new ApiError.TooManyRequests(message, after, plainCauses(details.path("causes")));
      case "InternalError" -> new ApiError.Internal(message);
      case "ServiceUnavailable" -> new ApiError.Unavailable(message);
      case "Timeout", "ServerTimeout" -> new ApiError.Timeout(message, after);
      default -> byCode(status.path("code").asInt(code), message, after);
    };
  }

  /// The error behind an answer that carries no `Status`, by its code alone.
  public static ApiError byCode(int code, String message, Duration retryAfter) {
    return switch (code) {
      case 400 -> new ApiError.BadRequest(message);
      case 401 -> new ApiError.Unauthorized(message);
      case 403 -> new ApiError.Forbidden(null, "", message);
      case 404 -> new ApiError.NoSuchPath();
      case 405 -> new ApiError.MethodNotAllowed(message);
      case 406 -> new ApiError.NotAcceptable(message);
      case 410 -> new ApiError.Expired(message);
      case 413 -> new ApiError.TooLarge(message);
      case 415 -> new ApiError.UnsupportedMediaType(message);
      case 429 -> new ApiError.TooManyRequests(message, retryAfter);
      case 502, 503 -> new ApiError.Unavailable(message);
      case 504 -> new ApiError.Timeout(message, retryAfter);
      default -> new ApiError.Internal(message);
    };
  }

  private static void name(ObjectNode details, ApiError.Resource resource, String name) {
    if (!name.isEmpty()) {
      details.put("name", name);
    }
    if (!resource.group().isEmpty()) {
      details.put("group", resource.group());
    }
    details.put("kind", resource.plural());
  }

  private static void retryAfter(ObjectNode details, Duration after) {
    if (after.isPositive()) {
      details.put("retryAfterSeconds", Math.max(1, after.toSeconds()));
    }
  }

  private static ApiError forbidden(ApiError.Resource resource, String name, String message) {
    var of = resource.plural().isEmpty() ? null : resource;
    return new ApiError.Forbidden(of, name, without(new ApiError.Forbidden(of, name, ""), message));
  }

  private static ApiError conflict(
      ApiError.Resource resource, String name, String message, JsonNode causes) {
    List<ApiError.FieldConflict> conflicts = new ArrayList<>();
    for (JsonNode cause : causes) {
      if (cause.path("reason").asString("").equals(FIELD_MANAGER_CONFLICT)) {
        String with = cause.path("message").asString("");
        conflicts.add(
            new ApiError.FieldConflict(
                with.startsWith(CONFLICT_WITH) ? with.substring(CONFLICT_WITH.length()) : with,
                cause.path("field").asString("")));
      }
    }
    return conflicts.isEmpty()
        ? new ApiError.Conflict(
            resource, name, without(new ApiError.Conflict(resource, name, ""), message))
        : new ApiError.ApplyConflict(message, conflicts);
  }

  /// What is left of a message after the words that the error puts before its detail.
  private static String without(ApiError blank, String message) {
    String prefix = blank.message();
    return message.startsWith(prefix) ? message.substring(prefix.length()) : message;
  }

  private static List<ApiError.Cause> plainCauses(JsonNode causes) {
    return causes
        .valueStream()
        .map(
            cause ->
                new ApiError.Cause(
                    cause.path("reason").asString(""), cause.path("message").asString("")))
        .toList();
  }

  private static List<FieldError> causes(JsonNode causes) {
    List<FieldError> errors = new ArrayList<>();
    for (JsonNode cause : causes) {
      String reason = cause.path("reason").asString("");
      var type = FieldError.Type.byReason(reason);
      var blank = new FieldError(type, "", "", "");
      String message = cause.path("message").asString("");
      String start = blank.message() + ": ";
      errors.add(
          new FieldError(
              type,
              cause.path("field").asString(""),
              "",
              message.startsWith(start)
                  ? message.substring(start.length())
                  : message.equals(blank.message()) ? "" : message));
    }
    return errors;
  }
}
