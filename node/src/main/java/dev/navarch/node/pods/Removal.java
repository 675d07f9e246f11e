package dev.navarch.node.pods;

import dev.navarch.api.ApiException;
import dev.navarch.client.Cluster.DeleteOptions;
import dev.navarch.client.Key;
import dev.navarch.client.Resource;
import dev.navarch.node.cri.v1.PodSandboxStatus;
import dev.navarch.node.volumes.FileTrees;
import io.fabric8.kubernetes.api.model.Pod;
import java.io.IOException;
import java.time.Duration;

/// Takes a pod that runs no more off the node, so that nothing of it stays: containers, sandboxes,
/// volumes, cgroups, logs; and then out of the API.
record Removal(PodTools tools) {
  private static final Duration LAST_WORD = Duration.ofSeconds(2);

  void fromNode(Pod pod, Observation seen) throws IOException {
    var meta = pod.getMetadata();
    for (Observation.Seen container : seen.containers()) {
      tools.runtime().removeContainer(container.id());
    }
    for (PodSandboxStatus sandbox : seen.sandboxes()) {
      tools.runtime().removeSandbox(sandbox.getId());
    }
    tools.volumes().remove(meta.getUid());
    tools.userNamespaces().release(meta.getUid());
    tools.cgroups().remove(meta.getUid());
    tools.images().forget(meta.getUid());
    FileTrees.delete(tools.config().podLogDir(meta.getNamespace(), meta.getName(), meta.getUid()));
  }

  /// After its last status was written.
  void fromApi(Pod pod) throws InterruptedException {
    String uid = pod.getMetadata().getUid();
    tools.writer().awaitWritten(uid, LAST_WORD);
    try {
      tools
          .cluster()
          .delete(
              Resource.of(Pod.class),
              Key.of(pod),
              new DeleteOptions(Duration.ZERO, null, uid, null));
    } catch (ApiException e) {
      if (!e.isNotFound() && !e.isConflict()) {
        throw e;
      }
    }
  }
}
