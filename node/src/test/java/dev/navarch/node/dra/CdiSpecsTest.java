package dev.navarch.node.dra;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.navarch.node.cri.RuntimeRelease;
import dev.navarch.node.cri.v1.CDIDevice;
import dev.navarch.node.cri.v1.ContainerConfig;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// How devices come into containers of runtimes that do not know them by name.
class CdiSpecsTest {
  private static final RuntimeRelease OLD = new RuntimeRelease("containerd", "1.6.20~ds1");

  @TempDir private Path folder;

  @Test
  void anOldRuntimeIsToldWhatTheDevicesAskFor() throws IOException {
    Files.writeString(
        folder.resolve("gpu.json"),
        """
        {"cdiVersion": "0.6.0", "kind": "example.com/gpu",
         "containerEdits": {"env": ["DRIVER=yes"]},
         "devices": [
           {"name": "g0", "containerEdits": {
             "env": ["GPU=g0"],
             "deviceNodes": [{"path": "/dev/gpu0", "hostPath": "/dev/zero", "permissions": "rw"}],
             "mounts": [{"hostPath": "/opt/gpu", "containerPath": "/gpu", "options": ["ro", "bind"]}],
             "additionalGids": [44]}},
           {"name": "g1", "containerEdits": {"env": ["OTHER=g1"]}}]}
        """);
    ContainerConfig config = settled(OLD, "example.com/gpu=g0", "example.com/gpu=g1");

    assertThat(config.getCDIDevicesCount()).isZero();
    assertThat(config.getEnvsList())
        .extracting(env -> env.getKey() + "=" + env.getValue().toStringUtf8())
        .containsExactly("DRIVER=yes", "GPU=g0", "OTHER=g1");
    assertThat(config.getDevices(0).getHostPath()).isEqualTo("/dev/zero");
    assertThat(config.getDevices(0).getContainerPath()).isEqualTo("/dev/gpu0");
    assertThat(config.getDevices(0).getPermissions()).isEqualTo("rw");
    assertThat(config.getMounts(0).getContainerPath()).isEqualTo("/gpu");
    assertThat(config.getMounts(0).getReadonly()).isTrue();
    assertThat(config.getLinux().getSecurityContext().getSupplementalGroupsList())
        .containsExactly(44L);
  }

  @Test
  void aNewRuntimeGetsTheNames() {
    ContainerConfig config =
        settled(new RuntimeRelease("containerd", "2.1.0"), "example.com/gpu=g0");

    assertThat(config.getCDIDevicesList())
        .extracting(CDIDevice::getName)
        .containsExactly("example.com/gpu=g0");
  }

  @Test
  void whatCannotBeSaidToAnOldRuntimeIsRefused() throws IOException {
    Files.writeString(
        folder.resolve("gpu.yaml"),
        """
        kind: example.com/gpu
        devices:
        - {name: g0, containerEdits: {hooks: [{hookName: createContainer, path: /bin/true}]}}
        """);

    assertThatThrownBy(() -> settled(OLD, "example.com/gpu=g0"))
        .isInstanceOf(DraException.class)
        .hasMessageContaining("ask for hooks: this needs containerd 2.0 or CRI-O 1.23")
        .hasMessageContaining("found containerd 1.6.20");
    assertThatThrownBy(() -> settled(OLD, "example.com/gpu=g7"))
        .hasMessageContaining("CDI device example.com/gpu=g7 is not described in any file of");
  }

  private ContainerConfig settled(RuntimeRelease release, String... names) {
    var config = ContainerConfig.newBuilder();
    for (String name : names) {
      config.addCDIDevices(CDIDevice.newBuilder().setName(name));
    }
    Cdi.settle(config, release, new CdiSpecs(List.of(folder)));
    return config.build();
  }
}
