package dev.navarch.controllers;

import static org.assertj.core.api.Assertions.assertThat;

import dev.navarch.client.Cluster;
import dev.navarch.client.Key;
import dev.navarch.client.Objects;
import dev.navarch.client.Resource;
import dev.navarch.client.Simulation;
import io.fabric8.kubernetes.api.model.Node;
import io.fabric8.kubernetes.api.model.NodeBuilder;
import io.fabric8.kubernetes.api.model.PersistentVolumeBuilder;
import io.fabric8.kubernetes.api.model.PersistentVolumeClaim;
import io.fabric8.kubernetes.api.model.PersistentVolumeClaimBuilder;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.PodBuilder;
import io.fabric8.kubernetes.api.model.Quantity;
import io.fabric8.kubernetes.api.model.storage.CSIDriverBuilder;
import io.fabric8.kubernetes.api.model.storage.VolumeAttachment;
import io.fabric8.kubernetes.api.model.storage.VolumeAttachmentBuilder;
import io.fabric8.kubernetes.api.model.storage.VolumeAttachmentStatus;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/// When volumes are attached to nodes, and when they are not.
class AttachDetachTest {
  private final Simulation simulation = new Simulation();
  private final RecordedEvents events = new RecordedEvents();

  @BeforeEach
  void start() {
    simulation.with(
        AttachDetachController.register(
            simulation.informers(), simulation.cluster(), events, simulation.clock()));
    node("a");
    node("b");
    boundVolume("disk");
  }

  @Test
  void aVolumeIsAttachedForItsPodAndDetachedAfterIt() {
    pod("user", "a");
    simulation.settle();

    VolumeAttachment made = only();
    assertThat(made.getSpec().getAttacher()).isEqualTo("disks.example.com");
    assertThat(made.getSpec().getNodeName()).isEqualTo("a");
    assertThat(made.getSpec().getSource().getPersistentVolumeName()).isEqualTo("disk");
    assertThat(made.getMetadata().getName()).matches("csi-[0-9a-f]{64}");
    attach(made);
    simulation.settle();
    simulation.settle();

    assertThat(events.lines())
        .containsOnlyOnce(
            "Normal SuccessfulAttachVolume AttachVolume.Attach succeeded for volume \"disk\" ");

    assertThat(node("a", List.of("kubernetes.io/csi/disks.example.com^handle-disk")))
        .isEqualTo(List.of("kubernetes.io/csi/disks.example.com^handle-disk"));
    remove("user");
    simulation.settle();

    assertThat(attachments()).hasSize(1);
    node("a", List.of());
    simulation.pass(Duration.ofSeconds(5));

    assertThat(attachments()).isEmpty();
  }

  @Test
  void aVolumeForOneNodeIsNotAttachedToASecond() {
    pod("first", "a");
    simulation.settle();
    pod("second", "b");
    simulation.settle();

    assertThat(only().getSpec().getNodeName()).isEqualTo("a");
    assertThat(events.lines()).anyMatch(line -> line.contains("Multi-Attach error for volume"));
    remove("first");
    simulation.pass(Duration.ofSeconds(5));
    simulation.pass(Duration.ofSeconds(5));

    assertThat(only().getSpec().getNodeName()).isEqualTo("b");
  }

  @Test
  void aDriverThatDoesNotAttachIsLeftAlone() {
    simulation
        .cluster()
        .create(
            new CSIDriverBuilder()
                .withNewMetadata()
                .withName("disks.example.com")
                .endMetadata()
                .withNewSpec()
                .withAttachRequired(false)
                .endSpec()
                .build());
    pod("user", "a");
    simulation.settle();

    assertThat(attachments()).isEmpty();
  }

  @Test
  void aNodeThatIsGoneHoldsNothing() {
    pod("user", "a");
    simulation.settle();
    simulation.cluster().delete(simulation.cluster().find(Node.class, "", "a").orElseThrow());
    simulation.settle();

    assertThat(attachments()).isEmpty();
  }

  @Test
  void whatOthersAttachIsTheirs() {
    for (String node : List.of("a", "nowhere")) {
      simulation
          .cluster()
          .given(
              new VolumeAttachmentBuilder()
                  .withNewMetadata()
                  .withName("mine-" + node)
                  .endMetadata()
                  .withNewSpec()
                  .withNodeName(node)
                  .withAttacher("disks.example.com")
                  .withNewSource()
                  .withPersistentVolumeName("disk")
                  .endSource()
                  .endSpec()
                  .build());
    }
    simulation.settle();

    assertThat(attachments()).hasSize(2);
  }

  private void node(String name) {
    simulation
        .cluster()
        .given(new NodeBuilder().withNewMetadata().withName(name).endMetadata().build());
  }

  /// Sets what the node says it uses, and returns what it is told is attached.
  private List<String> node(String name, List<String> inUse) {
    Node node = Objects.copy(simulation.cluster().find(Node.class, "", name).orElseThrow());
    List<String> attached =
        node.getStatus().getVolumesAttached().stream().map(one -> one.getName()).toList();
    node.getStatus().setVolumesInUse(inUse);
    simulation.cluster().updateStatus(node);
    return attached;
  }

  private void boundVolume(String name) {
    PersistentVolumeClaim claim =
        simulation
            .cluster()
            .given(
                new PersistentVolumeClaimBuilder()
                    .withNewMetadata()
                    .withNamespace("default")
                    .withName("data")
                    .endMetadata()
                    .withNewSpec()
                    .withVolumeName(name)
                    .endSpec()
                    .build());
    simulation
        .cluster()
        .given(
            new PersistentVolumeBuilder()
                .withNewMetadata()
                .withName(name)
                .endMetadata()
                .withNewSpec()
                .addToCapacity("storage", new Quantity("1Gi"))
                .withAccessModes("ReadWriteOnce")
                .withNewCsi()
                .withDriver("disks.example.com")
                .withVolumeHandle("handle-" + name)
                .endCsi()
                .withNewClaimRef()
                .withNamespace("default")
                .withName("data")
                .withUid(claim.getMetadata().getUid())
                .endClaimRef()
                .endSpec()
                .build());
  }

  private void pod(String name, String node) {
    simulation
        .cluster()
        .given(
            new PodBuilder()
                .withNewMetadata()
                .withNamespace("default")
                .withName(name)
                .endMetadata()
                .withNewSpec()
                .withNodeName(node)
                .addNewVolume()
                .withName("data")
                .withNewPersistentVolumeClaim("data", false)
                .endVolume()
                .endSpec()
                .build());
  }

  private void remove(String pod) {
    simulation
        .cluster()
        .delete(
            Resource.of(Pod.class),
            new Key("default", pod),
            new Cluster.DeleteOptions(Duration.ZERO, null, null, null));
  }

  private void attach(VolumeAttachment attachment) {
    VolumeAttachment attached = Objects.copy(attachment);
    var status = new VolumeAttachmentStatus();
    status.setAttached(true);
    attached.setStatus(status);
    simulation.cluster().updateStatus(attached);
  }

  private List<VolumeAttachment> attachments() {
    return simulation.cluster().all(VolumeAttachment.class);
  }

  private VolumeAttachment only() {
    assertThat(attachments()).hasSize(1);
    return attachments().getFirst();
  }
}
