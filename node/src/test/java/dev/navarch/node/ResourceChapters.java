package dev.navarch.node;

import static dev.navarch.node.RealNode.PATIENCE;
import static dev.navarch.node.RealNode.REGISTRY_PORT;
import static dev.navarch.node.RealNode.container;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.navarch.node.devices.FakeDevicePlugin;
import io.fabric8.kubernetes.api.model.ConfigMapBuilder;
import io.fabric8.kubernetes.api.model.Node;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.PodBuilder;
import io.fabric8.kubernetes.api.model.Quantity;
import io.fabric8.kubernetes.api.model.SecretBuilder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Base64;
import java.util.stream.Collectors;

/// What a real node gives to its pods: processors, devices, configuration, images.
final class ResourceChapters {
  private static final String TOY = "example.com/toy";

  private final RealNode node;

  ResourceChapters(RealNode node) {
    this.node = node;
  }

  void processorsOfTheirOwn() throws Exception {
    node.step("whole processors of a guaranteed pod are its own; cgroups hold what they should");
    if (Runtime.getRuntime().availableProcessors() < 2) {
      return;
    }
    Pod own =
        node.create(
            node.pod("own")
                .editSpec()
                .withContainers(
                    container("main", "exec sleep 1000")
                        .withNewResources()
                        .addToRequests("cpu", new Quantity("1"))
                        .addToLimits("cpu", new Quantity("1"))
                        .addToRequests("memory", new Quantity("32Mi"))
                        .addToLimits("memory", new Quantity("32Mi"))
                        .endResources()
                        .build())
                .endSpec()
                .build());
    node.awaitReady("own");
    String allowed = "grep Cpus_allowed_list /proc/self/status";
    assertThat(node.exec(own, "main", "sh", "-c", allowed)).isEqualTo("Cpus_allowed_list:\t1\n");
    await()
        .atMost(PATIENCE)
        .untilAsserted(
            () ->
                assertThat(node.exec(node.get("web"), "two", "sh", "-c", allowed))
                    .doesNotContain("\t1\n")
                    .doesNotContain("0-1"));
    String kubepods = "/navarch-test-pods/node-1/kubepods";
    Path pids = Path.of("/sys/fs/cgroup/pids" + kubepods);
    if (Files.isDirectory(pids)) {
      Path pod = pids.resolve("pod" + own.getMetadata().getUid());
      assertThat(Files.readString(pod.resolve("pids.max"))).isEqualTo("200\n");
      Path shares = Path.of("/sys/fs/cgroup/cpu" + kubepods + "/besteffort/cpu.shares");
      assertThat(Files.readString(shares)).isEqualTo("2\n");
    }
    node.delete(own);
    await()
        .atMost(PATIENCE)
        .untilAsserted(
            () ->
                assertThat(node.exec(node.get("web"), "two", "sh", "-c", allowed)).contains("0-"));
  }

  void configurationArrives() throws Exception {
    node.step("init containers, variables, volumes");
    node.cluster.given(
        new ConfigMapBuilder()
            .withNewMetadata()
            .withNamespace("default")
            .withName("settings")
            .endMetadata()
            .addToData("colour", "blue")
            .build());
    node.cluster.given(
        new SecretBuilder()
            .withNewMetadata()
            .withNamespace("default")
            .withName("secrets")
            .endMetadata()
            .addToData(
                "word",
                Base64.getEncoder().encodeToString("xyzzy".getBytes(StandardCharsets.UTF_8)))
            .build());
    Pod pod =
        node.create(
            node.pod("configured")
                .editSpec()
                .withInitContainers(
                    container(
                            "init",
                            "echo $(COLOUR) from init > /scratch/out; ln -s /etc /scratch/etc;"
                                + " mkdir /scratch/part; echo p > /scratch/part/f")
                        .addNewEnv()
                        .withName("COLOUR")
                        .withNewValueFrom()
                        .withNewConfigMapKeyRef("colour", "settings", false)
                        .endValueFrom()
                        .endEnv()
                        .addNewVolumeMount()
                        .withName("scratch")
                        .withMountPath("/scratch")
                        .endVolumeMount()
                        .build())
                .withContainers(
                    container("main", "exec sleep 1000")
                        .addNewEnv()
                        .withName("WORD")
                        .withNewValueFrom()
                        .withNewSecretKeyRef("word", "secrets", false)
                        .endValueFrom()
                        .endEnv()
                        .addNewEnv()
                        .withName("MY_IP")
                        .withNewValueFrom()
                        .withNewFieldRef("v1", "status.podIP")
                        .endValueFrom()
                        .endEnv()
                        .addNewVolumeMount()
                        .withName("scratch")
                        .withMountPath("/scratch")
                        .endVolumeMount()
                        .addNewVolumeMount()
                        .withName("config")
                        .withMountPath("/config")
                        .endVolumeMount()
                        .addNewVolumeMount()
                        .withName("scratch")
                        .withSubPath("part")
                        .withMountPath("/part")
                        .endVolumeMount()
                        .withNewResources()
                        .addToLimits("memory", new Quantity("64Mi"))
                        .addToLimits("cpu", new Quantity("500m"))
                        .endResources()
                        .withNewSecurityContext()
                        .withRunAsUser(1000L)
                        .withNewCapabilities()
                        .addToDrop("ALL")
                        .endCapabilities()
                        .withAllowPrivilegeEscalation(false)
                        .endSecurityContext()
                        .build())
                .withNewSecurityContext()
                .withFsGroup(2000L)
                .endSecurityContext()
                .addNewVolume()
                .withName("scratch")
                .withNewEmptyDir()
                .withMedium("Memory")
                .endEmptyDir()
                .endVolume()
                .addNewVolume()
                .withName("config")
                .withNewConfigMap()
                .withName("settings")
                .endConfigMap()
                .endVolume()
                .endSpec()
                .build());
    Pod running = node.awaitReady("configured");
    assertThat(node.exec(pod, "main", "cat", "/scratch/out")).isEqualTo("blue from init\n");
    assertThat(node.exec(pod, "main", "cat", "/config/colour")).isEqualTo("blue");
    assertThat(node.exec(pod, "main", "cat", "/part/f")).isEqualTo("p\n");
    assertThat(node.exec(pod, "main", "sh", "-c", "echo $WORD $MY_IP; id -u; id -G"))
        .startsWith("xyzzy " + running.getStatus().getPodIP() + "\n1000\n")
        .contains("2000");
    assertThat(running.getStatus().getQosClass()).isEqualTo("Burstable");
    assertThat(
            running
                .getStatus()
                .getInitContainerStatuses()
                .getFirst()
                .getState()
                .getTerminated()
                .getReason())
        .isEqualTo("Completed");
  }

  void devices() throws Exception {
    node.step("a device plugin's devices are the node's, and a container gets one");
    try (var plugin = new FakeDevicePlugin(node.dir.resolve("data/device-plugins"), TOY)) {
      plugin.device("toy0", 0).device("toy1", 0).register();
      await()
          .atMost(PATIENCE)
          .untilAsserted(
              () ->
                  assertThat(node.cluster.all(Node.class).getFirst().getStatus().getAllocatable())
                      .containsEntry(TOY, new Quantity("2")));
      Pod pod = node.create(playing("playing", "1"));
      node.awaitReady("playing");
      assertThat(
              node.exec(pod, "main", "sh", "-c", "echo $DEVICES; test -c /dev/toy1 && echo there"))
          .isEqualTo("toy1\nthere\n");
      assertThat(plugin.started).containsExactly("toy1");
      node.create(playing("greedy", "2"));
      await()
          .atMost(PATIENCE)
          .until(() -> "Failed".equals(node.get("greedy").getStatus().getPhase()));
      assertThat(node.get("greedy").getStatus().getReason()).isEqualTo("UnexpectedAdmissionError");
      node.awaitDeleted("greedy");
      assertThat(healthOfToys()).isEqualTo("toy1 Healthy");
      plugin.health("toy1", "Unhealthy");
      await().atMost(PATIENCE).until(() -> healthOfToys().equals("toy1 Unhealthy"));
    }
    await().atMost(PATIENCE).until(() -> healthOfToys().equals("toy1 Unknown"));
  }

  /// As the pod's status tells it.
  private String healthOfToys() {
    return node
        .get("playing")
        .getStatus()
        .getContainerStatuses()
        .getFirst()
        .getAllocatedResourcesStatus()
        .stream()
        .filter(resource -> resource.getName().equals(TOY))
        .flatMap(resource -> resource.getResources().stream())
        .map(device -> device.getResourceID() + " " + device.getHealth())
        .collect(Collectors.joining(","));
  }

  private Pod playing(String name, String toys) {
    return node.pod(name)
        .editSpec()
        .withContainers(
            container("main", "exec sleep 1000")
                .withNewResources()
                .addToLimits(TOY, new Quantity(toys))
                .endResources()
                .build())
        .endSpec()
        .build();
  }

  void pullsThroughAMirror() throws Exception {
    node.step("an image comes through a mirror, with a secret, and is not for those without it");
    try (var registry =
        new TestRegistry(REGISTRY_PORT, node.certificates, node.dir.resolve("busybox.tar"))) {
      String auth =
          "{\"auths\": {\"registry.test\": {\"username\": \"me\", \"password\": \"secret\"}}}";
      node.cluster.given(
          new SecretBuilder()
              .withNewMetadata()
              .withNamespace("default")
              .withName("pull")
              .withUid("uid-pull")
              .endMetadata()
              .addToData(
                  ".dockerconfigjson",
                  Base64.getEncoder().encodeToString(auth.getBytes(StandardCharsets.UTF_8)))
              .build());
      node.create(pulled("opened").editSpec().addNewImagePullSecret("pull").endSpec().build());
      node.awaitReady("opened");
      assertThat(registry.asked()).anyMatch(path -> path.startsWith("/v2/tools/manifests/"));
      assertThat(node.events)
          .anyMatch(e -> e.contains("Pulling: Pulling image \"registry.test/tools:1\""))
          .anyMatch(e -> e.contains("Successfully pulled image \"registry.test/tools:1\" in "));
      node.create(pulled("closed").build());
      await()
          .atMost(PATIENCE)
          .untilAsserted(
              () ->
                  assertThat(node.waiting("closed").getReason())
                      .isIn("ErrImagePull", "ImagePullBackOff"));
      node.awaitDeleted("closed");
    }
  }

  private PodBuilder pulled(String name) {
    return node.pod(name)
        .editSpec()
        .withContainers(
            container("main", "exec sleep 1000").withImage("registry.test/tools:1").build())
        .endSpec();
  }
}
