package dev.navarch.scheduler.plugins;

import dev.navarch.scheduler.NodeView;
import dev.navarch.scheduler.PodView;
import dev.navarch.scheduler.ScorePlugin;
import dev.navarch.scheduler.Snapshot;
import io.fabric8.kubernetes.api.model.Container;
import java.util.List;
import java.util.stream.Stream;

/// Prefers nodes that have a pod's images already, by their size; an image that few nodes have
/// counts less, so that not all pods go there.
public record ImageLocality() implements ScorePlugin {
  private static final long NEGLIGIBLE = 23L << 20;
  private static final long ENOUGH_PER_CONTAINER = 1000L << 20;

  @Override
  public String name() {
    return "ImageLocality";
  }

  @Override
  public long[] score(PodView pod, List<NodeView> nodes, Snapshot snapshot) {
    List<String> images =
        Stream.of(pod.pod().getSpec().getInitContainers(), pod.pod().getSpec().getContainers())
            .flatMap(List::stream)
            .map(Container::getImage)
            .map(image -> image == null ? "" : tagged(image))
            .toList();
    List<Double> spread = images.stream().map(image -> share(image, snapshot)).toList();
    long enough = ENOUGH_PER_CONTAINER * images.size();
    long[] scores = new long[nodes.size()];
    for (int i = 0; i < scores.length; i++) {
      long present = 0;
      for (int j = 0; j < images.size(); j++) {
        long size = nodes.get(i).images().getOrDefault(images.get(j), 0L);
        present += (long) (size * spread.get(j));
      }
      long counted = Math.clamp(present, NEGLIGIBLE, Math.max(NEGLIGIBLE, enough));
      scores[i] = enough <= NEGLIGIBLE ? 0 : MOST * (counted - NEGLIGIBLE) / (enough - NEGLIGIBLE);
    }
    return scores;
  }

  /// The part of all nodes that have an image.
  private static double share(String image, Snapshot snapshot) {
    long having =
        snapshot.nodes().stream().filter(node -> node.images().containsKey(image)).count();
    return having / (double) snapshot.nodes().size();
  }

  private static String tagged(String image) {
    return image.lastIndexOf(':') <= image.lastIndexOf('/') ? image + ":latest" : image;
  }
}
