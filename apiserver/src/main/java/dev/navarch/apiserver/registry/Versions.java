package dev.navarch.apiserver.registry;

import dev.navarch.api.Kind;
import dev.navarch.api.Kinds;
import java.util.Map;
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
