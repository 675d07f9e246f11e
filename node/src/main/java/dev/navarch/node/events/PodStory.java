package dev.navarch.node.events;

import dev.navarch.client.EventRecorder;
import io.fabric8.kubernetes.api.model.ObjectReference;
import io.fabric8.kubernetes.api.model.Pod;

/// Tells the story of pods in events from `kubelet`: of the pod itself, or of one of its containers
/// (the event's field path then names it).
///
/// @param recorder speaks as `kubelet` on this node
public record PodStory(EventRecorder recorder) {

  public void normal(Pod pod, String reason, String message) {
    recorder.normal(pod, reason, message);
  }

  public void warning(Pod pod, String reason, String message) {
    recorder.warning(pod, reason, message);
  }

  /// The story of one container.
  public Chapter of(Pod pod, String container) {
    return new Chapter(recorder, about(pod, container));
  }

  /// Events about one container.
  public record Chapter(EventRecorder recorder, ObjectReference about) {
    public void normal(String reason, String message) {
      recorder.record(about, EventRecorder.Type.NORMAL, reason, message);
    }

    public void warning(String reason, String message) {
      recorder.record(about, EventRecorder.Type.WARNING, reason, message);
    }
  }

  private static ObjectReference about(Pod pod, String container) {
    ObjectReference about = EventRecorder.reference(pod);
    var spec = pod.getSpec();
    String list =
        spec.getInitContainers().stream().anyMatch(c -> c.getName().equals(container))
            ? "initContainers"
            : spec.getEphemeralContainers().stream().anyMatch(c -> c.getName().equals(container))
                ? "ephemeralContainers"
                : "containers";
    about.setFieldPath("spec.%s{%s}".formatted(list, container));
    return about;
  }
}
