package dev.navarch.apiserver.admission;

import static java.nio.charset.StandardCharsets.UTF_8;

import dev.navarch.store.Store;
import dev.navarch.store.Store.Outcome;
import java.time.Duration;
import java.time.InstantSource;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.UnaryOperator;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/// Claims as keys of the store that go by themselves: whoever makes one first has it.
public record StoredClaims(Store store, InstantSource clock) implements Claims {
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

  /// One key for each scope: each line says in seconds since 1970 until when it holds.
  @Override
  public void change(String kind, String scope, UnaryOperator<List<String>> change) {
    String key = key(kind, scope);
    boolean done = false;
    while (!done) {
      Optional<Store.KeyValue> found = store.get(key);
      long now = clock.instant().getEpochSecond();
      Map<String, Long> held = new LinkedHashMap<>();
      found.ifPresent(
          lines -> new String(lines.value(), UTF_8).lines().forEach(line -> hold(line, now, held)));
      List<String> before = List.copyOf(held.keySet());
      List<String> after = change.apply(before);
      if (after.equals(before)) {
        return;
      }
      String lines =
          after.stream()
              .map(line -> held.getOrDefault(line, now + LASTING.toSeconds()) + " " + line + "\n")
              .collect(Collectors.joining());
      long expected = found.map(Store.KeyValue::modRevision).orElse(0L);
      done = store.put(key, lines.getBytes(UTF_8), expected, LASTING) instanceof Outcome.Committed;
    }
  }

  private static void hold(String line, long now, Map<String, Long> into) {
    int space = line.indexOf(' ');
    long until = Long.parseLong(line.substring(0, space));
    if (until >= now) {
      into.put(line.substring(space + 1), until);
    }
  }

  private static String key(String kind, String thing) {
    return "/claims/" + kind + "/" + thing;
  }
}
