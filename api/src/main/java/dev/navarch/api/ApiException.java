package dev.navarch.api;

/// The one exception of the API: carries an {@link ApiError}. It has no stack trace of its own
/// because it is an answer to a client, not a fault of the program.
public final class ApiException extends RuntimeException {
  private final transient ApiError error;

  public ApiException(ApiError error) {
    super(error.message(), null, false, false);
    this.error = error;
  }

  public ApiError error() {
    return error;
  }

  public boolean isNotFound() {
    return error instanceof ApiError.NotFound || error instanceof ApiError.NoSuchPath;
  }

  public boolean isConflict() {
    return error instanceof ApiError.Conflict;
  }

  public boolean isAlreadyExists() {
    return error instanceof ApiError.AlreadyExists;
  }

  public static ApiException badRequest(String message) {
    return new ApiException(new ApiError.BadRequest(message));
  }
}
