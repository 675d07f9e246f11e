package dev.navarch.node.pods;

import dev.navarch.node.cri.ContainerRuntime;
import dev.navarch.node.cri.CriException;
import dev.navarch.node.cri.v1.RuntimeHandler;
import dev.navarch.node.cri.v1.StatusResponse;
import io.fabric8.kubernetes.api.model.NodeFeatures;
import io.fabric8.kubernetes.api.model.NodeRuntimeHandler;
import io.fabric8.kubernetes.api.model.NodeRuntimeHandlerBuilder;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/// What the runtime says that it can do beyond the first version of its interface; one that says
/// nothing can do none of it.
///
/// @param strictGroups whether a pod may keep out of the groups that its image names
/// @param handlers by name; the runtime's own choice has the empty one
public record RuntimeFeatures(boolean strictGroups, Map<String, Handler> handlers) {
  public static final RuntimeFeatures NONE = new RuntimeFeatures(false, Map.of());
  private static final Handler NOTHING = new Handler(false, false);

  public RuntimeFeatures {
    handlers = Map.copyOf(handlers);
  }

  /// What one handler can do.
  public record Handler(boolean recursiveReadOnly, boolean userNamespaces) {}

  /// Asks the runtime; one that does not answer now has none.
  public static RuntimeFeatures of(ContainerRuntime runtime) {
    try {
      return of(runtime.status());
    } catch (CriException e) {
      return NONE;
    }
  }

  static RuntimeFeatures of(StatusResponse status) {
    Map<String, Handler> handlers = new TreeMap<>();
    for (RuntimeHandler handler : status.getRuntimeHandlersList()) {
      handlers.put(
          handler.getName(),
          new Handler(
              handler.getFeatures().getRecursiveReadOnlyMounts(),
              handler.getFeatures().getUserNamespaces()));
    }
    return new RuntimeFeatures(status.getFeatures().getSupplementalGroupsPolicy(), handlers);
  }

  public Handler handler(String name) {
    return handlers.getOrDefault(name, NOTHING);
  }

  /// As the node's status tells it.
  public NodeFeatures features() {
    var features = new NodeFeatures();
    features.setSupplementalGroupsPolicy(strictGroups);
    return features;
  }

  /// As the node's status tells it.
  public List<NodeRuntimeHandler> handlerStatuses() {
    return new TreeMap<>(handlers)
        .entrySet().stream()
            .map(
                entry ->
                    new NodeRuntimeHandlerBuilder()
                        .withName(entry.getKey())
                        .withNewFeatures()
                        .withRecursiveReadOnlyMounts(entry.getValue().recursiveReadOnly())
                        .withUserNamespaces(entry.getValue().userNamespaces())
                        .endFeatures()
                        .build())
            .toList();
  }
}
