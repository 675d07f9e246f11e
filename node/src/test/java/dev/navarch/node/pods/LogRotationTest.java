package dev.navarch.node.pods;

import static org.assertj.core.api.Assertions.assertThat;

import dev.navarch.node.NodeConfig;
import dev.navarch.node.cri.v1.ContainerConfig;
import dev.navarch.node.cri.v1.ContainerMetadata;
import dev.navarch.node.cri.v1.PodSandboxConfig;
import dev.navarch.node.images.CredentialProviders;
import dev.navarch.node.settings.KubeletSettings;
import java.net.InetAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class LogRotationTest {
  private final FakeRuntime runtime = new FakeRuntime();
  private Instant now = Instant.parse("2026-01-02T03:04:05Z");

  @Test
  void keepsSoManyFilesAndPacksAllButTheNewest(@TempDir Path dir) throws Exception {
    NodeConfig config = config(dir);
    Path log = config.podLogDir("default", "web", "u").resolve("main/0.log");
    Files.createDirectories(log.getParent());
    String id = container();
    var rotation = new LogRotation(config, runtime, () -> now, 10, 4);
    for (int i = 0; i < 6; i++) {
      Files.writeString(log, "more than ten bytes " + i);
      rotation.run();
      assertThat(log).as("the runtime makes it anew").doesNotExist();
      now = now.plusSeconds(60);
    }
    Files.writeString(log, "few");
    rotation.run();
    assertThat(runtime.calls()).filteredOn(("reopen " + id)::equals).hasSize(6);
    try (Stream<Path> files = Files.list(log.getParent())) {
      assertThat(files.map(file -> file.getFileName().toString()).sorted())
          .containsExactly(
              "0.log",
              "0.log.20260102-030705.gz",
              "0.log.20260102-030805.gz",
              "0.log.20260102-030905");
    }
  }

  private String container() {
    String id =
        runtime.createContainer(
            "sandbox",
            ContainerConfig.newBuilder()
                .setMetadata(ContainerMetadata.newBuilder().setName("main"))
                .putLabels(CriNames.POD_NAME, "web")
                .putLabels(CriNames.POD_NAMESPACE, "default")
                .putLabels(CriNames.POD_UID, "u")
                .build(),
            PodSandboxConfig.getDefaultInstance());
    runtime.startContainer(id);
    return id;
  }

  private static NodeConfig config(Path dir) {
    return new NodeConfig(
        "node-1",
        InetAddress.getLoopbackAddress(),
        dir,
        dir,
        "/test",
        dir,
        dir,
        dir,
        Map.of(),
        KubeletSettings.defaults(),
        CredentialProviders.none());
  }
}
