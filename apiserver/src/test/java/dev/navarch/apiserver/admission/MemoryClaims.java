package dev.navarch.apiserver.admission;

import java.util.HashMap;
import java.util.Map;

/// Claims of one server, until the test lets their time be up.
final class MemoryClaims implements Claims {
  private final Map<String, String> owners = new HashMap<>();

  @Override
  public boolean take(String kind, String thing, String owner) {
    return owner.equals(owners.computeIfAbsent(kind + "/" + thing, _ -> owner));
  }

  @Override
  public void release(String kind, String thing, String owner) {
    owners.remove(kind + "/" + thing, owner);
  }

  void end() {
    owners.clear();
  }
}
