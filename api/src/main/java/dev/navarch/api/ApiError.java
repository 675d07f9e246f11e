package dev.navarch.api;

import java.time.Duration;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// Every way in which an API call can fail, as Kubernetes' `Status` names them: an HTTP code, a
/// machine-readable reason and a sentence for people. The runtime and the HTTP layer switch over
/// this in one place each.
public sealed interface ApiError {
  /// The sentence that a user reads.
  String message();

  /// The resource that an error speaks of, as `pods` or `deployments.apps`.
  record Resource(String group, String plural) {
    @Override
    public String toString() {
      return group.isEmpty() ? plural : plural + "." + group;
    }
  }

  record NotFound(Resource resource, String name) implements ApiError {
    @Override
    public String message() {
      return "%s \"%s\" not found".formatted(resource, name);
    }
  }

  /// A path that leads to no resource at all.
  record NoSuchPath() implements ApiError {
    @Override
    public String message() {
      return "the server could not find the requested resource";
    }
  }

  record AlreadyExists(Resource resource, String name) implements ApiError {
    @Override
    public String message() {
      return "%s \"%s\" already exists".formatted(resource, name);
    }
  }

  record Conflict(Resource resource, String name, String detail) implements ApiError {
    @Override
    public String message() {
      return "Operation cannot be fulfilled on %s \"%s\": %s".formatted(resource, name, detail);
    }
  }

  /// An applied configuration would change what others own. Trying again changes nothing.
  record ApplyConflict(String message, List<FieldConflict> conflicts) implements ApiError {
    public ApplyConflict {
      conflicts = List.copyOf(conflicts);
    }
  }

  /// @param owner `"kube-controller-manager" using apps/v1`
  /// @param field `.spec.replicas`
  record FieldConflict(String owner, String field) {}

  /// An applied configuration that does not fit its kind's schema: upstream gives it no reason.
  record Untyped(String message) implements ApiError {}

  /// The object was understood, and breaks rules of its kind.
  record Invalid(String group, String kind, String name, List<FieldError> causes)
      implements ApiError {
    public Invalid {
      causes = List.copyOf(causes);
    }

    @Override
    public String message() {
      String of = group.isEmpty() ? kind : kind + "." + group;
      String what =
          causes.size() == 1
              ? causes.getFirst().toString()
              : "[" + String.join(", ", causes.stream().map(FieldError::toString).toList()) + "]";
      return "%s \"%s\" is invalid: %s".formatted(of, name, what);
    }
  }

  record BadRequest(String message) implements ApiError {}

  record Unauthorized(String message) implements ApiError {}

  record Forbidden(@Nullable Resource resource, String name, String detail) implements ApiError {
    @Override
    public String message() {
      return resource == null
          ? "forbidden: " + detail
          : name.isEmpty()
              ? "%s is forbidden: %s".formatted(resource, detail)
              : "%s \"%s\" is forbidden: %s".formatted(resource, name, detail);
    }
  }

  record MethodNotAllowed(String message) implements ApiError {}

  record NotAcceptable(String message) implements ApiError {}

  record UnsupportedMediaType(String message) implements ApiError {}

  record TooLarge(String message) implements ApiError {}

  /// A resourceVersion or continue token that compaction has passed: list again.
  ///
  /// @param next where a list may go on all the same, at the price of showing two states; empty
  ///   when it cannot
  record Expired(String message, String next) implements ApiError {
    public Expired(String message) {
      this(message, "");
    }
  }

  /// @param retryAfter when a client may try again without asking anybody; zero says nothing of it
  /// @param causes what stands in the way, when it is more than the number of requests
  record TooManyRequests(String message, Duration retryAfter, List<Cause> causes)
      implements ApiError {
    public TooManyRequests {
      causes = List.copyOf(causes);
    }

    public TooManyRequests(String message, Duration retryAfter) {
      this(message, retryAfter, List.of());
    }
  }

  /// Why something cannot be done, for a program and for a person.
  record Cause(String reason, String message) {}

  /// The request was good, and the server could not finish it in time.
  record Timeout(String message, Duration retryAfter) implements ApiError {}

  record Unavailable(String message) implements ApiError {}

  /// What an extension refused in its own words.
  ///
  /// @param code the HTTP status code that it chose
  /// @param reason the machine-readable reason that it chose; may be empty
  /// @param resource null when it said nothing of what it refused
  record Refused(
      int code,
      String reason,
      String message,
      @Nullable Resource resource,
      String name,
      List<String> causes)
      implements ApiError {
    public Refused(int code, String reason, String message) {
      this(code, reason, message, null, "", List.of());
    }
  }

  record Internal(String message) implements ApiError {}
}
