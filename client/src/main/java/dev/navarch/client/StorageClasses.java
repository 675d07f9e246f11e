package dev.navarch.client;

import io.fabric8.kubernetes.api.model.PersistentVolume;
import io.fabric8.kubernetes.api.model.PersistentVolumeClaim;
import io.fabric8.kubernetes.api.model.storage.StorageClass;
import java.util.Comparator;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/// Which storage class a claim or a volume belongs to, and what the class says of binding.
public final class StorageClasses {
  private static final String BETA_CLASS = "volume.beta.kubernetes.io/storage-class";
  private static final String DEFAULT = "storageclass.kubernetes.io/is-default-class";

  /// The newest, and of those the first by name.
  private static final Comparator<StorageClass> PREFERRED =
      Comparator.comparing((StorageClass each) -> each.getMetadata().getCreationTimestamp())
          .reversed()
          .thenComparing(each -> each.getMetadata().getName());

  /// The provisioner of classes whose volumes nobody makes.
  public static final String NO_PROVISIONER = "kubernetes.io/no-provisioner";

  /// On a claim: the node that its first consumer was given.
  public static final String SELECTED_NODE = "volume.kubernetes.io/selected-node";

  private StorageClasses() {}

  /// Empty for volumes without a class.
  public static String of(PersistentVolumeClaim claim) {
    return annotation(claim.getMetadata().getAnnotations())
        .or(() -> Optional.ofNullable(claim.getSpec().getStorageClassName()))
        .orElse("");
  }

  public static String of(PersistentVolume volume) {
    return annotation(volume.getMetadata().getAnnotations())
        .or(() -> Optional.ofNullable(volume.getSpec().getStorageClassName()))
        .orElse("");
  }

  /// Whether the claim says nothing, not even that it wants none.
  public static boolean isUnset(PersistentVolumeClaim claim) {
    return annotation(claim.getMetadata().getAnnotations()).isEmpty()
        && claim.getSpec().getStorageClassName() == null;
  }

  public static Optional<StorageClass> standard(Lister<StorageClass> classes) {
    return classes
        .all()
        .filter(
            each -> {
              Map<String, String> annotations = each.getMetadata().getAnnotations();
              return annotations != null && "true".equals(annotations.get(DEFAULT));
            })
        .min(PREFERRED);
  }

  public static boolean waitsForConsumer(StorageClass each) {
    return "WaitForFirstConsumer".equals(each.getVolumeBindingMode());
  }

  private static Optional<String> annotation(@Nullable Map<String, String> annotations) {
    return annotations == null
        ? Optional.empty()
        : Optional.ofNullable(annotations.get(BETA_CLASS));
  }
}
