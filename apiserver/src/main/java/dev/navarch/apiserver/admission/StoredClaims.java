package dev.navarch.apiserver.admission;

import static java.nio.charset.StandardCharsets.UTF_8;

import dev.navarch.store.Store;
import dev.navarch.store.Store.Outcome;
import java.time.Duration;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/// Claims as keys of the store that go by themselves: whoever makes one first has it.
public record StoredClaims(Store store) implements Claims {
  private static final Duration LASTING = Duration.ofSeconds(15);

  @Override
  public boolean take(String kind, String thing, String owner) {
    byte[] mine = owner.getBytes(UTF_8);
    return switch (store.put(key(kind, thing), mine, 0, LASTING)) {
      case Outcome.Committed _ -> true;
      case Outcome.Mismatch(Store.@Nullable KeyValue current) ->
          current != null && Arrays.equals(current.value(), mine);
    };
  }

  @Override
  public void release(String kind, String thing, String owner) {
    String key = key(kind, thing);
    store
        .get(key)
        .filter(claim -> Arrays.equals(claim.value(), owner.getBytes(UTF_8)))
        .ifPresent(claim -> store.delete(key, claim.modRevision()));
  }

  private static String key(String kind, String thing) {
    return "/claims/" + kind + "/" + thing;
  }
}
