package dev.navarch.api.apply;

import dev.navarch.api.ApiError;
import dev.navarch.api.ApiException;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/// What an applied configuration would change against the will of others.
record Conflicts(Map<Owner, FieldSet> fields) {

  /// A conflict is told with its whole path, and there may be as many as an object has fields.
  private static final int MOST_TOLD = 1_000;

  static Conflicts of(Map<Owner, FieldSet> fields) {
    Map<Owner, FieldSet> sorted = new LinkedHashMap<>();
    fields.keySet().stream()
        .sorted(Comparator.comparing(Owner::identity))
        .forEach(owner -> sorted.put(owner, fields.getOrDefault(owner, FieldSet.EMPTY)));
    sorted.values().removeIf(FieldSet::isEmpty);
    return new Conflicts(sorted);
  }

  boolean isEmpty() {
    return fields.isEmpty();
  }

  Conflicts minus(FieldSet allowed) {
    Map<Owner, FieldSet> left = new LinkedHashMap<>();
    fields.forEach((owner, set) -> left.put(owner, set.minus(allowed)));
    return of(left);
  }

  ApiException refusal() {
    List<ApiError.FieldConflict> all = new ArrayList<>();
    StringBuilder byOwner = new StringBuilder();
    fields.forEach(
        (owner, set) -> {
          byOwner.append(byOwner.isEmpty() ? "" : "\n").append("conflicts with ").append(owner);
          byOwner.append(':');
          for (String path : set.paths(MOST_TOLD - all.size())) {
            byOwner.append("\n- ").append(path);
            all.add(new ApiError.FieldConflict(owner.toString(), path));
          }
        });
    int count = fields.values().stream().mapToInt(FieldSet::size).sum();
    String message =
        count == 1
            ? "Apply failed with 1 conflict: conflict with %s: %s"
                .formatted(all.getFirst().owner(), all.getFirst().field())
            : "Apply failed with %d conflicts: %s".formatted(count, byOwner);
    return new ApiException(new ApiError.ApplyConflict(message, all));
  }
}
