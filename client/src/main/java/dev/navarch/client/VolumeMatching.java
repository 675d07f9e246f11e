package dev.navarch.client;

import io.fabric8.kubernetes.api.model.ObjectReference;
import io.fabric8.kubernetes.api.model.ObjectReferenceBuilder;
import io.fabric8.kubernetes.api.model.PersistentVolume;
import io.fabric8.kubernetes.api.model.PersistentVolumeClaim;
import io.fabric8.kubernetes.api.model.Quantity;
import java.math.BigDecimal;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/// Which volume is right for a claim: one that was reserved for it, else the smallest that has all
/// that it asks for.
public final class VolumeMatching {
  private static final Comparator<PersistentVolume> SMALLEST =
      Comparator.comparing(VolumeMatching::size)
          .thenComparing(volume -> volume.getMetadata().getName());

  /// On a volume or claim that was bound without its maker having asked for just this one.
  public static final String BOUND_BY_CONTROLLER = "pv.kubernetes.io/bound-by-controller";

  private VolumeMatching() {}

  /// @param onlyReserved when a consumer has to come first for any other volume
  public static Optional<PersistentVolume> best(
      PersistentVolumeClaim claim, Stream<PersistentVolume> volumes, boolean onlyReserved) {
    List<PersistentVolume> suitable =
        volumes
            .filter(volume -> volume.getMetadata().getDeletionTimestamp() == null)
            .filter(volume -> mismatch(claim, volume).isEmpty())
            .toList();
    Optional<PersistentVolume> reserved =
        suitable.stream().filter(volume -> isReservedFor(volume, claim)).findFirst();
    return reserved.isPresent() || onlyReserved
        ? reserved
        : suitable.stream().filter(volume -> isFreeFor(volume, claim)).min(SMALLEST);
  }

  private static boolean isFreeFor(PersistentVolume volume, PersistentVolumeClaim claim) {
    return volume.getSpec().getClaimRef() == null
        && "Available".equals(phase(volume))
        && selects(claim, volume);
  }

  /// Why a volume cannot serve a claim, whoever chose it; empty when it can.
  public static Optional<String> mismatch(PersistentVolumeClaim claim, PersistentVolume volume) {
    if (size(volume).compareTo(request(claim)) < 0) {
      return Optional.of("requested PV is too small");
    }
    if (!StorageClasses.of(claim).equals(StorageClasses.of(volume))) {
      return Optional.of("storageClassName does not match");
    }
    if (!attributes(claim.getSpec().getVolumeAttributesClassName())
        .equals(attributes(volume.getSpec().getVolumeAttributesClassName()))) {
      return Optional.of("volumeAttributesClassName does not match");
    }
    if (!mode(claim.getSpec().getVolumeMode()).equals(mode(volume.getSpec().getVolumeMode()))) {
      return Optional.of("incompatible volumeMode");
    }
    if (!volume.getSpec().getAccessModes().containsAll(claim.getSpec().getAccessModes())) {
      return Optional.of("incompatible accessMode");
    }
    return Optional.empty();
  }

  /// Whether the volume's reference means this claim; one without a uid means any of its name.
  public static boolean isReservedFor(PersistentVolume volume, PersistentVolumeClaim claim) {
    ObjectReference reference = volume.getSpec().getClaimRef();
    return reference != null
        && java.util.Objects.equals(reference.getName(), claim.getMetadata().getName())
        && java.util.Objects.equals(reference.getNamespace(), claim.getMetadata().getNamespace())
        && (isEmpty(reference.getUid()) || reference.getUid().equals(claim.getMetadata().getUid()));
  }

  /// The volume as it is to be written so that only this claim can have it.
  public static PersistentVolume reserved(PersistentVolume volume, PersistentVolumeClaim claim) {
    PersistentVolume changed = Objects.copy(volume);
    if (changed.getSpec().getClaimRef() == null) {
      Map<String, String> annotations = changed.getMetadata().getAnnotations();
      Map<String, String> more = annotations == null ? new HashMap<>() : new HashMap<>(annotations);
      more.put(BOUND_BY_CONTROLLER, "yes");
      changed.getMetadata().setAnnotations(more);
    }
    changed
        .getSpec()
        .setClaimRef(
            new ObjectReferenceBuilder()
                .withKind("PersistentVolumeClaim")
                .withApiVersion("v1")
                .withNamespace(claim.getMetadata().getNamespace())
                .withName(claim.getMetadata().getName())
                .withUid(claim.getMetadata().getUid())
                .withResourceVersion(claim.getMetadata().getResourceVersion())
                .build());
    return changed;
  }

  public static boolean isBoundTo(PersistentVolume volume, PersistentVolumeClaim claim) {
    ObjectReference reference = volume.getSpec().getClaimRef();
    return reference != null && claim.getMetadata().getUid().equals(reference.getUid());
  }

  public static boolean isEmpty(@Nullable String text) {
    return text == null || text.isEmpty();
  }

  public static String phase(PersistentVolume volume) {
    return volume.getStatus() == null || volume.getStatus().getPhase() == null
        ? ""
        : volume.getStatus().getPhase();
  }

  private static boolean selects(PersistentVolumeClaim claim, PersistentVolume volume) {
    var selector = claim.getSpec().getSelector();
    return selector == null || LabelSelectors.matches(selector, volume);
  }

  private static BigDecimal size(PersistentVolume volume) {
    return storage(volume.getSpec().getCapacity());
  }

  public static BigDecimal request(PersistentVolumeClaim claim) {
    var resources = claim.getSpec().getResources();
    return resources == null ? BigDecimal.ZERO : storage(resources.getRequests());
  }

  public static BigDecimal storage(@Nullable Map<String, Quantity> amounts) {
    Quantity amount = amounts == null ? null : amounts.get("storage");
    return amount == null ? BigDecimal.ZERO : amount.getNumericalAmount();
  }

  private static String mode(@Nullable String mode) {
    return mode == null || mode.isEmpty() ? "Filesystem" : mode;
  }

  private static String attributes(@Nullable String name) {
    return name == null ? "" : name;
  }
}
