package dev.navarch.apiserver.admission;

import dev.navarch.api.ApiError;
import dev.navarch.api.ApiException;
import dev.navarch.api.Kind;
import dev.navarch.apiserver.auth.User;
import java.util.Objects;
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
  /// @param form what webhooks and policies see of it
  record Request(
      Operation operation,
      Kind kind,
      String subresource,
      String namespace,
      String name,
      @Nullable ObjectNode object,
      @Nullable ObjectNode old,
      User user,
      boolean dryRun,
      RequestForm form) {

    /// Whether this does something to objects of a resource (`pods`, `leases.coordination.k8s.io`)
    /// themselves, not to a subresource.
    public boolean is(Operation wanted, String resource) {
      return operation == wanted && subresource.isEmpty() && concerns(resource);
    }

    /// Whether this gives a pod other resources than it has.
    public boolean isResize() {
      return operation == Operation.UPDATE && subresource.equals("resize") && concerns("pods");
    }

    public boolean concerns(String resource) {
      return kind.isResource(resource);
    }

    /// The object as it would be stored; only deletes have none.
    public ObjectNode content() {
      return Objects.requireNonNull(object);
    }

    /// The object as it is now; only creates have none.
    public ObjectNode before() {
      return Objects.requireNonNull(old);
    }

    public ApiException forbidden(String detail) {
      return new ApiException(new ApiError.Forbidden(kind.resource(), name, detail));
    }
  }

  default void admit(Request request) {}

  default void validate(Request request) {}
}
