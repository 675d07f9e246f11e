package dev.navarch.apiserver.registry;

import dev.navarch.api.Kind;
import dev.navarch.api.Kinds;
import dev.navarch.api.Schema;
import dev.navarch.api.apply.ObjectVersions;
import java.util.Map;
import java.util.Optional;
import tools.jackson.databind.node.ObjectNode;

/// Which version of a kind is stored, and how the others become it and come out of it. Nearly every
/// kind has one version; events and autoscalers have two that share their objects.
final class Versions {
  private final Map<String, Shared> shared;
  private final Kinds kinds;

  Versions(Kinds kinds) {
    this.kinds = kinds;
    this.shared =
        Map.of(
            "events.k8s.io/v1 Event", new Shared("v1", new EventVersions()),
            "autoscaling/v1 HorizontalPodAutoscaler",
                new Shared("autoscaling/v2", new AutoscalerVersions()));
  }

  /// Two ways of writing the same object. Both methods may change the given tree.
  interface Conversion {
    ObjectNode toStored(ObjectNode object);

    ObjectNode shown(ObjectNode stored);
  }

  private record Shared(String storedVersion, Conversion conversion) {}

  /// One version of a kind, seen from the store.
  record Version(Kind kind, Kind stored, Conversion conversion) {
    boolean isStored() {
      return kind.equals(stored);
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

    private static ObjectNode named(Kind kind, ObjectNode object) {
      return object.put("apiVersion", kind.apiVersion()).put("kind", kind.kind());
    }
  }

  Version of(Kind kind) {
    Shared other = shared.get(kind.apiVersion() + " " + kind.kind());
    return other == null
        ? new Version(kind, kind, AS_IT_IS)
        : new Version(
            kind,
            kinds.byKind(other.storedVersion(), kind.kind()).orElseThrow(),
            other.conversion());
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
                .shown(of(sibling(from).orElseThrow()).toStored(object.deepCopy()));
      }

      // Another kind whose objects are stored as this one's.
      private Optional<Kind> sibling(String apiVersion) {
        return kinds
            .byKind(apiVersion, kind.kind())
            .filter(other -> of(other).stored().equals(version.stored()));
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
