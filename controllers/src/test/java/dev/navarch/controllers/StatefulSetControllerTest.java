package dev.navarch.controllers;

import static org.assertj.core.api.Assertions.assertThat;

import dev.navarch.client.Cluster;
import dev.navarch.client.Key;
import dev.navarch.client.Resource;
import io.fabric8.kubernetes.api.model.IntOrString;
import io.fabric8.kubernetes.api.model.OwnerReference;
import io.fabric8.kubernetes.api.model.PersistentVolumeClaim;
import io.fabric8.kubernetes.api.model.PersistentVolumeClaimBuilder;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.apps.ControllerRevision;
import io.fabric8.kubernetes.api.model.apps.StatefulSet;
import io.fabric8.kubernetes.api.model.apps.StatefulSetBuilder;
import io.fabric8.kubernetes.api.model.apps.StatefulSetOrdinals;
import io.fabric8.kubernetes.api.model.apps.StatefulSetSpec;
import io.fabric8.kubernetes.api.model.apps.StatefulSetStatus;
import java.time.Duration;
import java.util.List;
import java.util.function.Consumer;
import org.junit.jupiter.api.Test;

class StatefulSetControllerTest extends ControllerTrial {
  StatefulSetControllerTest() {
    super(StatefulSetController::register);
  }

  @Test
  void makesOnePodAfterTheOther() {
    create(3, spec -> {});
    assertThat(names()).containsExactly("db-0");
    catchUp();
    assertThat(names()).containsExactly("db-0", "db-1");
    catchUp();
    catchUp();

    assertThat(names()).containsExactly("db-0", "db-1", "db-2");
    Pod pod = pod("db-1");
    assertThat(pod.getSpec().getHostname()).isEqualTo("db-1");
    assertThat(pod.getSpec().getSubdomain()).isEqualTo("dbs");
    assertThat(pod.getMetadata().getLabels())
        .containsEntry("statefulset.kubernetes.io/pod-name", "db-1")
        .containsEntry("apps.kubernetes.io/pod-index", "1")
        .containsEntry("controller-revision-hash", status().getUpdateRevision());
    assertThat(status().getReplicas()).isEqualTo(3);
    assertThat(status().getReadyReplicas()).isEqualTo(3);
    assertThat(status().getAvailableReplicas()).isEqualTo(3);
    assertThat(status().getCurrentReplicas()).isEqualTo(3);
    assertThat(status().getCurrentRevision()).isEqualTo(status().getUpdateRevision());
    assertThat(events.lines())
        .contains("Normal SuccessfulCreate create Pod db-1 in StatefulSet db successful");
  }

  @Test
  void makesAllAtOnceWhereOrderDoesNotCount() {
    create(3, spec -> spec.setPodManagementPolicy("Parallel"));
    assertThat(names()).hasSize(3);
    scale(1);

    assertThat(names()).containsExactly("db-0");
  }

  @Test
  void losesThePodWithTheHighestNumberFirst() {
    create(3, spec -> {});
    runAll();
    scale(1);
    assertThat(deleting()).containsExactly("db-2");
    catchUp();
    assertThat(deleting()).containsExactly("db-1");
    catchUp();

    assertThat(names()).containsExactly("db-0");
    assertThat(status().getReplicas()).isEqualTo(1);
  }

  @Test
  void doesNotShrinkWhileAnotherPodIsBroken() {
    create(3, spec -> {});
    runAll();
    kubelet.phase(pod("db-1"), "Pending");
    kubelet.phase(pod("db-2"), "Pending");
    simulation.settle();
    scale(0);

    assertThat(deleting()).isEmpty();
    kubelet.ready(pod("db-2"));
    simulation.settle();
    assertThat(deleting()).containsExactly("db-2");
  }

  @Test
  void replacesAPodThatFailedUnderTheSameName() {
    create(1, spec -> {});
    runAll();
    String uid = pod("db-0").getMetadata().getUid();
    kubelet.phase(pod("db-0"), "Failed");
    simulation.settle();

    assertThat(pod("db-0").getMetadata().getUid()).isNotEqualTo(uid);
    assertThat(events.lines())
        .contains(
            "Warning RecreatingFailedPod StatefulSet default/db is recreating failed Pod db-0");
  }

  @Test
  void updatesFromTheTopDownToThePartition() {
    create(3, spec -> spec.getUpdateStrategy().getRollingUpdate().setPartition(1));
    runAll();
    String before = status().getCurrentRevision();
    image("db:2");
    for (String next : List.of("db-2", "db-1")) {
      assertThat(deleting()).containsExactly(next);
      catchUp();
      catchUp();
    }
    assertThat(deleting()).isEmpty();
    assertThat(images()).containsExactly("db:1", "db:2", "db:2");
    assertThat(status().getCurrentRevision()).isEqualTo(before);
    assertThat(status().getUpdatedReplicas()).isEqualTo(2);
    assertThat(status().getCurrentReplicas()).isEqualTo(1);

    simulation.cluster().delete(pod("db-0"));
    catchUp();
    catchUp();
    assertThat(images()).containsExactly("db:1", "db:2", "db:2");

    change(spec -> spec.getUpdateStrategy().getRollingUpdate().setPartition(0));
    catchUp();
    catchUp();
    assertThat(images()).containsExactly("db:2", "db:2", "db:2");
    assertThat(status().getCurrentRevision())
        .isEqualTo(status().getUpdateRevision())
        .isNotEqualTo(before);
    assertThat(simulation.cluster().all(ControllerRevision.class)).hasSize(2);
  }

  @Test
  void updatesSeveralAtOnceWhereSoManyMayBeMissing() {
    create(
        4,
        spec ->
            spec.getUpdateStrategy().getRollingUpdate().setMaxUnavailable(new IntOrString("50%")));
    runAll();
    image("db:2");

    assertThat(deleting()).containsExactly("db-2", "db-3");
  }

  @Test
  void leavesItToTheUserWhenAnUpdateHappens() {
    create(2, spec -> spec.getUpdateStrategy().setType("OnDelete"));
    runAll();
    image("db:2");
    assertThat(deleting()).isEmpty();
    simulation.cluster().delete(pod("db-0"));
    catchUp();

    assertThat(images()).containsExactly("db:2", "db:1");
  }

  @Test
  void startsItsNumbersWhereItIsTold() {
    create(
        2,
        spec -> {
          spec.setPodManagementPolicy("Parallel");
          var ordinals = new StatefulSetOrdinals();
          ordinals.setStart(5);
          spec.setOrdinals(ordinals);
        });

    assertThat(names()).containsExactly("db-5", "db-6");
  }

  @Test
  void waitsUntilAPodIsAvailable() {
    create(2, spec -> spec.setMinReadySeconds(10));
    catchUp();
    assertThat(names()).containsExactly("db-0");
    assertThat(status().getAvailableReplicas()).isZero();
    simulation.pass(Duration.ofSeconds(10));

    assertThat(names()).containsExactly("db-0", "db-1");
    assertThat(status().getAvailableReplicas()).isEqualTo(1);
  }

  @Test
  void givesEachPodItsStorage() {
    create(1, StatefulSetControllerTest::withStorage);

    assertThat(claims())
        .singleElement()
        .satisfies(
            claim -> {
              assertThat(claim.getMetadata().getName()).isEqualTo("data-db-0");
              assertThat(claim.getMetadata().getLabels()).containsEntry("app", "db");
              assertThat(claim.getMetadata().getOwnerReferences()).isEmpty();
            });
    assertThat(
            pod("db-0").getSpec().getVolumes().getFirst().getPersistentVolumeClaim().getClaimName())
        .isEqualTo("data-db-0");
    assertThat(events.lines())
        .contains(
            "Normal SuccessfulCreate create Claim data-db-0 Pod db-0 in StatefulSet db success");
  }

  @Test
  void saysWithWhomStorageGoes() {
    create(
        2,
        spec -> {
          withStorage(spec);
          spec.setPodManagementPolicy("Parallel");
          spec.getPersistentVolumeClaimRetentionPolicy().setWhenDeleted("Delete");
          spec.getPersistentVolumeClaimRetentionPolicy().setWhenScaled("Delete");
        });
    runAll();
    assertThat(owners("data-db-1")).containsExactly("StatefulSet");
    scale(1);

    assertThat(owners("data-db-0")).containsExactly("StatefulSet");
    assertThat(owners("data-db-1")).containsExactly("Pod");
    kubelet.catchUp();
    scale(2);
    assertThat(names()).containsExactly("db-0");
    simulation
        .cluster()
        .delete(
            Resource.of(PersistentVolumeClaim.class),
            new Key("default", "data-db-1"),
            Cluster.DeleteOptions.DEFAULT);
    simulation.settle();

    assertThat(names()).containsExactly("db-0", "db-1");
  }

  @Test
  void storageThatGoesWithItsSetSaysSoBeforeItsPodIsReady() {
    create(
        1,
        spec -> {
          withStorage(spec);
          spec.getPersistentVolumeClaimRetentionPolicy().setWhenDeleted("Delete");
        });
    assertThat(owners("data-db-0")).containsExactly("StatefulSet");
    kubelet.phase(pod("db-0"), "Pending");
    change(spec -> spec.getPersistentVolumeClaimRetentionPolicy().setWhenDeleted("Retain"));

    assertThat(owners("data-db-0")).isEmpty();
  }

  private static void withStorage(StatefulSetSpec spec) {
    spec.setVolumeClaimTemplates(
        List.of(
            new PersistentVolumeClaimBuilder()
                .withNewMetadata()
                .withName("data")
                .endMetadata()
                .withNewSpec()
                .endSpec()
                .build()));
  }

  private List<PersistentVolumeClaim> claims() {
    return simulation.cluster().all(PersistentVolumeClaim.class);
  }

  private List<String> owners(String claim) {
    return claims().stream()
        .filter(it -> it.getMetadata().getName().equals(claim))
        .flatMap(it -> it.getMetadata().getOwnerReferences().stream())
        .map(OwnerReference::getKind)
        .toList();
  }

  private void runAll() {
    for (int i = 0; i < set().getSpec().getReplicas(); i++) {
      catchUp();
    }
  }

  private void create(int replicas, Consumer<StatefulSetSpec> spec) {
    StatefulSet set =
        new StatefulSetBuilder()
            .withNewMetadata()
            .withNamespace("default")
            .withName("db")
            .endMetadata()
            .withNewSpec()
            .withReplicas(replicas)
            .withServiceName("dbs")
            .withPodManagementPolicy("OrderedReady")
            .withNewSelector()
            .addToMatchLabels("app", "db")
            .endSelector()
            .withNewUpdateStrategy()
            .withType("RollingUpdate")
            .withNewRollingUpdate()
            .withPartition(0)
            .endRollingUpdate()
            .endUpdateStrategy()
            .withNewPersistentVolumeClaimRetentionPolicy()
            .withWhenDeleted("Retain")
            .withWhenScaled("Retain")
            .endPersistentVolumeClaimRetentionPolicy()
            .withNewTemplate()
            .withNewMetadata()
            .addToLabels("app", "db")
            .endMetadata()
            .withNewSpec()
            .addNewContainer()
            .withName("db")
            .withImage("db:1")
            .endContainer()
            .endSpec()
            .endTemplate()
            .endSpec()
            .build();
    spec.accept(set.getSpec());
    create(set);
  }

  private void change(Consumer<StatefulSetSpec> spec) {
    change(set(), set -> spec.accept(set.getSpec()));
  }

  private void scale(int replicas) {
    change(spec -> spec.setReplicas(replicas));
  }

  private void image(String image) {
    change(spec -> spec.getTemplate().getSpec().getContainers().getFirst().setImage(image));
  }

  private StatefulSet set() {
    return find(StatefulSet.class, "db");
  }

  private StatefulSetStatus status() {
    return set().getStatus();
  }

  private List<String> names() {
    return pods().stream().map(pod -> pod.getMetadata().getName()).toList();
  }

  private List<String> deleting() {
    return pods().stream()
        .filter(Pods::isDeleting)
        .map(pod -> pod.getMetadata().getName())
        .toList();
  }

  private List<String> images() {
    return pods().stream().map(pod -> pod.getSpec().getContainers().getFirst().getImage()).toList();
  }
}
