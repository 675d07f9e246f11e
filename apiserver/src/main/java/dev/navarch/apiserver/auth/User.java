package dev.navarch.apiserver.auth;

import java.util.List;
import java.util.Map;

/// Who makes a request.
public record User(String name, String uid, List<String> groups, Map<String, List<String>> extra) {
  public static final User ANONYMOUS =
      new User("system:anonymous", "", List.of("system:unauthenticated"), Map.of());

  /// The server itself, for its own controllers: may do everything.
  public static final User SYSTEM =
      new User("system:apiserver", "", List.of("system:masters", "system:authenticated"), Map.of());
}
