package dev.navarch.node.pods;

/// A container could not be started: the reason and message of its waiting state.
final class StartException extends RuntimeException {
  static final String CONFIG = "CreateContainerConfigError";
  static final String CREATE = "CreateContainerError";
  static final String RUN = "RunContainerError";
  static final String HOOK = "PostStartHookError";

  private final String reason;

  StartException(String reason, String message) {
    super(message, null, false, false);
    this.reason = reason;
  }

  String reason() {
    return reason;
  }

  String message() {
    return String.valueOf(getMessage());
  }
}
