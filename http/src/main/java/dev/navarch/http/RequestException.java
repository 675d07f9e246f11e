package dev.navarch.http;

/// A request that breaks a rule of the server itself, with the HTTP status that says so: 413 for a
/// body over the limit, 400 for a broken URL or an upgrade that cannot be.
public final class RequestException extends RuntimeException {
  private final int status;

  public RequestException(int status, String message) {
    super(message, null, false, false);
    this.status = status;
  }

  public int status() {
    return status;
  }
}
