package dev.navarch.node.pods;

import dev.navarch.node.cri.v1.Container;
import dev.navarch.node.cri.v1.PodSandbox;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.PodBuilder;
import java.io.IOException;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;

/// What the node itself shows of pods: in its runtime, and in its folders. Enough of each pod to
/// end it, if nobody knows it.
record Strays(PodTools tools) {

  /// By uid.
  Map<String, Pod> found() throws IOException {
    Map<String, Pod> found = new HashMap<>();
    for (PodSandbox sandbox : tools.runtime().sandboxes("")) {
      note(found, sandbox.getLabelsMap());
    }
    for (Container container : tools.runtime().containers("")) {
      note(found, container.getLabelsMap());
    }
    for (String uid : traces()) {
      found.computeIfAbsent(uid, Strays::traceOf);
    }
    return found;
  }

  /// The uids of pods that left volumes here, or devices of claims.
  Set<String> traces() throws IOException {
    Set<String> traces = new HashSet<>(tools.volumes().present());
    traces.addAll(tools.claims().pods());
    return traces;
  }

  /// A pod of which only files and mounts are left: taking them away may need a storage driver that
  /// is not there yet, so it has a worker like any other.
  static Pod traceOf(String uid) {
    return named(uid, uid, "");
  }

  private static void note(Map<String, Pod> found, Map<String, String> labels) {
    String uid = labels.get(CriNames.POD_UID);
    if (uid != null) {
      found.putIfAbsent(
          uid,
          named(
              uid,
              labels.getOrDefault(CriNames.POD_NAME, ""),
              labels.getOrDefault(CriNames.POD_NAMESPACE, "")));
    }
  }

  private static Pod named(String uid, String name, String namespace) {
    return new PodBuilder()
        .withNewMetadata()
        .withUid(uid)
        .withName(name)
        .withNamespace(namespace)
        .endMetadata()
        .withNewSpec()
        .endSpec()
        .build();
  }
}
