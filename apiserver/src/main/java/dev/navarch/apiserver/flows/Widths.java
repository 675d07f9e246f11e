package dev.navarch.apiserver.flows;

import dev.navarch.api.Kind;
import dev.navarch.api.Kinds;
import dev.navarch.apiserver.auth.Authorizer.Attributes;
import dev.navarch.apiserver.cache.CacheEntry;
import dev.navarch.apiserver.cache.Caches;
import dev.navarch.apiserver.cache.Snapshot;
import dev.navarch.apiserver.cache.StorageKeys;
import dev.navarch.apiserver.registry.ReadOptions;
import dev.navarch.http.Exchange;
import java.util.Iterator;
import java.util.Optional;
import java.util.function.UnaryOperator;

/// How many seats a request takes, by upstream's measures: a list, or a watch that begins with what
/// is there, one for each 100 kB that it goes through; everything else one. None takes more than
/// ten, nor much of its level.
final class Widths {
  private static final int MOST = 10;
  private static final double SHARE = 0.15;
  private static final long BYTES_EACH = 100_000;

  /// So many objects tell well enough how large they are.
  private static final int SAMPLE = 16;

  private final Caches caches;
  private final Kinds kinds;
  private final UnaryOperator<Kind> stored;

  /// @param stored the kind as which objects of a kind are stored
  Widths(Caches caches, Kinds kinds, UnaryOperator<Kind> stored) {
    this.caches = caches;
    this.kinds = kinds;
    this.stored = stored;
  }

  /// @param nominal how many seats the level has
  int of(Attributes asked, Exchange exchange, int nominal) {
    int most = Math.clamp((long) Math.ceil(nominal * SHARE), 1, MOST);
    if (most == 1) {
      return 1;
    }
    return switch (asked.verb()) {
      case "list" -> reading(asked, exchange, most);
      case "watch" ->
          ReadOptions.isSet(exchange, "sendInitialEvents") ? reading(asked, exchange, most) : 1;
      default -> 1;
    };
  }

  private Optional<Kind> kind(Attributes asked) {
    return kinds.byResource(asked.group(), asked.version(), asked.resource()).map(stored);
  }

  private int reading(Attributes asked, Exchange exchange, int most) {
    Optional<Kind> kind = kind(asked);
    if (kind.isEmpty() || !asked.name().isEmpty()) {
      return 1;
    }
    Snapshot all = caches.of(kind.get()).snapshot();
    String from = StorageKeys.prefix(kind.get(), asked.namespace());
    String to = StorageKeys.end(from);
    long objects = all.count(from, to);
    long limit = limit(exchange.query("limit").orElse(""));
    if (limit > 0) {
      objects = Math.min(objects, limit);
    }
    return seats(objects * size(all.list(from, to, _ -> true, SAMPLE)), BYTES_EACH, most);
  }

  /// What is no number is refused later.
  private static long limit(String text) {
    try {
      return text.isEmpty() ? 0 : Long.parseLong(text);
    } catch (NumberFormatException e) {
      return 0;
    }
  }

  /// How large the objects are on average.
  private static long size(Iterator<CacheEntry> some) {
    long bytes = 0;
    int count = 0;
    while (some.hasNext()) {
      bytes += some.next().json().length;
      count++;
    }
    return count == 0 ? 0 : bytes / count;
  }

  private static int seats(long work, long each, int most) {
    return Math.clamp(Math.ceilDiv(work, each), 1, most);
  }
}
