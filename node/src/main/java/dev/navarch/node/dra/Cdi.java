package dev.navarch.node.dra;

import com.google.protobuf.ByteString;
import dev.navarch.node.cri.ContainerRuntime;
import dev.navarch.node.cri.RuntimeRelease;
import dev.navarch.node.cri.v1.CDIDevice;
import dev.navarch.node.cri.v1.ContainerConfig;
import dev.navarch.node.cri.v1.Device;
import dev.navarch.node.cri.v1.KeyValue;
import dev.navarch.node.cri.v1.Mount;
import java.util.List;
import tools.jackson.databind.JsonNode;

/// Brings devices that are known by name into containers. Runtimes that know such names get them;
/// for those that do not (containerd before 2.0 as it comes, CRI-O before 1.23), what the devices'
/// files ask for is written into the container, as far as that can be said to them.
public record Cdi(ContainerRuntime runtime, CdiSpecs specs) {
  private static final List<String> BEYOND = List.of("hooks", "intelRdt", "netDevices");

  /// @throws DraException when a device is not described, or asks for what this runtime cannot do
  public void settle(ContainerConfig.Builder config) {
    if (config.getCDIDevicesCount() > 0) {
      settle(config, RuntimeRelease.of(runtime.version()), specs);
    }
  }

  static void settle(ContainerConfig.Builder config, RuntimeRelease release, CdiSpecs specs) {
    if (!release.isBefore("containerd", 2, 0) && !release.isBefore("cri-o", 1, 23)) {
      return;
    }
    List<String> ids =
        config.getCDIDevicesList().stream().map(CDIDevice::getName).distinct().toList();
    config.clearCDIDevices();
    for (JsonNode edits : specs.edits(ids)) {
      for (String field : BEYOND) {
        if (!edits.path(field).isEmpty()) {
          throw new DraException(
              "CDI devices %s ask for %s: this needs containerd 2.0 or CRI-O 1.23, found %s %s"
                  .formatted(ids, field, release.name(), release.version()));
        }
      }
      apply(edits, config);
    }
  }

  private static void apply(JsonNode edits, ContainerConfig.Builder config) {
    for (JsonNode variable : edits.path("env")) {
      String[] pair = variable.asString("").split("=", 2);
      if (pair.length == 2) {
        config.addEnvs(
            KeyValue.newBuilder().setKey(pair[0]).setValue(ByteString.copyFromUtf8(pair[1])));
      }
    }
    for (JsonNode node : edits.path("deviceNodes")) {
      String path = node.path("path").asString("");
      config.addDevices(
          Device.newBuilder()
              .setContainerPath(path)
              .setHostPath(orElse(node.path("hostPath").asString(""), path))
              .setPermissions(orElse(node.path("permissions").asString(""), "rwm")));
    }
    for (JsonNode mount : edits.path("mounts")) {
      boolean readOnly =
          mount.path("options").valueStream().anyMatch(option -> option.asString("").equals("ro"));
      config.addMounts(
          Mount.newBuilder()
              .setContainerPath(mount.path("containerPath").asString(""))
              .setHostPath(mount.path("hostPath").asString(""))
              .setReadonly(readOnly));
    }
    for (JsonNode group : edits.path("additionalGids")) {
      config.getLinuxBuilder().getSecurityContextBuilder().addSupplementalGroups(group.asLong(0));
    }
  }

  private static String orElse(String text, String other) {
    return text.isEmpty() ? other : text;
  }
}
