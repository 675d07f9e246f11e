package dev.navarch.apiserver.admission;

import dev.navarch.client.Lister;
import io.fabric8.kubernetes.api.model.storage.StorageClass;
import java.util.Comparator;
import java.util.Map;
import tools.jackson.databind.node.ObjectNode;

/// A claim that names no class gets the default one; of several, the newest.
record DefaultStorageClass(Lister<StorageClass> classes) implements AdmissionPlugin {
  private static final String IS_DEFAULT = "storageclass.kubernetes.io/is-default-class";
  private static final String OLD_CLASS = "volume.beta.kubernetes.io/storage-class";

  @Override
  public void admit(Request request) {
    if (!request.is(Operation.CREATE, "persistentvolumeclaims")) {
      return;
    }
    var claim = request.content();
    boolean named =
        claim.at("/spec/storageClassName").isString()
            || claim.at("/metadata/annotations").has(OLD_CLASS);
    if (!named && claim.get("spec") instanceof ObjectNode spec) {
      classes
          .all()
          .filter(DefaultStorageClass::isDefault)
          .max(Comparator.comparing(each -> each.getMetadata().getCreationTimestamp()))
          .ifPresent(each -> spec.put("storageClassName", each.getMetadata().getName()));
    }
  }

  private static boolean isDefault(StorageClass each) {
    Map<String, String> annotations = each.getMetadata().getAnnotations();
    return annotations != null && "true".equals(annotations.get(IS_DEFAULT));
  }
}
