package dev.navarch.api.apply;

import dev.navarch.api.apply.ManagedFields.Owned;
import java.util.Comparator;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/// Keeps managedFields from growing without end: of those who update, only the latest ten are told
/// apart; what older ones own becomes one entry for each version.
final class OldManagers {
  private static final int MOST = 10;
  private static final String NAME = "ancient-changes";

  private OldManagers() {}

  static ManagedFields merged(ManagedFields managed) {
    List<Map.Entry<Owner, Owned>> updaters =
        managed.owners().entrySet().stream().filter(entry -> !entry.getKey().applies()).toList();
    if (updaters.size() <= MOST) {
      return managed;
    }
    List<Map.Entry<Owner, Owned>> oldestFirst =
        updaters.stream()
            .sorted(
                Comparator.<Map.Entry<Owner, Owned>, String>comparing(
                        entry -> entry.getValue().time())
                    .thenComparing(entry -> entry.getKey().identity()))
            .toList();
    Map<Owner, Owned> left = new LinkedHashMap<>(managed.owners());
    Map<String, Owner> firsts = new HashMap<>();
    int count = updaters.size();
    for (Map.Entry<Owner, Owned> entry : oldestFirst) {
      if (count <= MOST) {
        break;
      }
      Owned owned = entry.getValue();
      Owner first = firsts.putIfAbsent(owned.apiVersion(), entry.getKey());
      if (first != null) {
        Owner bucket = new Owner(NAME, false, owned.apiVersion(), "");
        Owned gathered = left.containsKey(bucket) ? left.remove(bucket) : left.remove(first);
        left.remove(entry.getKey());
        FieldSet fields =
            gathered == null ? owned.fields() : owned.fields().union(gathered.fields());
        left.put(bucket, owned.with(fields));
        count--;
      }
    }
    return ManagedFields.of(left);
  }
}
