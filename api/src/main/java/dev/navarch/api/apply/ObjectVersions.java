package dev.navarch.api.apply;

import dev.navarch.api.Schema;
import java.util.Optional;
import tools.jackson.databind.node.ObjectNode;

/// The versions in which objects of one kind can be seen. Ownership speaks of fields in the version
/// in which they were written.
public interface ObjectVersions {

  /// The version in which the object is written now.
  String apiVersion();

  /// The schema of a version; empty for one that is no longer served.
  Optional<Schema> schema(String apiVersion);

  /// The object in another version. The given one stays as it is; the answer may be the same tree.
  ObjectNode convert(ObjectNode object, String from, String to);

  /// A kind with one version.
  static ObjectVersions only(String version, Schema schema) {
    return new ObjectVersions() {
      @Override
      public String apiVersion() {
        return version;
      }

      @Override
      public Optional<Schema> schema(String apiVersion) {
        return apiVersion.equals(version) ? Optional.of(schema) : Optional.empty();
      }

      @Override
      public ObjectNode convert(ObjectNode object, String from, String to) {
        return object;
      }
    };
  }
}
