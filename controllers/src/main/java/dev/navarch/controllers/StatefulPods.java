package dev.navarch.controllers;

import io.fabric8.kubernetes.api.model.PersistentVolumeClaim;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.PodTemplateSpec;
import io.fabric8.kubernetes.api.model.Volume;
import io.fabric8.kubernetes.api.model.VolumeBuilder;
import io.fabric8.kubernetes.api.model.apps.StatefulSet;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalInt;

/// The pods of stateful sets: each has a number, and with it a name and storage that stay.
final class StatefulPods {
  static final String NAME_LABEL = "statefulset.kubernetes.io/pod-name";
  static final String INDEX_LABEL = "apps.kubernetes.io/pod-index";

  private StatefulPods() {}

  /// @param revision the name of the revision that the template is of
  static Pod pod(StatefulSet set, PodTemplateSpec template, String revision, int ordinal) {
    Pod pod = Pods.from(template, set);
    String name = name(set, ordinal);
    pod.getMetadata().setGenerateName(null);
    pod.getMetadata().setName(name);
    pod.getSpec().setHostname(name);
    pod.getSpec().setSubdomain(set.getSpec().getServiceName());
    Map<String, String> labels = identity(pod, set, ordinal);
    labels.put(TemplateHistory.POD_LABEL, revision);
    pod.getMetadata().setLabels(labels);
    pod.getSpec().setVolumes(volumes(pod, set, ordinal));
    return pod;
  }

  static String name(StatefulSet set, int ordinal) {
    return set.getMetadata().getName() + "-" + ordinal;
  }

  static String claimName(PersistentVolumeClaim template, StatefulSet set, int ordinal) {
    return template.getMetadata().getName() + "-" + name(set, ordinal);
  }

  /// The number in a pod's name; empty for a pod that is not named after the set.
  static OptionalInt ordinal(StatefulSet set, Pod pod) {
    String name = pod.getMetadata().getName();
    String prefix = set.getMetadata().getName() + "-";
    String number = name.startsWith(prefix) ? name.substring(prefix.length()) : "";
    return number.matches("[0-9]{1,9}")
        ? OptionalInt.of(Integer.parseInt(number))
        : OptionalInt.empty();
  }

  static String revision(Pod pod) {
    return Pods.labels(pod).getOrDefault(TemplateHistory.POD_LABEL, "");
  }

  static boolean hasIdentity(Pod pod, StatefulSet set, int ordinal) {
    return Pods.labels(pod).equals(identity(pod, set, ordinal));
  }

  /// A pod's labels with those that say which one it is.
  static Map<String, String> identity(Pod pod, StatefulSet set, int ordinal) {
    Map<String, String> labels = new HashMap<>(Pods.labels(pod));
    labels.put(NAME_LABEL, name(set, ordinal));
    labels.put(INDEX_LABEL, Integer.toString(ordinal));
    return labels;
  }

  private static List<Volume> volumes(Pod pod, StatefulSet set, int ordinal) {
    List<Volume> volumes = new ArrayList<>();
    List<PersistentVolumeClaim> claims = set.getSpec().getVolumeClaimTemplates();
    for (PersistentVolumeClaim claim : claims) {
      volumes.add(
          new VolumeBuilder()
              .withName(claim.getMetadata().getName())
              .withNewPersistentVolumeClaim()
              .withClaimName(claimName(claim, set, ordinal))
              .withReadOnly(false)
              .endPersistentVolumeClaim()
              .build());
    }
    pod.getSpec().getVolumes().stream()
        .filter(
            volume ->
                claims.stream()
                    .noneMatch(it -> it.getMetadata().getName().equals(volume.getName())))
        .forEach(volumes::add);
    return volumes;
  }
}
