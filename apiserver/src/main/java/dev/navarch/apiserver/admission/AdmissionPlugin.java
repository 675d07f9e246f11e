package dev.navarch.apiserver.admission;

import dev.navarch.api.Kind;
import dev.navarch.apiserver.auth.User;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.node.ObjectNode;

/// Changes or refuses what is about to be stored. First every plugin's {@link #admit} in order,
/// then the schema and the kind's rules, then every plugin's {@link #validate}. A refusal is an
/// `ApiException`, mostly Forbidden.
public interface AdmissionPlugin {

  /// What is being done to objects.
  enum Operation {
    CREATE,
    UPDATE,
    DELETE,
    /// A subresource that opens a stream: exec, attach, port-forward, proxy.
    CONNECT
  }

  /// @param object the object as it would be stored; null for a delete. {@link #admit} may change
  ///   it
  /// @param old the stored object; null for a create
  record Request(
      Operation operation,
      Kind kind,
      String subresource,
      String namespace,
      String name,
      @Nullable ObjectNode object,
      @Nullable ObjectNode old,
      User user,
      boolean dryRun) {}

  default void admit(Request request) {}

  default void validate(Request request) {}
}
