package dev.navarch.node.staticpods;

/// A manifest that no pod can be made of; the message says why.
final class ManifestException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  ManifestException(String message) {
    super(message, null, false, false);
  }

  String reason() {
    return String.valueOf(getMessage());
  }
}
