package dev.navarch.node.staticpods;

import io.fabric8.kubernetes.api.model.Container;
import io.fabric8.kubernetes.api.model.EnvVarSource;
import io.fabric8.kubernetes.api.model.PodSpec;
import io.fabric8.kubernetes.api.model.Volume;
import io.fabric8.kubernetes.api.model.VolumeProjection;
import java.util.Objects;
import java.util.Optional;
import java.util.function.Function;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/// What a pod's specification asks of the API. A static pod has to run without it, and without the
/// API's leave: it may not ask for anything.
final class ApiReferences {
  private ApiReferences() {}

  /// The first resource found, as `configmaps`.
  static Optional<String> find(PodSpec spec) {
    return Stream.of(
            name("serviceaccounts", spec.getServiceAccountName()),
            named("secrets", !spec.getImagePullSecrets().isEmpty()),
            named("resourceclaims", !spec.getResourceClaims().isEmpty()),
            containers(spec).flatMap(ApiReferences::ofContainer).findFirst(),
            spec.getVolumes().stream().flatMap(ApiReferences::ofVolume).findFirst())
        .flatMap(Optional::stream)
        .findFirst();
  }

  private static Stream<Container> containers(PodSpec spec) {
    return Stream.concat(spec.getInitContainers().stream(), spec.getContainers().stream());
  }

  private static Stream<String> ofContainer(Container container) {
    Stream<String> from =
        container.getEnvFrom().stream()
            .flatMap(
                source ->
                    Stream.of(
                        named("configmaps", source.getConfigMapRef() != null),
                        named("secrets", source.getSecretRef() != null)))
            .flatMap(Optional::stream);
    Stream<String> single =
        container.getEnv().stream()
            .flatMap(variable -> Stream.ofNullable(variable.getValueFrom()))
            .flatMap(ApiReferences::ofVariable);
    return Stream.concat(from, single);
  }

  private static Stream<String> ofVariable(EnvVarSource source) {
    return Stream.of(
            named("configmaps", source.getConfigMapKeyRef() != null),
            named("secrets", source.getSecretKeyRef() != null))
        .flatMap(Optional::stream);
  }

  private static Stream<String> ofVolume(Volume volume) {
    Stream<String> own =
        Stream.of(
                named("configmaps", volume.getConfigMap() != null),
                named("secrets", volume.getSecret() != null),
                named("persistentvolumeclaims", volume.getPersistentVolumeClaim() != null),
                named("persistentvolumeclaims", volume.getEphemeral() != null),
                named(
                    "secrets", has(volume.getCsi(), csi -> csi.getNodePublishSecretRef() != null)))
            .flatMap(Optional::stream);
    return volume.getProjected() == null
        ? own
        : Stream.concat(
            own, volume.getProjected().getSources().stream().flatMap(ApiReferences::ofProjection));
  }

  private static Stream<String> ofProjection(VolumeProjection source) {
    return Stream.of(
            named("configmaps", source.getConfigMap() != null),
            named("secrets", source.getSecret() != null),
            named("serviceaccounts", source.getServiceAccountToken() != null),
            named("clustertrustbundles", source.getClusterTrustBundle() != null),
            named("podcertificates", source.getPodCertificate() != null))
        .flatMap(Optional::stream);
  }

  private static <T> boolean has(@Nullable T object, Function<T, Boolean> question) {
    return object != null && question.apply(object);
  }

  private static Optional<String> name(String resource, @Nullable String value) {
    return named(resource, !Objects.requireNonNullElse(value, "").isEmpty());
  }

  private static Optional<String> named(String resource, boolean stated) {
    return stated ? Optional.of(resource) : Optional.empty();
  }
}
