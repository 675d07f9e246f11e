package dev.navarch.controllers;

import static org.assertj.core.api.Assertions.assertThat;

import dev.navarch.api.ApiError;
import dev.navarch.client.Cluster;
import dev.navarch.client.Key;
import dev.navarch.client.Objects;
import dev.navarch.client.OwnerReferences;
import dev.navarch.client.Resource;
import dev.navarch.client.Simulation;
import io.fabric8.kubernetes.api.model.ConfigMap;
import io.fabric8.kubernetes.api.model.ConfigMapBuilder;
import io.fabric8.kubernetes.api.model.HasMetadata;
import io.fabric8.kubernetes.api.model.OwnerReference;
import io.fabric8.kubernetes.api.model.OwnerReferenceBuilder;
import io.fabric8.kubernetes.api.model.PersistentVolume;
import io.fabric8.kubernetes.api.model.PersistentVolumeBuilder;
import io.fabric8.kubernetes.api.model.Secret;
import io.fabric8.kubernetes.api.model.SecretBuilder;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/// Owners are config maps here, their dependents secrets: the collector makes no difference.
class GarbageCollectorTest {
  private final Simulation simulation = new Simulation();
  private final RecordedEvents events = new RecordedEvents();

  @BeforeEach
  void start() {
    simulation.with(
        GarbageCollector.register(simulation.informers(), simulation.cluster(), events));
    owner("a", "default");
    dependent("of-nobody", "default");
    simulation.settle();
  }

  @Test
  void dependentsFollowTheirOwner() {
    dependent("one", "default", to(owner("b", "default")));
    dependent("other", "default", to(find("a")));
    simulation.settle();
    delete("b", "Background");

    assertThat(secrets()).containsExactly("of-nobody", "other");
  }

  @Test
  void anOwnerThatNeverWasCountsAsGone() {
    OwnerReference lost = to(find("a"));
    lost.setUid("another");
    dependent("stray", "default", lost);
    simulation.settle();

    assertThat(secrets()).containsExactly("of-nobody");
  }

  @Test
  void oneOwnerThatStaysIsEnough() {
    dependent("shared", "default", to(find("a")), to(owner("b", "default")));
    simulation.settle();
    delete("b", "Background");

    assertThat(secrets()).contains("shared");
    assertThat(secret("shared").getMetadata().getOwnerReferences())
        .extracting(OwnerReference::getName)
        .containsExactly("a");
  }

  @Test
  void anOwnerDeletedInTheForegroundGoesLast() {
    dependent("free", "default", to(find("a")));
    Secret held = dependent("held", "default", to(find("a")));
    held.getMetadata().setFinalizers(List.of("test/held"));
    simulation.cluster().update(held);
    simulation.settle();
    delete("a", "Foreground");

    assertThat(secrets()).containsExactly("held", "of-nobody");
    assertThat(find("a").getMetadata().getFinalizers()).containsExactly("foregroundDeletion");

    Secret released = Objects.copy(secret("held"));
    released.getMetadata().setFinalizers(List.of());
    simulation.cluster().update(released);
    simulation.settle();

    assertThat(secrets()).containsExactly("of-nobody");
    assertThat(simulation.cluster().all(ConfigMap.class)).isEmpty();
  }

  @Test
  void orphansStay() {
    dependent("one", "default", to(find("a")));
    simulation.settle();
    delete("a", "Orphan");

    assertThat(simulation.cluster().all(ConfigMap.class)).isEmpty();
    assertThat(secret("one").getMetadata().getOwnerReferences()).isEmpty();
  }

  @Test
  void wholeTreesGo() {
    Secret middle = dependent("middle", "default", to(find("a")));
    dependent("leaf", "default", to(middle));
    simulation.settle();
    delete("a", "Foreground");

    assertThat(secrets()).containsExactly("of-nobody");
    assertThat(simulation.cluster().all(ConfigMap.class)).isEmpty();
  }

  @Test
  void anOwnerInAnotherNamespaceIsNone() {
    dependent("astray", "other", to(find("a")));
    simulation.settle();

    assertThat(secrets()).containsExactly("of-nobody");
    assertThat(events.lines())
        .contains(
            "Warning OwnerRefInvalidNamespace ownerRef [v1/ConfigMap, namespace: other, name: a,"
                + " uid: %s] does not exist in namespace \"other\""
                    .formatted(find("a").getMetadata().getUid()));
  }

  @Test
  void whatBelongsToTheClusterCannotHaveAnOwnerInANamespace() {
    simulation
        .cluster()
        .given(
            new PersistentVolumeBuilder()
                .withNewMetadata()
                .withName("disk")
                .withOwnerReferences(to(find("a")))
                .endMetadata()
                .build());
    simulation.pass(Duration.ofSeconds(31));
    delete("a", "Background");
    simulation.pass(Duration.ofMinutes(2));

    assertThat(simulation.cluster().all(PersistentVolume.class)).hasSize(1);
    assertThat(events.lines()).anyMatch(it -> it.contains("OwnerRefInvalidNamespace"));
  }

  @Test
  void nothingIsDeletedForAKindThatIsNotServed() {
    OwnerReference strange = to(find("a"));
    strange.setKind("Widget");
    strange.setApiVersion("example.com/v1");
    strange.setUid("w");
    dependent("of-widget", "default", strange);
    simulation.pass(Duration.ofMinutes(2));

    assertThat(secrets()).contains("of-widget");
  }

  @Test
  void nothingIsDeletedWhileTheServerCannotSay() {
    OwnerReference lost = to(find("a"));
    simulation
        .cluster()
        .fail("get", "configmaps", new ApiError.Unavailable("the store does not answer"));
    lost.setUid("another");
    dependent("stray", "default", lost);
    simulation.settle();
    assertThat(secrets()).contains("stray");

    simulation.cluster().heal();
    simulation.pass(Duration.ofMinutes(20));
    assertThat(secrets()).doesNotContain("stray");
  }

  @Test
  void kindsThatComeLaterAreTakenIn() {
    simulation
        .cluster()
        .given(
            new PersistentVolumeBuilder()
                .withNewMetadata()
                .withName("disk")
                .withOwnerReferences(clusterOwner())
                .endMetadata()
                .build());
    simulation.settle();
    assertThat(simulation.cluster().all(PersistentVolume.class)).hasSize(1);
    simulation.pass(Duration.ofSeconds(31));

    assertThat(simulation.cluster().all(PersistentVolume.class)).isEmpty();
  }

  private static OwnerReference clusterOwner() {
    return new OwnerReferenceBuilder()
        .withApiVersion("v1")
        .withKind("PersistentVolume")
        .withName("gone")
        .withUid("gone")
        .build();
  }

  private ConfigMap owner(String name, String namespace) {
    return simulation
        .cluster()
        .create(
            new ConfigMapBuilder()
                .withNewMetadata()
                .withNamespace(namespace)
                .withName(name)
                .endMetadata()
                .build());
  }

  private Secret dependent(String name, String namespace, OwnerReference... owners) {
    return simulation
        .cluster()
        .create(
            new SecretBuilder()
                .withNewMetadata()
                .withNamespace(namespace)
                .withName(name)
                .withOwnerReferences(owners)
                .endMetadata()
                .build());
  }

  private static OwnerReference to(HasMetadata owner) {
    return OwnerReferences.to(owner);
  }

  private void delete(String name, String propagation) {
    simulation
        .cluster()
        .delete(
            Resource.of(ConfigMap.class),
            new Key("default", name),
            new Cluster.DeleteOptions(null, propagation, null, null));
    simulation.settle();
  }

  private ConfigMap find(String name) {
    return simulation.cluster().find(ConfigMap.class, "default", name).orElseThrow();
  }

  private Secret secret(String name) {
    return simulation.cluster().find(Secret.class, "default", name).orElseThrow();
  }

  private List<String> secrets() {
    return simulation.cluster().all(Secret.class).stream()
        .map(secret -> secret.getMetadata().getName())
        .toList();
  }
}
