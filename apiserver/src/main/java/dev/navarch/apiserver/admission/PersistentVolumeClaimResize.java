package dev.navarch.apiserver.admission;

import dev.navarch.api.Quantity;
import dev.navarch.client.Lister;
import io.fabric8.kubernetes.api.model.storage.StorageClass;
import java.util.Optional;
import tools.jackson.databind.node.ObjectNode;

/// Lets a claim grow only where its storage class says that volumes may.
record PersistentVolumeClaimResize(Lister<StorageClass> classes) implements AdmissionPlugin {

  @Override
  public void validate(Request request) {
    if (request.is(Operation.UPDATE, "persistentvolumeclaims")
        && request.before().at("/status/phase").asString("").equals("Bound")
        && size(request.content())
            .flatMap(now -> size(request.before()).map(now::compareTo))
            .filter(more -> more > 0)
            .isPresent()
        && !mayGrow(request.before())) {
      throw request.forbidden(
          "only dynamically provisioned pvc can be resized and the storageclass that provisions the"
              + " pvc must support resize");
    }
  }

  private static Optional<Quantity> size(ObjectNode claim) {
    String text = claim.at("/spec/resources/requests/storage").asString("");
    return text.isEmpty() ? Optional.empty() : Optional.of(Quantity.parse(text));
  }

  private boolean mayGrow(ObjectNode claim) {
    return classes
        .find("", claim.at("/spec/storageClassName").asString(""))
        .filter(each -> Boolean.TRUE.equals(each.getAllowVolumeExpansion()))
        .isPresent();
  }
}
