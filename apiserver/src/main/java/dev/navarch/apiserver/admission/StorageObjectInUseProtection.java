package dev.navarch.apiserver.admission;

import java.util.Map;
import tools.jackson.databind.node.ArrayNode;

/// Marks new claims and volumes, so that a deletion waits until nobody uses them any more; the
/// controllers that look after them take the mark away.
record StorageObjectInUseProtection() implements AdmissionPlugin {
  private static final Map<String, String> FINALIZERS =
      Map.of(
          "persistentvolumes", "kubernetes.io/pv-protection",
          "persistentvolumeclaims", "kubernetes.io/pvc-protection");

  @Override
  public void admit(Request request) {
    String finalizer = FINALIZERS.get(request.kind().resource().toString());
    if (finalizer == null
        || request.operation() != Operation.CREATE
        || !request.subresource().isEmpty()) {
      return;
    }
    ArrayNode finalizers = request.content().withObject("/metadata").withArray("finalizers");
    boolean marked = finalizers.valueStream().anyMatch(one -> one.asString("").equals(finalizer));
    if (!marked) {
      finalizers.add(finalizer);
    }
  }
}
