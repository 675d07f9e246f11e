package dev.navarch.scheduler;

import static org.assertj.core.api.Assertions.assertThat;

import dev.navarch.client.Objects;
import io.fabric8.kubernetes.api.model.PersistentVolumeClaim;
import io.fabric8.kubernetes.api.model.PersistentVolumeClaimBuilder;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.PodBuilder;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

/// How long a pod waits for its volumes, and what ends that.
class VolumeWaitsTest {
  private static final Instant NOW = Instant.parse("2026-01-01T00:00:00Z");

  private final StorageView storage = new StorageView();
  private final VolumeWaits waits = new VolumeWaits();
  private final PodView pod = PodView.of(pod());

  @Test
  void aPodFollowsWhenAllItsClaimsAreBound() {
    begin();
    assertThat(waits.over(storage, NOW)).isEmpty();
    storage.put(claim("Bound", "node-1"));
    assertThat(waits.over(storage, NOW))
        .containsExactly(new VolumeWaits.Outcome.Bound(pod, "node-1"));
    assertThat(waits.over(storage, NOW)).isEmpty();
  }

  @Test
  void aProvisionerThatCannotTakesTheNodeBack() {
    begin();
    storage.put(claim("Pending", "node-1"));
    assertThat(waits.over(storage, NOW)).isEmpty();
    storage.put(claim("Pending", ""));
    assertThat(waits.over(storage, NOW))
        .containsExactly(
            new VolumeWaits.Outcome.Failed(
                pod,
                "running PreBind plugin \"VolumeBinding\": provisioning failed for PVC \"data\""));
  }

  @Test
  void nobodyWaitsForEver() {
    begin();
    assertThat(waits.nextDeadline()).contains(NOW.plus(VolumeWaits.PATIENCE));
    Instant late = NOW.plus(Duration.ofMinutes(10));
    assertThat(waits.over(storage, late))
        .singleElement()
        .isInstanceOfSatisfying(
            VolumeWaits.Outcome.Failed.class,
            failed -> assertThat(failed.why()).contains("context deadline exceeded"));
    assertThat(waits.nextDeadline()).isEmpty();
  }

  private void begin() {
    PersistentVolumeClaim claim = claim("Pending", "");
    storage.put(claim);
    waits.add(pod, "node-1", new VolumePlan(List.of(), List.of(Objects.copy(claim))), NOW);
  }

  private static PersistentVolumeClaim claim(String phase, String node) {
    return new PersistentVolumeClaimBuilder()
        .withNewMetadata()
        .withNamespace("default")
        .withName("data")
        .withAnnotations(
            node.isEmpty() ? Map.of() : Map.of("volume.kubernetes.io/selected-node", node))
        .endMetadata()
        .withNewSpec()
        .endSpec()
        .withNewStatus()
        .withPhase(phase)
        .endStatus()
        .build();
  }

  private static Pod pod() {
    return new PodBuilder()
        .withNewMetadata()
        .withNamespace("default")
        .withName("user")
        .withUid("u1")
        .endMetadata()
        .withNewSpec()
        .endSpec()
        .build();
  }
}
