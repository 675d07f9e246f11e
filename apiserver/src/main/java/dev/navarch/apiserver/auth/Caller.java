package dev.navarch.apiserver.auth;

/// Who the current request is made for: bound once after authentication, readable anywhere below.
public final class Caller {
  public static final ScopedValue<User> USER = ScopedValue.newInstance();

  private Caller() {}

  /// The server itself when no request is bound (controllers in the same process).
  public static User current() {
    return USER.orElse(User.SYSTEM);
  }
}
