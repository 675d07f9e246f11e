package dev.navarch.node.volumes;

import dev.navarch.client.Cluster;
import dev.navarch.client.Key;
import dev.navarch.client.LabelSelectors;
import dev.navarch.client.Resource;
import io.fabric8.kubernetes.api.model.ClusterTrustBundleProjection;
import io.fabric8.kubernetes.api.model.GenericKubernetesResource;
import io.fabric8.kubernetes.api.model.LabelSelector;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/// The trust anchors of ClusterTrustBundles, one by name or all of a signer: every certificate
/// once, in an order that tells nothing.
final class TrustBundles {
  private static final Resource<GenericKubernetesResource> BUNDLES =
      Resource.generic(
          "certificates.k8s.io", "v1beta1", "ClusterTrustBundle", "clustertrustbundles", false);
  private static final Pattern CERTIFICATE =
      Pattern.compile("-----BEGIN CERTIFICATE-----[^-]*-----END CERTIFICATE-----");

  private final Cluster cluster;
  private final WatchedObjects objects;

  TrustBundles(Cluster cluster, WatchedObjects objects) {
    this.cluster = cluster;
    this.objects = objects;
  }

  /// The file's content in PEM; empty when what is optional is not there.
  String text(String podUid, ClusterTrustBundleProjection from) {
    boolean optional = Boolean.TRUE.equals(from.getOptional());
    String name = from.getName();
    List<GenericKubernetesResource> bundles =
        name != null && !name.isEmpty()
            ? objects.get(podUid, BUNDLES, new Key("", name)).stream().toList()
            : ofSigner(String.valueOf(from.getSignerName()), from.getLabelSelector());
    Set<String> anchors = new TreeSet<>();
    bundles.stream().flatMap(TrustBundles::certificates).forEach(anchors::add);
    if (anchors.isEmpty() && !optional) {
      throw new VolumeException(
          name != null && !name.isEmpty()
              ? "clustertrustbundle \"%s\" not found".formatted(name)
              : "no clustertrustbundle of signer \"%s\" matches the selector"
                  .formatted(from.getSignerName()));
    }
    return String.join("", anchors);
  }

  private List<GenericKubernetesResource> ofSigner(String signer, LabelSelector selector) {
    return cluster.list(BUNDLES, Cluster.ListOptions.ALL).items().stream()
        .filter(bundle -> signer.equals(bundle.<Object>get("spec", "signerName")))
        .filter(bundle -> LabelSelectors.matches(selector, bundle.getMetadata().getLabels()))
        .toList();
  }

  private static Stream<String> certificates(GenericKubernetesResource bundle) {
    return Optional.ofNullable(bundle.<Object>get("spec", "trustBundle")).stream()
        .flatMap(pem -> CERTIFICATE.matcher(pem.toString()).results())
        .map(found -> found.group().replaceAll("\\s*\\R\\s*", "\n") + "\n");
  }
}
