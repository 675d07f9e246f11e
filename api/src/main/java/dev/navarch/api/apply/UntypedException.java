package dev.navarch.api.apply;

/// A value that does not fit its schema as far as merging needs it, as an element of a list without
/// its key: whoever meets it leaves ownership as it was, or refuses the configuration.
final class UntypedException extends RuntimeException {
  UntypedException(String message) {
    super(message, null, false, false);
  }
}
