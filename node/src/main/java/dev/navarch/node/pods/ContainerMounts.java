package dev.navarch.node.pods;

import dev.navarch.node.cri.ContainerRuntime;
import dev.navarch.node.cri.v1.Device;
import dev.navarch.node.cri.v1.ImageSpec;
import dev.navarch.node.cri.v1.Mount;
import dev.navarch.node.cri.v1.MountPropagation;
import dev.navarch.node.pods.ContainerConfigs.Order;
import dev.navarch.node.volumes.Ready;
import dev.navarch.node.volumes.VolumeException;
import dev.navarch.node.volumes.Volumes;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.VolumeDevice;
import io.fabric8.kubernetes.api.model.VolumeMount;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.function.Function;

/// What a container sees of its pod's volumes: mounts, and block devices as device nodes.
///
/// @param handlers tells the runtime handler of a pod; empty for the runtime's own choice
record ContainerMounts(Volumes volumes, ContainerRuntime runtime, Function<Pod, String> handlers) {
  private static final String HOSTS = "/etc/hosts";

  List<Mount> of(Order order, Map<String, String> variables) {
    List<Mount> mounts = new ArrayList<>();
    List<VolumeMount> stated = order.container().getVolumeMounts();
    for (int i = 0; i < stated.size(); i++) {
      mounts.add(mount(order, i, stated.get(i), variables));
    }
    boolean ownHosts = stated.stream().anyMatch(mount -> mount.getMountPath().equals(HOSTS));
    if (!ownHosts) {
      mounts.add(
          Mount.newBuilder().setContainerPath(HOSTS).setHostPath(order.hosts().toString()).build());
    }
    return mounts;
  }

  List<Device> devices(Order order) {
    return order.container().getVolumeDevices().stream()
        .map(
            device ->
                switch (ready(order, device.getName())) {
                  case Ready.Device(Path path, boolean readOnly) ->
                      Device.newBuilder()
                          .setContainerPath(device.getDevicePath())
                          .setHostPath(path.toString())
                          .setPermissions(readOnly ? "r" : "mrw")
                          .build();
                  case Ready.OnDisk _, Ready.InImage _ -> throw notADevice(device);
                })
        .toList();
  }

  private Mount mount(Order order, int index, VolumeMount mount, Map<String, String> variables) {
    String subPath = subPath(mount, variables);
    var result = Mount.newBuilder().setContainerPath(absolute(mount.getMountPath()));
    switch (ready(order, mount.getName())) {
      case Ready.OnDisk(Path path, boolean readOnly) -> {
        String name = order.container().getName();
        Path source;
        try {
          source = volumes.source(order.self().pod(), name, index, mount, path, subPath);
        } catch (VolumeException e) {
          throw new StartException(StartException.CONFIG, String.valueOf(e.getMessage()));
        }
        result.setHostPath(source.toString());
        result.setReadonly(readOnly || Boolean.TRUE.equals(mount.getReadOnly()));
      }
      case Ready.InImage _ -> {
        String image = order.images().getOrDefault(mount.getName(), "");
        result
            .setImage(ImageSpec.newBuilder().setImage(image))
            .setImageSubPath(subPath)
            .setReadonly(true);
      }
      case Ready.Device _ ->
          throw new StartException(
              StartException.CONFIG,
              "volume %s has volumeMode Block, but is specified in volumeMounts"
                  .formatted(mount.getName()));
    }
    return result
        .setPropagation(propagation(mount))
        .setRecursiveReadOnly(recursively(order.self().pod(), mount))
        .build();
  }

  private static Ready ready(Order order, String volume) {
    Ready ready = order.ready().get(volume);
    if (ready == null) {
      throw new StartException(StartException.CONFIG, "volume \"%s\" not found".formatted(volume));
    }
    return ready;
  }

  private static StartException notADevice(VolumeDevice device) {
    return new StartException(
        StartException.CONFIG,
        "volume %s has volumeMode Filesystem, but is specified in volumeDevices"
            .formatted(device.getName()));
  }

  private static String subPath(VolumeMount mount, Map<String, String> variables) {
    String expression = mount.getSubPathExpr();
    if (expression == null || expression.isEmpty()) {
      return mount.getSubPath() == null ? "" : mount.getSubPath();
    }
    return Expansion.expandFully(expression, variables)
        .orElseThrow(
            () ->
                new StartException(
                    StartException.CONFIG, "missing value for one or more of: " + expression));
  }

  private static MountPropagation propagation(VolumeMount mount) {
    return switch (mount.getMountPropagation() == null ? "None" : mount.getMountPropagation()) {
      case "HostToContainer" -> MountPropagation.PROPAGATION_HOST_TO_CONTAINER;
      case "Bidirectional" -> MountPropagation.PROPAGATION_BIDIRECTIONAL;
      default -> MountPropagation.PROPAGATION_PRIVATE;
    };
  }

  private boolean recursively(Pod pod, VolumeMount mount) {
    String asked = mount.getRecursiveReadOnly() == null ? "" : mount.getRecursiveReadOnly();
    boolean wanted =
        switch (asked) {
          case "Enabled" -> true;
          case "IfPossible" ->
              Boolean.TRUE.equals(mount.getReadOnly())
                  && propagation(mount) == MountPropagation.PROPAGATION_PRIVATE;
          default -> false;
        };
    if (!wanted) {
      return false;
    }
    String handler = handlers.apply(pod);
    boolean possible =
        runtime.status().getRuntimeHandlersList().stream()
            .anyMatch(
                one ->
                    one.getName().equals(handler)
                        && one.getFeatures().getRecursiveReadOnlyMounts());
    if (!possible && asked.equals("Enabled")) {
      throw new StartException(
          StartException.CONFIG,
          "failed to resolve recursive read-only mode: volume \"%s\" requested recursive read-only mode, but it is not supported by the runtime"
              .formatted(mount.getName()));
    }
    return possible;
  }

  private static String absolute(String path) {
    return path.startsWith("/") ? path : "/" + path;
  }
}
