package dev.navarch.apiserver.registry;

import dev.navarch.api.ApiError;
import dev.navarch.api.ApiException;
import dev.navarch.api.FieldError;
import java.time.Instant;
import java.time.InstantSource;
import java.time.temporal.ChronoUnit;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import java.util.UUID;
import java.util.random.RandomGenerator;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/// Gives an object the metadata that the server owns, before anybody judges it: identity and times
/// on create; on update the client's view is checked to be the newest, and what may not change is
/// put back.
final class Preparation {
  /// What only the server writes, and only once or when deleting.
  private static final Set<String> SERVER_OWNED =
      Set.of(
          "uid",
          "creationTimestamp",
          "deletionTimestamp",
          "deletionGracePeriodSeconds",
          "generation",
          "generateName",
          "selfLink",
          "managedFields");

  private static final Set<String> NOT_CHOSEN_BY_CLIENTS =
      Set.of(
          "deletionTimestamp",
          "deletionGracePeriodSeconds",
          "generation",
          "selfLink",
          "managedFields",
          "resourceVersion");

  private static final String STALE =
      "the object has been modified; please apply your changes to the latest version and try again";

  private final InstantSource clock;
  private final RandomGenerator random;
  private final ObjectNames names;
  private volatile Second second = new Second(Instant.EPOCH, Instant.EPOCH.toString());

  Preparation(InstantSource clock, RandomGenerator random) {
    this.clock = clock;
    this.random = random;
    this.names = new ObjectNames(random);
  }

  String now() {
    Instant now = clock.instant().truncatedTo(ChronoUnit.SECONDS);
    Second known = second;
    if (!known.instant.equals(now)) {
      known = new Second(now, now.toString());
      second = known;
    }
    return known.text;
  }

  /// A time as it stands in objects: many are made within a second.
  private record Second(Instant instant, String text) {}

  /// Makes the object new: its namespace, name, uid and time of creation.
  void forCreate(Target target, ObjectNode object) {
    Metadata metadata = Metadata.of(object);
    if (!Set.of("", "0").contains(metadata.resourceVersion())) {
      throw ApiException.badRequest("resourceVersion should not be set on objects to be created");
    }
    NOT_CHOSEN_BY_CLIENTS.forEach(metadata.fields()::remove);
    checkNamespace(
        target,
        metadata,
        "the namespace of the provided object does not match the namespace sent on the request");
    if (!target.name().isEmpty() && metadata.name().isEmpty()) {
      metadata.set("name", target.name());
    }
    if (metadata.name().isEmpty()) {
      String prefix = metadata.text("generateName");
      if (prefix.isEmpty()) {
        throw invalid(
            target, "", FieldError.required("metadata.name", "name or generateName is required"));
      }
      metadata.set("name", names.from(prefix));
    }
    metadata.set(
        "uid", new UUID(version4(random.nextLong()), variant(random.nextLong())).toString());
    metadata.set("creationTimestamp", now());
    Documents.name(object, target.kind());
  }

  /// Refuses an update that means another object, or that was made from another state of it.
  void checkMeant(Target target, ObjectNode sent, ObjectNode old) {
    Metadata metadata = Metadata.of(sent);
    Metadata before = Metadata.of(old);
    checkName(target, metadata);
    checkNamespace(
        target,
        metadata,
        "the namespace of the object (%s) does not match the namespace on the request (%s)"
            .formatted(metadata.namespace(), target.namespace()));
    checkFresh(target, metadata, before);
  }

  /// Refuses an object that has another name than the place it is sent to.
  static void checkName(Target target, Metadata sent) {
    if (sent.name().isEmpty()) {
      throw ApiException.badRequest(
          "the name of the object (%s based on URL) was undeterminable: name must be provided"
              .formatted(target.name()));
    }
    if (!sent.name().equals(target.name())) {
      throw ApiException.badRequest(
          "the name of the object (%s) does not match the name on the URL (%s)"
              .formatted(sent.name(), target.name()));
    }
  }

  /// Puts back what an update may not change.
  void forUpdate(Target target, ObjectNode object, ObjectNode old) {
    Metadata metadata = Metadata.of(object);
    Metadata before = Metadata.of(old);
    metadata.take(SERVER_OWNED, before);
    metadata.set("resourceVersion", before.resourceVersion());
    Documents.name(object, target.kind());
  }

  /// Says since when each condition holds, where whoever reports it does not.
  void dateConditions(ObjectNode object, ObjectNode old) {
    for (JsonNode condition : object.at("/status/conditions")) {
      if (condition instanceof ObjectNode each) {
        if (!each.has("lastUpdateTime")) {
          each.put("lastUpdateTime", now());
        }
        if (!each.has("lastTransitionTime")) {
          each.put("lastTransitionTime", since(each, old.at("/status/conditions")));
        }
      }
    }
  }

  private String since(ObjectNode condition, JsonNode before) {
    for (JsonNode each : before) {
      if (each.path("type").equals(condition.path("type"))
          && each.path("status").equals(condition.path("status"))) {
        return each.path("lastTransitionTime").asString(now());
      }
    }
    return now();
  }

  private static void checkFresh(Target target, Metadata metadata, Metadata before) {
    if (!metadata.uid().isEmpty() && !metadata.uid().equals(before.uid())) {
      throw conflict(
          target,
          "Precondition failed: UID in precondition: %s, UID in object meta: %s"
              .formatted(metadata.uid(), before.uid()));
    }
    String version = metadata.resourceVersion();
    if (!Set.of("", "0").contains(version) && !version.equals(before.resourceVersion())) {
      throw conflict(target, STALE);
    }
  }

  private static void checkNamespace(Target target, Metadata metadata, String mismatch) {
    if (target.namespace().isEmpty()) {
      metadata.fields().remove("namespace");
    } else if (metadata.namespace().isEmpty()) {
      metadata.set("namespace", target.namespace());
    } else if (!metadata.namespace().equals(target.namespace())) {
      throw ApiException.badRequest(mismatch);
    }
  }

  /// Whether anything but metadata and status differs: what a generation counts.
  static boolean asksForMore(ObjectNode object, ObjectNode old, boolean statusApart) {
    return !Documents.same(asked(object, statusApart), asked(old, statusApart));
  }

  private static JsonNode asked(ObjectNode object, boolean statusApart) {
    ObjectNode rest = object.objectNode();
    object
        .properties()
        .forEach(
            field -> {
              if (!field.getKey().equals("metadata")
                  && !(statusApart && field.getKey().equals("status"))) {
                rest.set(field.getKey(), field.getValue());
              }
            });
    return rest;
  }

  static ApiException conflict(Target target, String detail) {
    return new ApiException(new ApiError.Conflict(target.kind().resource(), target.name(), detail));
  }

  static ApiException notFound(Target target) {
    return new ApiException(new ApiError.NotFound(target.kind().resource(), target.name()));
  }

  static ApiException invalid(Target target, String name, FieldError... causes) {
    return invalid(target, name, List.of(causes));
  }

  static ApiException invalid(Target target, String name, List<FieldError> causes) {
    return new ApiException(
        new ApiError.Invalid(
            target.kind().group(), target.kind().kind(), Objects.requireNonNull(name), causes));
  }

  private static long version4(long bits) {
    return (bits & ~0xF000L) | 0x4000L;
  }

  private static long variant(long bits) {
    return (bits & 0x3FFFFFFFFFFFFFFFL) | 0x8000000000000000L;
  }
}
