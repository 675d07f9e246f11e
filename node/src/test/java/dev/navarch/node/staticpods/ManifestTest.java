package dev.navarch.node.staticpods;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.navarch.api.BuiltInKinds;
import io.fabric8.kubernetes.api.model.Pod;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class ManifestTest {
  private static final Path FILE = Path.of("/manifests/web.yaml");
  private final Manifest manifest =
      new Manifest(BuiltInKinds.load().byKind("v1", "Pod").orElseThrow(), "Node-1");

  @Test
  void podIsNamedAfterItsNodeAndKnownByItsText() {
    Pod pod = read("{name: web}", "containers: [{name: main, image: 'here:1'}]");
    var meta = pod.getMetadata();
    assertThat(meta.getName()).isEqualTo("web-node-1");
    assertThat(meta.getNamespace()).isEqualTo("default");
    assertThat(meta.getUid()).hasSize(32);
    assertThat(meta.getAnnotations())
        .containsEntry("kubernetes.io/config.hash", meta.getUid())
        .containsEntry("kubernetes.io/config.source", "file")
        .containsEntry("kubernetes.io/config.seen", "now");
    assertThat(pod.getSpec().getNodeName()).isEqualTo("Node-1");
    assertThat(pod.getSpec().getRestartPolicy()).isEqualTo("Always");
    assertThat(pod.getSpec().getContainers().getFirst().getImagePullPolicy())
        .isEqualTo("IfNotPresent");
    assertThat(pod.getSpec().getTolerations())
        .anyMatch(t -> "NoExecute".equals(t.getEffect()) && "Exists".equals(t.getOperator()));
    Pod other = read("{name: web}", "containers: [{name: main, image: 'here:2'}]");
    assertThat(other.getMetadata().getUid()).isNotEqualTo(meta.getUid());
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "serviceAccountName: x | serviceaccounts",
        "volumes: [{name: v, configMap: {name: x}}] | configmaps",
        "volumes: [{name: v, secret: {secretName: x}}] | secrets",
        "volumes: [{name: v, persistentVolumeClaim: {claimName: x}}] | persistentvolumeclaims",
        "volumes: [{name: v, projected: {sources: [{serviceAccountToken: {path: t}}]}}] | serviceaccounts",
        "imagePullSecrets: [{name: x}] | secrets",
      })
  void podThatAsksForApiObjectsIsRefused(String field, String resource) {
    assertThatThrownBy(
            () -> read("{name: web}", field + "\n  containers: [{name: main, image: 'here:1'}]"))
        .hasMessage("static pods may not reference " + resource);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "{} | containers: [{name: main, image: x}] | metadata.name: Required value",
        "{name: web} | containers: [] | spec.containers: Required value",
        "{name: web} | containers: [{name: main}] | spec.containers[main].image: Required value",
        "{name: web} | container: [] | unknown field \"spec.container\"",
      })
  void refusalsNameTheField(String metadata, String spec, String message) {
    assertThatThrownBy(() -> read(metadata, spec)).hasMessageContaining(message);
  }

  private Pod read(String metadata, String spec) {
    String text =
        "apiVersion: v1\nkind: Pod\nmetadata: %s\nspec:\n  %s\n".formatted(metadata, spec);
    return manifest.read(FILE, text.getBytes(StandardCharsets.UTF_8), "now");
  }
}
