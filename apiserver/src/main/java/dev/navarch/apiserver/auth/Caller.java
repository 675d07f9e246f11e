package dev.navarch.apiserver.auth;

import dev.navarch.api.Json;
import java.util.function.Consumer;
import java.util.function.Supplier;
import tools.jackson.databind.node.ObjectNode;

/// Who the current request is made for: bound once after authentication, readable anywhere below.
public final class Caller {
  public static final ScopedValue<User> USER = ScopedValue.newInstance();

  /// The name under which the request's writes are kept in managedFields.
  public static final ScopedValue<String> MANAGER = ScopedValue.newInstance();

  /// Throws unless the caller may also use another verb on what the request is about.
  public static final ScopedValue<Consumer<String>> DEMANDS = ScopedValue.newInstance();

  /// What else the request asks for, as CreateOptions and its kin write it; looked at only where
  /// somebody wants to know.
  public static final ScopedValue<Supplier<ObjectNode>> OPTIONS = ScopedValue.newInstance();

  public static final String SERVER = "kube-apiserver";

  private Caller() {}

  public static String manager() {
    return MANAGER.orElse(SERVER);
  }

  /// Without their kind; empty where no request is bound.
  public static ObjectNode options() {
    return OPTIONS.isBound() ? OPTIONS.get().get() : Json.object();
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
