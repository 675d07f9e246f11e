package dev.navarch.apiserver.registry;

import dev.navarch.apiserver.cache.CacheEntry;
import java.util.List;
import tools.jackson.databind.node.ObjectNode;

/// How objects of one version of a kind stand in the store: as they are, or, for custom resources,
/// in the one version that is stored, whatever version they are read and written in.
public interface StoredForm {
  /// Objects are stored as they are.
  StoredForm SAME =
      new StoredForm() {
        @Override
        public ObjectNode stored(ObjectNode object) {
          return object;
        }

        @Override
        public ObjectNode worked(ObjectNode stored) {
          return stored;
        }

        @Override
        public List<ObjectNode> read(List<ObjectNode> stored) {
          return stored;
        }

        @Override
        public boolean isAsCached(CacheEntry entry) {
          return true;
        }

        @Override
        public boolean isAsCached() {
          return true;
        }

        @Override
        public boolean isPreferred() {
          return true;
        }
      };

  /// What goes into the store; the given object stays as it is.
  ObjectNode stored(ObjectNode object);

  /// An object of the store as it is worked on; the given one stays as it is.
  ObjectNode worked(ObjectNode stored);

  /// What comes out of the store, in the version that is asked for. May change the given trees.
  List<ObjectNode> read(List<ObjectNode> stored);

  /// Whether an object goes out as the cache holds it.
  boolean isAsCached(CacheEntry entry);

  /// Whether all objects do.
  boolean isAsCached();

  /// Whether this is the version to read objects in when any will do.
  boolean isPreferred();
}
