package dev.navarch.node.pods;

import dev.navarch.node.cri.ContainerRuntime;
import dev.navarch.node.cri.RuntimeRelease;
import dev.navarch.node.cri.v1.PodSandboxConfig;
import dev.navarch.node.images.ImageState;
import dev.navarch.node.images.Images;
import dev.navarch.node.volumes.Ready;
import io.fabric8.kubernetes.api.model.Container;
import io.fabric8.kubernetes.api.model.ContainerBuilder;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.VolumeMount;
import java.util.HashMap;
import java.util.Map;

/// Gets the images that a container mounts as volumes, if the runtime can mount images at all.
record ImageVolumes(Images images, ContainerRuntime runtime) {
  /// What there is of a container's image volumes.
  sealed interface State {
    /// @param references by volume, as the runtime knows them
    record Here(Map<String, String> references) implements State {}

    record NotYet(ImageState why) implements State {}
  }

  State of(
      Pod pod,
      Container container,
      Map<String, Ready> ready,
      PodSandboxConfig sandbox,
      Runnable wake) {
    Map<String, String> references = new HashMap<>();
    for (VolumeMount mount : container.getVolumeMounts()) {
      if (!(ready.get(mount.getName()) instanceof Ready.InImage(var source))) {
        continue;
      }
      requireRuntime(mount.getName());
      Container puller =
          new ContainerBuilder()
              .withName(container.getName())
              .withImage(source.getReference())
              .withImagePullPolicy(source.getPullPolicy())
              .build();
      ImageState state = images.ensure(pod, puller, sandbox, wake);
      if (!(state instanceof ImageState.Present present)) {
        return new State.NotYet(state);
      }
      references.put(mount.getName(), present.reference());
    }
    return new State.Here(references);
  }

  private void requireRuntime(String volume) {
    RuntimeRelease release = RuntimeRelease.of(runtime.version());
    if (release.isBefore("containerd", 2, 1) || release.isBefore("cri-o", 1, 31)) {
      throw new StartException(
          StartException.CREATE,
          "volume \"%s\" is an image: this needs containerd 2.1 or CRI-O 1.31, found %s %s"
              .formatted(volume, release.name(), release.version()));
    }
  }
}
