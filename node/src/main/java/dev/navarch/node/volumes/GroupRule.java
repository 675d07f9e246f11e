package dev.navarch.node.volumes;

import io.fabric8.kubernetes.api.model.Pod;
import java.io.IOException;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;

/// The group that a pod's volumes are given to, if it states one (`fsGroup`).
///
/// @param onlyIfRootDiffers leaves a tree alone whose top folder has the group already
record GroupRule(@Nullable Long group, boolean onlyIfRootDiffers) {

  static GroupRule of(Pod pod) {
    var security = pod.getSpec().getSecurityContext();
    return security == null
        ? new GroupRule(null, false)
        : new GroupRule(
            security.getFsGroup(), "OnRootMismatch".equals(security.getFsGroupChangePolicy()));
  }

  void apply(Path folder) throws IOException {
    if (group != null) {
      FileTrees.giveToGroup(folder, group, onlyIfRootDiffers);
    }
  }
}
