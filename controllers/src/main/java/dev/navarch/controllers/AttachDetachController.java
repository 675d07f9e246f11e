package dev.navarch.controllers;

import dev.navarch.client.Cluster;
import dev.navarch.client.Controller;
import dev.navarch.client.EventRecorder;
import dev.navarch.client.Informers;
import dev.navarch.client.Key;
import dev.navarch.client.Lister;
import dev.navarch.client.Objects;
import dev.navarch.client.Reconciler;
import dev.navarch.client.Resource;
import dev.navarch.client.Result;
import dev.navarch.client.VolumeMatching;
import io.fabric8.kubernetes.api.model.AttachedVolume;
import io.fabric8.kubernetes.api.model.Node;
import io.fabric8.kubernetes.api.model.PersistentVolume;
import io.fabric8.kubernetes.api.model.PersistentVolumeClaim;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.storage.CSIDriver;
import io.fabric8.kubernetes.api.model.storage.VolumeAttachment;
import io.fabric8.kubernetes.api.model.storage.VolumeAttachmentBuilder;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.stream.Stream;

/// Has volumes attached to the nodes whose pods use them, and detached when none does: it writes a
/// VolumeAttachment for each, which the driver's attacher carries out. A volume for one node only
/// is never attached to a second one, and none is detached while its node says that it is in use.
final class AttachDetachController implements Reconciler<Node> {
  private static final Duration PATIENCE = Duration.ofMinutes(6);
  private static final Duration LOOK_AGAIN = Duration.ofSeconds(5);

  private final Lister<Pod> pods;
  private final Lister<PersistentVolume> volumes;
  private final Lister<PersistentVolumeClaim> claims;
  private final Lister<VolumeAttachment> attachments;
  private final Lister<CSIDriver> drivers;
  private final Lister<Node> nodes;
  private final Cluster cluster;
  private final EventRecorder events;
  private final InstantSource clock;

  /// Attachments that no pod needs any more, with when that was seen.
  private final Map<String, Instant> unneeded = new HashMap<>();

  /// Attachments, by uid, of which their pods have heard that they are made.
  private final Set<String> told = new HashSet<>();

  private AttachDetachController(
      Informers on, Cluster cluster, EventRecorder events, InstantSource clock) {
    this.pods = on.lister(Pod.class);
    this.volumes = on.lister(PersistentVolume.class);
    this.claims = on.lister(PersistentVolumeClaim.class);
    this.attachments = on.lister(VolumeAttachment.class);
    this.drivers = on.lister(CSIDriver.class);
    this.nodes = on.lister(Node.class);
    this.cluster = cluster;
    this.events = events.as("attachdetach-controller");
    this.clock = clock;
  }

  static Controller register(
      Informers on, Cluster cluster, EventRecorder events, InstantSource clock) {
    var controller = new AttachDetachController(on, cluster, events, clock);
    return Controller.of(Node.class, controller)
        .name("attach_detach")
        .watches(Pod.class, AttachDetachController::nodeOf)
        .watches(PersistentVolumeClaim.class, controller::nodesOf)
        .watches(
            VolumeAttachment.class,
            attachment -> Stream.of(new Key("", attachment.getSpec().getNodeName())));
  }

  private static Stream<Key> nodeOf(Pod pod) {
    return PodClaims.names(pod).findAny().isEmpty()
        ? Stream.empty()
        : Stream.ofNullable(pod.getSpec().getNodeName())
            .filter(node -> !node.isEmpty())
            .map(node -> new Key("", node));
  }

  private Stream<Key> nodesOf(PersistentVolumeClaim claim) {
    return pods.in(claim.getMetadata().getNamespace())
        .filter(pod -> PodClaims.names(pod).anyMatch(claim.getMetadata().getName()::equals))
        .flatMap(AttachDetachController::nodeOf);
  }

  @Override
  public Result reconcile(Node node) {
    String name = node.getMetadata().getName();
    Map<String, Wanted> wanted = wanted(name);
    List<VolumeAttachment> present =
        attachments
            .all()
            .filter(one -> one.getSpec().getNodeName().equals(name))
            .filter(Attachments::isOurs)
            .toList();
    boolean waiting = false;
    for (VolumeAttachment attachment : present) {
      if (wanted.containsKey(attachment.getMetadata().getName())) {
        unneeded.remove(attachment.getMetadata().getName());
      } else {
        waiting |= !detach(node, attachment);
      }
    }
    for (Wanted one : wanted.values()) {
      waiting |= !attach(name, one);
    }
    report(node);
    return waiting ? Result.after(LOOK_AGAIN) : Result.done();
  }

  /// The node is gone: what was attached to it is not in use.
  @Override
  public Result gone(Key key) {
    attachments
        .all()
        .filter(one -> one.getSpec().getNodeName().equals(key.name()))
        .filter(Attachments::isOurs)
        .filter(one -> !Pods.isDeleting(one))
        .forEach(cluster::delete);
    return Result.done();
  }

  private record Wanted(String attachment, Pod pod, PersistentVolume volume) {}

  private Map<String, Wanted> wanted(String node) {
    Map<String, Wanted> wanted = new TreeMap<>();
    pods.onNode(node)
        .filter(pod -> !Pods.isFinished(pod))
        .forEach(
            pod ->
                PodClaims.keys(pod)
                    .flatMap(key -> claims.find(key).stream())
                    .flatMap(claim -> volumeOf(claim).stream())
                    .filter(this::isAttached)
                    .forEach(
                        volume -> {
                          String name = Attachments.name(volume, node);
                          wanted.putIfAbsent(name, new Wanted(name, pod, volume));
                        }));
    return wanted;
  }

  private Optional<PersistentVolume> volumeOf(PersistentVolumeClaim claim) {
    return VolumeMatching.isEmpty(claim.getSpec().getVolumeName())
        ? Optional.empty()
        : volumes
            .find("", claim.getSpec().getVolumeName())
            .filter(volume -> VolumeMatching.isBoundTo(volume, claim));
  }

  private boolean isAttached(PersistentVolume volume) {
    return volume.getSpec().getCsi() != null
        && drivers
            .find("", volume.getSpec().getCsi().getDriver())
            .filter(driver -> Boolean.FALSE.equals(driver.getSpec().getAttachRequired()))
            .isEmpty();
  }

  /// Returns whether nothing more is to be done.
  private boolean attach(String node, Wanted wanted) {
    PersistentVolume volume = wanted.volume();
    String name = volume.getMetadata().getName();
    Optional<VolumeAttachment> present = attachments.find("", wanted.attachment());
    if (present.isPresent()) {
      tell(wanted, present.get());
      return true;
    }
    if (isForOneNode(volume)
        && attachments
            .all()
            .anyMatch(
                one ->
                    name.equals(one.getSpec().getSource().getPersistentVolumeName())
                        && !one.getSpec().getNodeName().equals(node))) {
      events.warning(
          wanted.pod(),
          "FailedAttachVolume",
          "Multi-Attach error for volume \"%s\" Volume is already exclusively attached to one node and can't be attached to another"
              .formatted(name));
      return false;
    }
    cluster.create(
        new VolumeAttachmentBuilder()
            .withNewMetadata()
            .withName(wanted.attachment())
            .endMetadata()
            .withNewSpec()
            .withAttacher(volume.getSpec().getCsi().getDriver())
            .withNodeName(node)
            .withNewSource()
            .withPersistentVolumeName(name)
            .endSource()
            .endSpec()
            .build());
    return true;
  }

  private void tell(Wanted wanted, VolumeAttachment attachment) {
    var status = attachment.getStatus();
    String volume = wanted.volume().getMetadata().getName();
    if (status != null && Boolean.TRUE.equals(status.getAttached())) {
      if (told.add(attachment.getMetadata().getUid())) {
        events.normal(
            wanted.pod(),
            "SuccessfulAttachVolume",
            "AttachVolume.Attach succeeded for volume \"%s\" ".formatted(volume));
      }
    } else if (status != null && status.getAttachError() != null) {
      events.warning(
          wanted.pod(),
          "FailedAttachVolume",
          "AttachVolume.Attach failed for volume \"%s\" : %s"
              .formatted(volume, status.getAttachError().getMessage()));
    }
  }

  private static boolean isForOneNode(PersistentVolume volume) {
    List<String> modes = volume.getSpec().getAccessModes();
    return !modes.contains("ReadWriteMany") && !modes.contains("ReadOnlyMany");
  }

  /// Returns whether nothing more is to be done.
  private boolean detach(Node node, VolumeAttachment attachment) {
    if (Pods.isDeleting(attachment)) {
      return true;
    }
    String name = attachment.getMetadata().getName();
    Instant since = unneeded.computeIfAbsent(name, key -> clock.instant());
    boolean late = !clock.instant().isBefore(since.plus(PATIENCE));
    boolean out =
        !NodeTaints.isReady(node)
            && (late
                || NodeTaints.of(node).stream()
                    .anyMatch(taint -> NodeTaints.OUT_OF_SERVICE.equals(taint.getKey())));
    if (isInUse(node, attachment) && !out) {
      return false;
    }
    cluster.delete(attachment);
    unneeded.remove(name);
    told.remove(attachment.getMetadata().getUid());
    return true;
  }

  private boolean isInUse(Node node, VolumeAttachment attachment) {
    List<String> inUse = node.getStatus() == null ? null : node.getStatus().getVolumesInUse();
    return inUse != null
        && volumes
            .find("", String.valueOf(attachment.getSpec().getSource().getPersistentVolumeName()))
            .map(Attachments::uniqueName)
            .filter(inUse::contains)
            .isPresent();
  }

  /// The node itself looks here for what it may mount.
  private void report(Node node) {
    List<AttachedVolume> attached =
        attachments
            .all()
            .filter(one -> one.getSpec().getNodeName().equals(node.getMetadata().getName()))
            .filter(one -> !Pods.isDeleting(one))
            .filter(
                one ->
                    one.getStatus() != null && Boolean.TRUE.equals(one.getStatus().getAttached()))
            .flatMap(
                one ->
                    volumes
                        .find(
                            "", String.valueOf(one.getSpec().getSource().getPersistentVolumeName()))
                        .stream())
            .filter(volume -> volume.getSpec().getCsi() != null)
            .map(volume -> new AttachedVolume("", Attachments.uniqueName(volume)))
            .sorted(Comparator.comparing(AttachedVolume::getName))
            .toList();
    List<AttachedVolume> shown =
        node.getStatus() == null || node.getStatus().getVolumesAttached() == null
            ? List.of()
            : node.getStatus().getVolumesAttached();
    if (attached.equals(shown) || nodes.find("", node.getMetadata().getName()).isEmpty()) {
      return;
    }
    var patch = Objects.emptyDocument();
    var list = patch.putObject("status").putArray("volumesAttached");
    attached.forEach(one -> list.add(Objects.tree(one)));
    cluster.patch(
        Resource.of(Node.class),
        Key.of(node),
        new Cluster.Patch(Cluster.Patch.Type.MERGE, Objects.write(patch)),
        "status");
  }
}
