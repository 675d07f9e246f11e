package dev.navarch.node.cri;

import io.grpc.Status;
import java.util.regex.Pattern;

/// The runtime refused a call or did not answer. The message is the runtime's own sentence, as
/// events and waiting reasons show it.
public final class CriException extends RuntimeException {
  private static final Pattern CALL = Pattern.compile("rpc error: code = \\w+ desc = ");
  private final Status.Code code;

  public CriException(Status.Code code, String message) {
    super(message);
    this.code = code;
  }

  public static CriException of(Status status) {
    String said = status.getDescription();
    Throwable cause = status.getCause();
    String why = said != null ? said : cause != null ? String.valueOf(cause.getMessage()) : "";
    return new CriException(
        status.getCode(), "rpc error: code = %s desc = %s".formatted(name(status.getCode()), why));
  }

  public Status.Code code() {
    return code;
  }

  /// What the runtime said, without the words of the call.
  public String said() {
    return CALL.matcher(String.valueOf(getMessage())).replaceFirst("");
  }

  public boolean isNotFound() {
    return code == Status.Code.NOT_FOUND;
  }

  public boolean isUnavailable() {
    return code == Status.Code.UNAVAILABLE;
  }

  /// `DEADLINE_EXCEEDED` as `DeadlineExceeded`.
  private static String name(Status.Code code) {
    var name = new StringBuilder();
    for (String word : code.name().split("_")) {
      name.append(word.charAt(0)).append(word.substring(1).toLowerCase(java.util.Locale.ROOT));
    }
    return name.toString();
  }
}
