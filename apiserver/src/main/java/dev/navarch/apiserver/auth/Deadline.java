package dev.navarch.apiserver.auth;

import dev.navarch.api.ApiError;
import dev.navarch.api.ApiException;
import dev.navarch.store.Patience;
import dev.navarch.store.Store;
import java.time.Duration;

/// Until when whoever asked waits for an answer (`?timeout=`, a minute at most). Whatever may take
/// long looks here; what goes on for as long as the client likes has no deadline.
public final class Deadline {
  private Deadline() {}

  /// Does the work with a deadline.
  public static void within(Duration limit, Runnable work) {
    Patience.within(limit, work);
  }

  /// For how long to wait for something that deserves `most`; zero when the time is up.
  public static Duration left(Duration most) {
    return Patience.left(most);
  }

  /// What a client is told whose time is up.
  public static ApiError passed() {
    return new ApiError.Timeout(
        "Timeout: request did not complete within the allotted timeout", Duration.ZERO);
  }

  /// What a client is told whom the store did not answer in time.
  public static ApiError passed(Store.LateException late) {
    return late.isOpen()
        ? new ApiError.Timeout(
            "Timeout: request did not complete within the allotted timeout, and whether its change"
                + " was stored is not known: look at the object",
            Duration.ZERO)
        : passed();
  }

  /// Gives up when the time is up: nothing more is to be begun.
  public static void check() {
    if (Patience.isOver()) {
      throw new ApiException(passed());
    }
  }
}
