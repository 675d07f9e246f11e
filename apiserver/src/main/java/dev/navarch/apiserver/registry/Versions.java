package dev.navarch.apiserver.registry;

import dev.navarch.api.Json;
import dev.navarch.api.Kind;
import dev.navarch.api.Kinds;
import dev.navarch.api.Schema;
import dev.navarch.api.apply.ObjectVersions;
import dev.navarch.apiserver.cache.CacheEntry;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Function;
import tools.jackson.databind.node.ObjectNode;

/// Which version of a kind is stored, and how the others become it and come out of it. Nearly every
/// built-in kind has one version; events and autoscalers have two that share their objects. Custom
/// kinds say themselves in which form they are stored.
public final class Versions {
  private final Map<String, Shared> shared;
  private final Kinds kinds;
  private final Function<Kind, StoredForm> custom;

  /// @param custom how objects of a custom kind are stored
  public Versions(Kinds kinds, Function<Kind, StoredForm> custom) {
    this.kinds = kinds;
    this.custom = custom;
    this.shared =
        Map.of(
            "Event",
            new Shared("events.k8s.io/v1", "v1", new EventVersions()),
            "HorizontalPodAutoscaler",
            new Shared("autoscaling/v1", "autoscaling/v2", new AutoscalerVersions()));
  }

  /// Versions of built-in kinds.
  static Versions of(Kinds kinds) {
    return new Versions(kinds, _ -> StoredForm.SAME);
  }

  /// Two ways of writing the same object. Both methods may change the given tree.
  interface Conversion {
    ObjectNode toStored(ObjectNode object);

    ObjectNode shown(ObjectNode stored);
  }

  /// @param version the one that is stored as another
  private record Shared(String version, String storedVersion, Conversion conversion) {}

  /// One version of a kind, seen from the store.
  ///
  /// @param stored the kind as which objects are worked on
  record Version(Kind kind, Kind stored, Conversion conversion, StoredForm form) {
    boolean isStored() {
      return kind.equals(stored);
    }

    /// Whether an object goes out as the cache holds it.
    boolean isAsCached(CacheEntry entry) {
      return isStored() && form.isAsCached(entry);
    }

    ObjectNode toStored(ObjectNode object) {
      return isStored() ? object : named(stored, conversion.toStored(object));
    }

    ObjectNode shown(ObjectNode object) {
      return isStored() ? object : named(kind, conversion.shown(object));
    }

    /// A stored object as this version shows it. The given tree stays as it is.
    ObjectNode view(ObjectNode stored) {
      return isStored() ? stored : shown(stored.deepCopy());
    }

    /// An object of another version, as this one shows it.
    ObjectNode from(Version other, ObjectNode object) {
      ObjectNode stored = other.form.stored(other.toStored(object));
      return shown(form.read(List.of(stored)).getFirst());
    }

    /// Objects of the cache as this version shows them.
    List<ObjectNode> shown(List<CacheEntry> entries) {
      List<ObjectNode> read = new ArrayList<>();
      entries.forEach(entry -> read.add(Json.parse(entry.json())));
      return form.read(read).stream().map(this::shown).toList();
    }

    ObjectNode shown(CacheEntry entry) {
      return shown(List.of(entry)).getFirst();
    }

    private static ObjectNode named(Kind kind, ObjectNode object) {
      return object.put("apiVersion", kind.apiVersion()).put("kind", kind.kind());
    }
  }

  Version of(Kind kind) {
    if (kind.isCustom()) {
      return new Version(kind, kind, AS_IT_IS, custom.apply(kind));
    }
    Shared other = shared.get(kind.kind());
    return other == null || !other.version().equals(kind.apiVersion())
        ? new Version(kind, kind, AS_IT_IS, StoredForm.SAME)
        : new Version(
            kind,
            kinds.byKind(other.storedVersion(), kind.kind()).orElseThrow(),
            other.conversion(),
            StoredForm.SAME);
  }

  /// The version in which objects of a built-in kind are stored.
  public Kind stored(Kind kind) {
    return of(kind).stored();
  }

  /// The versions in which an object can be seen that is written in this one.
  ObjectVersions seenAs(Kind kind) {
    Version version = of(kind);
    return new ObjectVersions() {
      @Override
      public String apiVersion() {
        return kind.apiVersion();
      }

      @Override
      public Optional<Schema> schema(String apiVersion) {
        return apiVersion.equals(kind.apiVersion())
            ? Optional.of(kind.schema())
            : sibling(apiVersion).map(Kind::schema);
      }

      @Override
      public ObjectNode convert(ObjectNode object, String from, String to) {
        return from.equals(to)
            ? object
            : of(sibling(to).orElseThrow())
                .from(of(sibling(from).orElseThrow()), object.deepCopy());
      }

      // Another kind whose objects are stored as this one's.
      private Optional<Kind> sibling(String apiVersion) {
        return kinds
            .byKind(apiVersion, kind.kind())
            .filter(other -> kind.isCustom() || of(other).stored().equals(version.stored()));
      }
    };
  }

  private static final Conversion AS_IT_IS =
      new Conversion() {
        @Override
        public ObjectNode toStored(ObjectNode object) {
          return object;
        }

        @Override
        public ObjectNode shown(ObjectNode stored) {
          return stored;
        }
      };
}
