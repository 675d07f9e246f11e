package dev.navarch.apiserver.auth;

import dev.navarch.client.Informers;
import dev.navarch.client.Lister;
import io.fabric8.kubernetes.api.model.CSIPersistentVolumeSource;
import io.fabric8.kubernetes.api.model.PersistentVolume;
import io.fabric8.kubernetes.api.model.PersistentVolumeClaim;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.SecretReference;
import io.fabric8.kubernetes.api.model.Volume;
import io.fabric8.kubernetes.api.model.storage.VolumeAttachment;
import java.util.Optional;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/// What the pods of a node reach through their claims: volumes, the secrets that these name, and
/// what is attached to the node.
final class NodeStorage {
  private final Lister<Pod> pods;
  private final Lister<PersistentVolumeClaim> claims;
  private final Lister<PersistentVolume> volumes;
  private final Lister<VolumeAttachment> attachments;

  NodeStorage(Informers informers) {
    this.pods = informers.lister(Pod.class);
    this.claims = informers.lister(PersistentVolumeClaim.class);
    this.volumes = informers.lister(PersistentVolume.class);
    this.attachments = informers.lister(VolumeAttachment.class);
  }

  boolean usesClaim(String node, String namespace, String claim) {
    return pods.onNode(node)
        .filter(pod -> pod.getMetadata().getNamespace().equals(namespace))
        .anyMatch(pod -> names(pod).anyMatch(claim::equals));
  }

  boolean usesVolume(String node, String name) {
    return volumes(node).anyMatch(name::equals);
  }

  boolean usesSecret(String node, String namespace, String name) {
    return volumes(node)
        .flatMap(volume -> volumes.find("", volume).stream())
        .flatMap(volume -> Optional.ofNullable(volume.getSpec().getCsi()).stream())
        .flatMap(NodeStorage::secrets)
        .anyMatch(
            secret -> name.equals(secret.getName()) && namespace.equals(secret.getNamespace()));
  }

  boolean hasAttached(String node, String attachment) {
    return attachments
        .find("", attachment)
        .filter(found -> node.equals(found.getSpec().getNodeName()))
        .isPresent();
  }

  private Stream<String> volumes(String node) {
    return pods.onNode(node)
        .flatMap(
            pod ->
                names(pod)
                    .flatMap(
                        claim -> claims.find(pod.getMetadata().getNamespace(), claim).stream()))
        .flatMap(claim -> Optional.ofNullable(claim.getSpec().getVolumeName()).stream());
  }

  private static Stream<String> names(Pod pod) {
    return pod.getSpec().getVolumes().stream()
        .flatMap(volume -> Optional.ofNullable(name(pod, volume)).stream());
  }

  private static @Nullable String name(Pod pod, Volume volume) {
    if (volume.getEphemeral() != null) {
      return pod.getMetadata().getName() + "-" + volume.getName();
    }
    var source = volume.getPersistentVolumeClaim();
    return source == null ? null : source.getClaimName();
  }

  private static Stream<SecretReference> secrets(CSIPersistentVolumeSource source) {
    return Stream.of(
            Optional.ofNullable(source.getNodeStageSecretRef()),
            Optional.ofNullable(source.getNodePublishSecretRef()),
            Optional.ofNullable(source.getNodeExpandSecretRef()))
        .flatMap(Optional::stream);
  }
}
