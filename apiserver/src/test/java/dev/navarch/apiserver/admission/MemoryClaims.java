package dev.navarch.apiserver.admission;

import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.UnaryOperator;

/// Claims of one server, until the test lets their time be up.
final class MemoryClaims implements Claims {
  private final Map<String, String> owners = new HashMap<>();
  private final Map<String, List<String>> amounts = new HashMap<>();

  @Override
  public boolean take(String kind, String thing, String owner) {
    return owner.equals(owners.computeIfAbsent(kind + "/" + thing, _ -> owner));
  }

  @Override
  public void release(String kind, String thing, String owner) {
    owners.remove(kind + "/" + thing, owner);
  }

  @Override
  public void change(String kind, String scope, UnaryOperator<List<String>> change) {
    amounts.put(
        kind + "/" + scope, change.apply(amounts.getOrDefault(kind + "/" + scope, List.of())));
  }

  void end() {
    owners.clear();
    amounts.clear();
  }
}
