package dev.navarch.apiserver.webhooks;

/// A webhook could not be asked, or gave no usable answer. Whether that refuses the request is for
/// its failure policy to say.
public final class WebhookFailed extends Exception {
  private static final long serialVersionUID = 1;

  WebhookFailed(String message) {
    super(message, null, false, false);
  }

  /// What went wrong, without saying that something was called.
  public String reason() {
    return getMessage().replaceFirst("^failed to call webhook: ", "");
  }

  @Override
  public String getMessage() {
    return java.util.Objects.requireNonNull(super.getMessage());
  }
}
