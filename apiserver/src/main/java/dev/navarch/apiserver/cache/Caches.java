package dev.navarch.apiserver.cache;

import dev.navarch.api.ApiError.Resource;
import dev.navarch.api.Kind;
import dev.navarch.store.Store;
import dev.navarch.store.Store.CompactedException;
import dev.navarch.store.Store.KeyValue;
import dev.navarch.store.Store.UnavailableException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Function;
import java.util.function.UnaryOperator;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import tools.jackson.databind.JsonNode;

/// The caches of all resources, filled and kept up from one watch of the store, so that they all
/// show the same revision and changes keep their order across resources. At the start they go back
/// a little in history: clients that watched an earlier process go on without listing again.
public final class Caches implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(Caches.class);
  private static final int HISTORY = 5_000;
  private static final int PAGE = 1_000;
  private static final Duration START = Duration.ofSeconds(60);

  private final Store store;
  private final Function<Resource, Map<String, Function<JsonNode, String>>> fields;
  private final Map<Resource, ResourceCache> caches = new ConcurrentHashMap<>();
  private final Progress progress = new Progress();
  private volatile long loaded;
  private volatile Store.@Nullable Watch watch;
  private volatile @Nullable String stranger;
  private volatile boolean closed;

  private Caches(Store store, Function<Resource, Map<String, Function<JsonNode, String>>> fields) {
    this.store = store;
    this.fields = fields;
  }

  /// Fills the caches with all that is in the store, and keeps them up until closed.
  ///
  /// @param fields what a resource's field selectors may name, beyond name and namespace
  public static Caches open(
      Store store, Function<Resource, Map<String, Function<JsonNode, String>>> fields) {
    var caches = new Caches(store, fields);
    caches.start();
    if (!caches.awaitRevision(store.revision(), START)) {
      throw new IllegalStateException(
          "the caches are at revision %d after %d s, expected %d"
              .formatted(caches.revision(), START.toSeconds(), store.revision()));
    }
    String stranger = caches.stranger;
    if (stranger != null) {
      caches.close();
      throw new IllegalStateException(unreadable(stranger));
    }
    return caches;
  }

  /// The cache of a kind's resource. All versions of a kind that share their objects share it: ask
  /// with the kind that is stored.
  public ResourceCache of(Kind kind) {
    return cache(kind.resource());
  }

  /// How many objects there are of each resource that anybody has stored or asked for.
  public Map<Resource, Integer> sizes() {
    return caches.entrySet().stream()
        .collect(Collectors.toMap(Map.Entry::getKey, each -> each.getValue().size()));
  }

  /// From now on the objects of a resource are shown like this. Watches of it end, so that those
  /// who want it watch anew.
  ///
  /// @param fields what field selectors may name, beyond name and namespace
  /// @param shown makes of stored bytes the ones that clients see
  public void reshape(
      Resource resource,
      Map<String, Function<JsonNode, String>> fields,
      UnaryOperator<byte[]> shown) {
    cache(resource).reshape(new SelectableFields(fields, shown));
  }

  /// The resource is no longer served: watches of it end, and its memory is given back.
  public void retire(Resource resource) {
    cache(resource).retire();
  }

  /// Forgets what was kept of the states up to a revision.
  public void compacted(long revision) {
    caches.values().forEach(cache -> cache.compacted(revision));
  }

  /// Every change up to here is in every cache.
  public long revision() {
    return progress.reached();
  }

  /// @see ResourceCache#awaitRevision
  public boolean awaitRevision(long revision, Duration timeout) {
    return progress.await(revision, timeout);
  }

  @Override
  public void close() {
    closed = true;
    Store.Watch running = watch;
    if (running != null) {
      running.close();
    }
  }

  private ResourceCache cache(Resource resource) {
    return caches.computeIfAbsent(
        resource,
        of -> new ResourceCache(new SelectableFields(fields.apply(of)), progress, loaded));
  }

  private void start() {
    boolean history = true;
    while (!closed) {
      try {
        load(history);
        follow(loaded);
        return;
      } catch (CompactedException e) {
        LOG.info("the store was compacted while the caches were filled: once more");
        history = false;
      }
    }
  }

  /// @param history whether to go back as far as the store still goes
  private void load(boolean history) {
    long newest = store.revision();
    long compacted = store.compactedRevision();
    long from = Math.min(newest, Math.max(compacted + 1, newest - HISTORY));
    Map<Resource, List<KeyValue>> found = new HashMap<>();
    String end = StorageKeys.end(StorageKeys.ROOT);
    boolean whole = !history || from <= compacted;
    Store.Page page = store.range(StorageKeys.ROOT, end, whole ? 0 : from, whole ? 0 : PAGE);
    collect(page, found);
    while (page.more()) {
      String next = StorageKeys.after(page.items().getLast().key());
      page = store.range(next, end, page.revision(), PAGE);
      collect(page, found);
    }
    loaded = page.revision();
    Set<Resource> resources = new HashSet<>(caches.keySet());
    resources.addAll(found.keySet());
    for (Resource resource : resources) {
      ResourceCache cache = cache(resource);
      List<CacheEntry> entries = new ArrayList<>();
      found.getOrDefault(resource, List.of()).forEach(stored -> entries.add(cache.entry(stored)));
      entries.sort(Comparator.comparing(CacheEntry::key));
      cache.restart(entries, loaded);
    }
    progress.reach(loaded);
  }

  private static void collect(Store.Page page, Map<Resource, List<KeyValue>> into) {
    for (KeyValue stored : page.items()) {
      if (!isJson(stored)) {
        throw new IllegalStateException(unreadable(stored.key()));
      }
      into.computeIfAbsent(StorageKeys.resource(stored.key()), _ -> new ArrayList<>()).add(stored);
    }
  }

  private static boolean isJson(KeyValue stored) {
    return stored.value().length > 0 && stored.value()[0] == '{';
  }

  private static String unreadable(String key) {
    return "%s in the store is no JSON: it was written by another program, or by kube-apiserver, which writes protobuf unless it is told --storage-media-type=application/json. Use another --etcd-prefix, or have kube-apiserver write every object once more as JSON"
        .formatted(key);
  }

  private void follow(long revision) {
    watch = store.watch(StorageKeys.ROOT, revision, new Follower());
    if (closed) {
      close();
    }
  }

  /// Hands the store's changes on to the caches they belong to.
  private final class Follower implements Store.Listener {
    @Override
    public void changed(List<Store.Event> events) {
      Set<ResourceCache> touched = new HashSet<>();
      for (Store.Event event : events) {
        if (event instanceof Store.Event.Put put && !isJson(put.now())) {
          stranger = put.key();
          LOG.atError().addKeyValue("key", put.key()).log("another program writes to the store");
          continue;
        }
        ResourceCache cache = cache(StorageKeys.resource(event.key()));
        cache.apply(event);
        touched.add(cache);
      }
      progress.reach(events.getLast().revision());
      touched.forEach(ResourceCache::wakeWatchers);
    }

    @Override
    public void progress(long revision) {
      progress.reach(revision);
    }

    @Override
    public void ended(@Nullable RuntimeException why) {
      if (closed || why == null || why instanceof UnavailableException) {
        return;
      }
      LOG.atWarn()
          .addKeyValue("revision", progress.reached())
          .setCause(why)
          .log("the caches' watch of the store ended and starts again");
      try {
        follow(progress.reached());
      } catch (CompactedException e) {
        start();
      }
    }
  }
}
