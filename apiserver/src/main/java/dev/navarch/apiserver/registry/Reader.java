package dev.navarch.apiserver.registry;

import dev.navarch.api.ApiError;
import dev.navarch.api.ApiException;
import dev.navarch.api.Kind;
import dev.navarch.apiserver.auth.Deadline;
import dev.navarch.apiserver.cache.CacheEntry;
import dev.navarch.apiserver.cache.Caches;
import dev.navarch.apiserver.cache.ResourceCache;
import dev.navarch.apiserver.cache.Snapshot;
import dev.navarch.apiserver.cache.StorageKeys;
import dev.navarch.apiserver.kinds.KindRules;
import dev.navarch.apiserver.registry.Versions.Version;
import dev.navarch.store.Store;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.function.Function;

/// Reads objects of every kind out of the watch cache, as the bytes that it holds. A read that
/// names no resourceVersion is as new as the store was when it began; pages after the first show
/// what the first one showed, out of the store's history if need be.
public final class Reader {
  private static final Duration PATIENCE = Duration.ofSeconds(3);
  private static final int BATCH = 500;
  private static final String TOO_OLD =
      "The provided continue parameter is too old to display a consistent list result. You can"
          + " start a new list without the continue parameter, or use the continue token in this"
          + " response to retrieve the remainder of the results. Continuing with the provided token"
          + " results in an inconsistent list - objects that were created, modified, or deleted"
          + " between the time the first chunk was returned and now may show up in the list.";

  private final Store store;
  private final Caches caches;
  private final Versions versions;
  private final Function<Kind, KindRules> rules;

  /// @param rules what each kind needs beyond its schema
  public Reader(Store store, Caches caches, Versions versions, Function<Kind, KindRules> rules) {
    this.store = store;
    this.caches = caches;
    this.versions = versions;
    this.rules = rules;
  }

  /// Part of a list.
  ///
  /// @param revision what all of them show; 0 of what is never stored
  /// @param next the token of the next page; empty at the end
  /// @param remaining how many objects follow; empty when nobody counted
  record Page(List<CacheEntry> items, long revision, String next, OptionalLong remaining) {}

  Version version(Kind kind) {
    return versions.of(kind);
  }

  KindRules rules(Kind kind) {
    return rules.apply(versions.of(kind).stored());
  }

  /// @param resourceVersion empty for the newest, else at least as new as this
  CacheEntry get(Target at, String resourceVersion) {
    Target target = at.as(versions.of(at.kind()).stored());
    await(target, resourceVersion);
    return cache(target).get(target.key()).orElseThrow(() -> Preparation.notFound(target));
  }

  Page list(Target at, ReadOptions options) {
    options.checkedForList();
    Target target = at.as(versions.of(at.kind()).stored());
    Selection selection = selection(at, options);
    if (!options.next().isEmpty()) {
      if (!options.resourceVersion().isEmpty() && options.revision() > 0) {
        throw ApiException.badRequest(
            "specifying resource version is not allowed when using continue");
      }
      ContinueToken token = ContinueToken.parse(options.next());
      return older(target, selection, token, options.limit());
    }
    if (options.match().equals("Exact")) {
      return older(target, selection, new ContinueToken(options.revision(), ""), options.limit());
    }
    await(target, options.resourceVersion());
    Snapshot snapshot = cache(target).snapshot();
    Page page = cached(snapshot, snapshot.revision(), target, selection, "", options.limit());
    if (!page.next().isEmpty()) {
      cache(target).keep(snapshot);
    }
    return page;
  }

  /// Where an object of a collection stands, in the collection's kind.
  Target at(CacheEntry entry, Target collection) {
    Target stored = collection.as(versions.of(collection.kind()).stored());
    return Target.at(entry.key(), stored).as(collection.kind());
  }

  ResourceCache cache(Target target) {
    return caches.of(versions.of(target.kind()).stored());
  }

  Selection selection(Target target, ReadOptions options) {
    if (options.labelSelector().isEmpty() && options.fieldSelector().isEmpty()) {
      return Selection.EVERYTHING;
    }
    return Selection.of(
        target.kind(),
        rules(target.kind()).selectableFields().keySet(),
        options.labelSelector(),
        options.fieldSelector());
  }

  /// Waits until the cache is as new as a resourceVersion asks; empty means as the store. What is
  /// being written of other kinds holds nobody up.
  void await(Target target, String resourceVersion) {
    Kind stored = versions.of(target.kind()).stored();
    long revision =
        resourceVersion.isEmpty()
            ? store.revision(StorageKeys.prefix(stored))
            : ReadOptions.DEFAULT.at(resourceVersion).revision();
    if (!caches.awaitRevision(revision, Deadline.left(PATIENCE))) {
      Deadline.check();
      throw new ApiException(
          new ApiError.Timeout(
              "Too large resource version: %d, current: %d".formatted(revision, caches.revision()),
              Duration.ofSeconds(1)));
    }
  }

  /// @param revision one that the snapshot shows
  private static Page cached(
      Snapshot snapshot,
      long revision,
      Target target,
      Selection selection,
      String after,
      int limit) {
    String from = after.isEmpty() ? target.prefix() : StorageKeys.after(target.prefix() + after);
    String end = StorageKeys.end(target.prefix());
    Optional<String> only = selection.onlyKey(target);
    if (after.isEmpty() && only.isPresent()) {
      from = only.get();
      end = StorageKeys.after(from);
    }
    Snapshot.Listing listing = snapshot.list(from, end, selection::matches, limit);
    List<CacheEntry> items = new ArrayList<>();
    listing.forEachRemaining(items::add);
    if (!listing.more()) {
      return new Page(items, revision, "", OptionalLong.empty());
    }
    String last = items.getLast().key();
    return new Page(
        items,
        revision,
        token(revision, target, last),
        selection.isEverything()
            ? OptionalLong.of(snapshot.count(StorageKeys.after(last), end))
            : OptionalLong.empty());
  }

  private static String token(long revision, Target target, String lastKey) {
    return new ContinueToken(revision, lastKey.substring(target.prefix().length())).text();
  }

  /// A page of an earlier state: from the cache when it still has it, but none from before the
  /// revision that the store was compacted at.
  private Page older(Target target, Selection selection, ContinueToken token, int limit) {
    if (token.revision() == ContinueToken.NEWEST) {
      await(target, "");
      Snapshot newest = cache(target).snapshot();
      return cached(newest, newest.revision(), target, selection, token.after(), limit);
    }
    if (token.revision() >= store.compactedRevision()) {
      Optional<Snapshot> there = cache(target).at(token.revision());
      if (there.isPresent()) {
        return cached(there.get(), token.revision(), target, selection, token.after(), limit);
      }
    }
    try {
      return stored(target, selection, token, limit);
    } catch (Store.CompactedException e) {
      throw new ApiException(
          token.after().isEmpty()
              ? new ApiError.Expired("The resourceVersion for the provided list is too old.")
              : new ApiError.Expired(
                  TOO_OLD, new ContinueToken(ContinueToken.NEWEST, token.after()).text()));
    } catch (Store.FutureRevisionException e) {
      throw new ApiException(
          new ApiError.Timeout(
              "Too large resource version: %d, current: %d"
                  .formatted(token.revision(), store.revision()),
              Duration.ofSeconds(1)));
    }
  }

  private Page stored(Target target, Selection selection, ContinueToken token, int limit) {
    String end = StorageKeys.end(target.prefix());
    String from =
        token.after().isEmpty()
            ? target.prefix()
            : StorageKeys.after(target.prefix() + token.after());
    ResourceCache cache = cache(target);
    List<CacheEntry> items = new ArrayList<>();
    while (true) {
      Store.Page page = store.range(from, end, token.revision(), BATCH);
      for (Store.KeyValue stored : page.items()) {
        CacheEntry entry = cache.entry(stored);
        if (!selection.matches(entry)) {
          continue;
        }
        if (limit > 0 && items.size() == limit) {
          String next = token(token.revision(), target, items.getLast().key());
          return new Page(items, token.revision(), next, OptionalLong.empty());
        }
        items.add(entry);
      }
      if (!page.more()) {
        return new Page(items, token.revision(), "", OptionalLong.empty());
      }
      from = StorageKeys.after(page.items().getLast().key());
    }
  }
}
