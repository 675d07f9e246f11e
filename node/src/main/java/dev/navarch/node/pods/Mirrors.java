package dev.navarch.node.pods;

import dev.navarch.client.Key;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.PodStatus;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;

/// What the API shows of pods that do not come from it: a mirror pod for each, by name, with a uid
/// of its own. Statuses are written to mirrors.
public final class Mirrors {
  public static final String MIRROR = "kubernetes.io/config.mirror";
  public static final String HASH = "kubernetes.io/config.hash";
  public static final String SOURCE = "kubernetes.io/config.source";
  public static final String SEEN = "kubernetes.io/config.seen";

  private final Map<Key, Pod> shown = new ConcurrentHashMap<>();

  /// Whether the API only shows this pod.
  public static boolean isMirror(Pod pod) {
    return annotations(pod).containsKey(MIRROR);
  }

  /// Whether this pod comes from elsewhere than the API.
  public static boolean isStatic(Pod pod) {
    String source = annotations(pod).get(SOURCE);
    return source != null && !source.equals("api") && !isMirror(pod);
  }

  public static Key key(Pod pod) {
    return Key.of(pod);
  }

  /// Every mirror that the API shows for this node.
  public List<Pod> all() {
    return List.copyOf(shown.values());
  }

  void put(Pod mirror) {
    shown.put(key(mirror), mirror);
  }

  /// Forgets this mirror; another one that has its name by now stays.
  void remove(Pod mirror) {
    shown.computeIfPresent(
        key(mirror),
        (key, known) ->
            known.getMetadata().getUid().equals(mirror.getMetadata().getUid()) ? null : known);
  }

  /// The mirror of exactly this pod, unless it is on its way out.
  public Optional<Pod> of(Pod pod) {
    return Optional.ofNullable(shown.get(key(pod)))
        .filter(
            mirror -> Objects.equals(annotations(mirror).get(MIRROR), annotations(pod).get(HASH)))
        .filter(mirror -> !Containers.isDeleting(mirror));
  }

  /// The uid by which the API knows a pod; empty while it does not.
  Optional<String> apiUid(Pod pod) {
    return isStatic(pod)
        ? of(pod).map(mirror -> mirror.getMetadata().getUid())
        : Optional.of(pod.getMetadata().getUid());
  }

  /// The status that the API shows.
  PodStatus status(Pod pod) {
    PodStatus status = isStatic(pod) ? of(pod).map(Pod::getStatus).orElse(null) : pod.getStatus();
    return status == null ? new PodStatus() : status;
  }

  private static Map<String, String> annotations(Pod pod) {
    Map<String, String> annotations = pod.getMetadata().getAnnotations();
    return annotations == null ? Map.of() : annotations;
  }
}
