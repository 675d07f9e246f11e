package dev.navarch.scheduler.plugins;

import dev.navarch.client.Key;
import dev.navarch.client.LabelSelectors;
import dev.navarch.client.StorageClasses;
import dev.navarch.client.VolumeMatching;
import dev.navarch.scheduler.NodeView;
import dev.navarch.scheduler.StorageView;
import dev.navarch.scheduler.VolumePlan;
import io.fabric8.kubernetes.api.model.PersistentVolume;
import io.fabric8.kubernetes.api.model.PersistentVolumeClaim;
import io.fabric8.kubernetes.api.model.Quantity;
import io.fabric8.kubernetes.api.model.TopologySelectorTerm;
import io.fabric8.kubernetes.api.model.storage.CSIStorageCapacity;
import io.fabric8.kubernetes.api.model.storage.StorageClass;
import java.math.BigDecimal;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/// Finds volumes on one node for claims that waited for their pod: the smallest claim chooses first
/// among those that are there, for the rest one has to be made.
final class DelayedBinding {
  private static final Answer NOTHING_THERE =
      new Answer.Impossible("node(s) didn't find available persistent volumes to bind");
  private static final Answer NO_ROOM =
      new Answer.Impossible("node(s) did not have enough free storage");

  private DelayedBinding() {}

  sealed interface Answer {
    record Possible(VolumePlan plan) implements Answer {}

    record Impossible(String why) implements Answer {}
  }

  static Answer plan(List<PersistentVolumeClaim> claims, NodeView node, StorageView storage) {
    List<PersistentVolumeClaim> sorted = new ArrayList<>(claims);
    sorted.sort(Comparator.comparing(VolumeMatching::request));
    List<VolumePlan.Match> matches = new ArrayList<>();
    List<PersistentVolumeClaim> toMake = new ArrayList<>();
    Set<String> taken = new HashSet<>();
    for (PersistentVolumeClaim claim : sorted) {
      String selected = selectedNode(claim);
      if (!selected.isEmpty()) {
        if (!selected.equals(node.name())) {
          return NOTHING_THERE;
        }
        toMake.add(claim);
        continue;
      }
      Optional<PersistentVolume> found =
          VolumeMatching.best(
              claim,
              storage
                  .volumesFor(Key.of(claim))
                  .filter(volume -> !taken.contains(volume.getMetadata().getName()))
                  .filter(volume -> VolumeBinding.reaches(node, volume)),
              false);
      if (found.isPresent()) {
        taken.add(found.get().getMetadata().getName());
        matches.add(new VolumePlan.Match(claim, found.get()));
        continue;
      }
      StorageClass storageClass = storage.storageClass(StorageClasses.of(claim)).orElseThrow();
      if (storageClass.getProvisioner().equals(StorageClasses.NO_PROVISIONER)
          || !isAllowed(storageClass, node)) {
        return NOTHING_THERE;
      }
      if (!hasRoom(claim, storageClass, node, storage)) {
        return NO_ROOM;
      }
      toMake.add(claim);
    }
    return new Answer.Possible(new VolumePlan(matches, toMake));
  }

  private static boolean isAllowed(StorageClass storageClass, NodeView node) {
    List<TopologySelectorTerm> terms = storageClass.getAllowedTopologies();
    return terms == null
        || terms.isEmpty()
        || terms.stream()
            .anyMatch(
                term ->
                    term.getMatchLabelExpressions().stream()
                        .allMatch(
                            one -> {
                              String value = node.labels().get(one.getKey());
                              return value != null && one.getValues().contains(value);
                            }));
  }

  /// Drivers that say how much they have are believed; others are asked by trying.
  private static boolean hasRoom(
      PersistentVolumeClaim claim, StorageClass storageClass, NodeView node, StorageView storage) {
    boolean tells =
        storage
            .driver(storageClass.getProvisioner())
            .filter(driver -> Boolean.TRUE.equals(driver.getSpec().getStorageCapacity()))
            .isPresent();
    BigDecimal wanted = VolumeMatching.request(claim);
    return !tells
        || storage
            .capacities(storageClass.getMetadata().getName())
            .filter(capacity -> LabelSelectors.matches(capacity.getNodeTopology(), node.labels()))
            .anyMatch(capacity -> room(capacity).compareTo(wanted) >= 0);
  }

  private static BigDecimal room(CSIStorageCapacity capacity) {
    Quantity most = capacity.getMaximumVolumeSize();
    Quantity room = most == null ? capacity.getCapacity() : most;
    return room == null ? BigDecimal.ZERO : room.getNumericalAmount();
  }

  private static String selectedNode(PersistentVolumeClaim claim) {
    Map<String, String> annotations = claim.getMetadata().getAnnotations();
    return annotations == null ? "" : annotations.getOrDefault(StorageClasses.SELECTED_NODE, "");
  }
}
