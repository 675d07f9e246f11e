package dev.navarch.node.pods;

import dev.navarch.client.Objects;
import dev.navarch.node.events.PodStory;
import io.fabric8.kubernetes.api.model.Pod;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/// What people are told of a pod's resizes.
record ResizeStory(PodStory story) {

  void started(Pod pod) {
    story.normal(pod, "ResizeStarted", "Pod resize started: " + described(pod, ""));
  }

  void completed(Pod pod) {
    story.normal(pod, "ResizeCompleted", "Pod resize completed: " + described(pod, ""));
  }

  void failed(Pod pod, String why) {
    story.warning(pod, "ResizeError", "Pod resize error: " + described(pod, why));
  }

  /// @param reason `Deferred` or `Infeasible`
  void pending(Pod pod, String reason, String why) {
    story.warning(
        pod, "Resize" + reason, "Pod resize %s: %s".formatted(reason, described(pod, why)));
  }

  /// What is asked for, and what is in its way.
  private static String described(Pod pod, String error) {
    ObjectNode document = Objects.emptyDocument();
    ArrayNode containers = document.putArray("containers");
    Amounts.all(pod)
        .forEach(
            container ->
                containers
                    .addObject()
                    .put("name", container.getName())
                    .set("resources", Objects.tree(Resizes.orNone(container.getResources()))));
    if (pod.getSpec().getResources() != null) {
      document.set("resources", Objects.tree(pod.getSpec().getResources()));
    }
    Long generation = pod.getMetadata().getGeneration();
    document.put("generation", generation == null ? 0 : generation);
    if (!error.isEmpty()) {
      document.put("error", error);
    }
    return document.toString();
  }
}
