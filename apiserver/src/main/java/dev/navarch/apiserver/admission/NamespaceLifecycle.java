package dev.navarch.apiserver.admission;

import dev.navarch.api.ApiError;
import dev.navarch.api.ApiException;
import dev.navarch.client.Lister;
import io.fabric8.kubernetes.api.model.Namespace;
import java.util.Set;

/// Nothing is created in a namespace that is not there or on its way out, and the namespaces that
/// every cluster needs stay.
record NamespaceLifecycle(Lister<Namespace> namespaces) implements AdmissionPlugin {
  private static final Set<String> IMMORTAL = Set.of("default", "kube-system", "kube-public");

  @Override
  public void admit(Request request) {
    if (request.is(Operation.DELETE, "namespaces") && IMMORTAL.contains(request.name())) {
      throw request.forbidden("this namespace may not be deleted");
    }
    if (request.operation() != Operation.CREATE
        || !request.kind().namespaced()
        || !request.subresource().isEmpty()) {
      return;
    }
    String name = request.namespace();
    Namespace namespace =
        namespaces.find("", name).orElseThrow(() -> new ApiException(notFound(name)));
    if (isEnding(namespace)) {
      throw request.forbidden(
          "unable to create new content in namespace %s because it is being terminated"
              .formatted(name));
    }
  }

  private static ApiError notFound(String name) {
    return new ApiError.NotFound(new ApiError.Resource("", "namespaces"), name);
  }

  private static boolean isEnding(Namespace namespace) {
    return namespace.getMetadata().getDeletionTimestamp() != null
        || (namespace.getStatus() != null
            && "Terminating".equals(namespace.getStatus().getPhase()));
  }
}
