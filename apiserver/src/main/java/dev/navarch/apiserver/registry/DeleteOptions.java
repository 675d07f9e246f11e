package dev.navarch.apiserver.registry;

import dev.navarch.api.ApiError;
import dev.navarch.api.ApiException;
import dev.navarch.api.FieldError;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/// How a client wants something to be deleted.
///
/// @param gracePeriod in seconds; null for the kind's own
/// @param propagation what becomes of dependents; null for the kind's own
/// @param uid delete only this very object; empty for whichever has the name
/// @param resourceVersion delete only in this state; empty for any
public record DeleteOptions(
    @Nullable Long gracePeriod,
    @Nullable Propagation propagation,
    String uid,
    String resourceVersion,
    boolean dryRun) {
  public static final DeleteOptions DEFAULT = new DeleteOptions(null, null, "", "", false);

  /// What becomes of the objects that a deleted one owns.
  public enum Propagation {
    BACKGROUND("Background"),
    FOREGROUND("Foreground"),
    ORPHAN("Orphan");

    private final String text;

    Propagation(String text) {
      this.text = text;
    }

    public static Propagation of(String text) {
      for (Propagation one : values()) {
        if (one.text.equals(text)) {
          return one;
        }
      }
      throw invalid(
          new FieldError(
              FieldError.Type.NOT_SUPPORTED,
              "propagationPolicy",
              "\"" + text + "\"",
              "supported values: \"Foreground\", \"Background\", \"Orphan\", \"nil\""));
    }
  }

  /// Reads the `DeleteOptions` document of a request.
  public static DeleteOptions read(ObjectNode document) {
    JsonNode grace = document.path("gracePeriodSeconds");
    JsonNode orphan = document.path("orphanDependents");
    String policy = document.path("propagationPolicy").asString("");
    if (orphan.isBoolean() && !policy.isEmpty()) {
      throw invalid(
          FieldError.invalid(
              "propagationPolicy",
              "\"" + policy + "\"",
              "orphanDependents and deletionPropagation cannot be both set"));
    }
    Propagation propagation =
        orphan.isBoolean()
            ? orphan.asBoolean() ? Propagation.ORPHAN : Propagation.BACKGROUND
            : policy.isEmpty() ? null : Propagation.of(policy);
    JsonNode preconditions = document.path("preconditions");
    return new DeleteOptions(
        grace.isNumber() ? Long.valueOf(grace.asLong()) : null,
        propagation,
        preconditions.path("uid").asString(""),
        preconditions.path("resourceVersion").asString(""),
        dryRun(Metadata.strings(document.path("dryRun"))));
  }

  DeleteOptions asDryRun() {
    return new DeleteOptions(gracePeriod, propagation, uid, resourceVersion, true);
  }

  /// The same wish, once the object's version was found to be the one that is meant.
  DeleteOptions atAnyVersion() {
    return new DeleteOptions(gracePeriod, propagation, uid, "", dryRun);
  }

  /// The same wish for whichever objects are there: preconditions speak of one object.
  DeleteOptions forAny() {
    return new DeleteOptions(gracePeriod, propagation, "", "", dryRun);
  }

  /// Throws Conflict unless the object is the one that is meant.
  void check(Target target, Metadata metadata) {
    String why =
        !uid.isEmpty() && !uid.equals(metadata.uid())
            ? ("the UID in the precondition (%s) does not match the UID in record (%s). The object"
                    + " might have been deleted and then recreated")
                .formatted(uid, metadata.uid())
            : !resourceVersion.isEmpty() && !resourceVersion.equals(metadata.resourceVersion())
                ? ("the ResourceVersion in the precondition (%s) does not match the ResourceVersion"
                        + " in record (%s). The object might have been modified")
                    .formatted(resourceVersion, metadata.resourceVersion())
                : "";
    if (!why.isEmpty()) {
      throw new ApiException(new ApiError.Conflict(target.kind().resource(), target.name(), why));
    }
  }

  /// The values of a `dryRun` option; only `All` has a meaning.
  static boolean dryRun(List<String> values) {
    Optional<String> unknown = values.stream().filter(value -> !value.equals("All")).findFirst();
    if (unknown.isPresent()) {
      throw invalid(
          new FieldError(
              FieldError.Type.NOT_SUPPORTED,
              "dryRun",
              "\"" + unknown.get() + "\"",
              "supported values: \"All\""));
    }
    return !values.isEmpty();
  }

  private static ApiException invalid(FieldError error) {
    return new ApiException(
        new ApiError.Invalid("meta.k8s.io", "DeleteOptions", "", List.of(error)));
  }
}
