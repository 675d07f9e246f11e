package dev.navarch.node.dra;

/// A pod's claims cannot be made ready, or taken back, now. The message is what users read.
public final class DraException extends RuntimeException {
  private static final long serialVersionUID = 1;

  DraException(String message) {
    super(message, null, false, false);
  }

  public String why() {
    return String.valueOf(getMessage());
  }
}
