package dev.navarch.apiserver.cache;

import java.util.Map;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/// One object at one revision, as the bytes that go out on the wire. Labels, fields and a typed
/// view are read out of them when first asked for, once, and shared by everyone.
public final class CacheEntry {
  private final String key;
  private final long revision;
  private final byte[] stored;
  private final byte[] json;
  private final SelectableFields selectable;
  private volatile SelectableFields.@Nullable Facts facts;
  private volatile @Nullable View views;
  private boolean past;

  /// There are one or two: the model's type, and what the garbage collector looks at.
  private record View(Object object, @Nullable View next) {}

  private CacheEntry(String key, long revision, byte[] stored, SelectableFields selectable) {
    this(key, revision, stored, selectable.shown().apply(stored), selectable);
  }

  private CacheEntry(
      String key, long revision, byte[] stored, byte[] json, SelectableFields selectable) {
    this.key = key;
    this.revision = revision;
    this.stored = stored;
    this.json = json;
    this.selectable = selectable;
  }

  static CacheEntry of(String key, long revision, byte[] stored, SelectableFields selectable) {
    return new CacheEntry(key, revision, WireBytes.at(revision, stored), selectable);
  }

  /// The same object under another resourceVersion: what a delete event shows.
  CacheEntry at(long other) {
    byte[] shown = WireBytes.at(other, json);
    var entry = new CacheEntry(key, other, shown, shown, selectable);
    entry.facts = facts;
    entry.pass();
    return entry;
  }

  /// The same object, shown in another way.
  CacheEntry as(SelectableFields other) {
    return new CacheEntry(key, revision, stored, other);
  }

  /// Where it stands in the store.
  public String key() {
    return key;
  }

  /// Its resourceVersion.
  public long revision() {
    return revision;
  }

  /// The whole object as JSON, with its resourceVersion. Shared: never to be changed.
  public byte[] json() {
    return json;
  }

  public Map<String, String> labels() {
    return facts().labels();
  }

  /// What field selectors see: `metadata.name`, `metadata.namespace` and the kind's own.
  public Map<String, String> fields() {
    return facts().fields();
  }

  /// What a field selector sees in one field; empty when there is nothing. Name and namespace stand
  /// in the key.
  public String field(String name) {
    return switch (name) {
      case "metadata.name" -> key.substring(key.lastIndexOf('/') + 1);
      case "metadata.namespace" -> {
        int start = key.indexOf('/', StorageKeys.ROOT.length()) + 1;
        int end = key.lastIndexOf('/');
        yield start <= end ? key.substring(start, end) : "";
      }
      default -> fields().getOrDefault(name, "");
    };
  }

  /// The object as a Java type: decoded by the first who asks for that type, and kept as long as
  /// the object is so. Shared: never to be changed.
  public <T> T typed(Class<T> type, Function<byte[], T> decode) {
    T seen = seen(type);
    if (seen == null) {
      synchronized (this) {
        seen = seen(type);
        if (seen == null) {
          seen = decode.apply(json);
          views = past ? null : new View(seen, views);
        }
      }
    }
    return seen;
  }

  /// The object is another now. History keeps this state's bytes, but not what was decoded of it:
  /// who still wants that decodes it for himself.
  synchronized void pass() {
    past = true;
    views = null;
  }

  private <T> @Nullable T seen(Class<T> type) {
    for (View view = views; view != null; view = view.next) {
      if (type.isInstance(view.object)) {
        return type.cast(view.object);
      }
    }
    return null;
  }

  private SelectableFields.Facts facts() {
    SelectableFields.Facts known = facts;
    if (known == null) {
      known = selectable.of(json);
      facts = known;
    }
    return known;
  }

  @Override
  public String toString() {
    return key + "@" + revision;
  }
}
