package dev.navarch.node.plugins;

import io.grpc.Status;

/// A plugin refused a call or did not answer. The message is its own sentence, with the code that
/// came with it.
public final class PluginException extends RuntimeException {
  private final Status.Code code;

  PluginException(Status.Code code, String message) {
    super(message);
    this.code = code;
  }

  public Status.Code code() {
    return code;
  }
}
