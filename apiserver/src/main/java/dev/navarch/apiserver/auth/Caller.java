package dev.navarch.apiserver.auth;

import java.util.function.Consumer;

/// Who the current request is made for: bound once after authentication, readable anywhere below.
public final class Caller {
  public static final ScopedValue<User> USER = ScopedValue.newInstance();

  /// The name under which the request's writes are kept in managedFields.
  public static final ScopedValue<String> MANAGER = ScopedValue.newInstance();

  /// Throws unless the caller may also use another verb on what the request is about.
  public static final ScopedValue<Consumer<String>> DEMANDS = ScopedValue.newInstance();

  public static final String SERVER = "kube-apiserver";

  private Caller() {}

  public static String manager() {
    return MANAGER.orElse(SERVER);
  }

  /// A request that turns out to need another verb, as an update that has to create.
  public static void demand(String verb) {
    if (DEMANDS.isBound()) {
      DEMANDS.get().accept(verb);
    }
  }

  /// The server itself when no request is bound (controllers in the same process).
  public static User current() {
    return USER.orElse(User.SYSTEM);
  }
}
