package dev.navarch.node;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.navarch.client.Cluster;
import dev.navarch.client.ClusterInformers;
import dev.navarch.client.EventRecorder;
import dev.navarch.client.Key;
import dev.navarch.client.Resource;
import dev.navarch.client.SimulatedCluster;
import dev.navarch.node.cri.Cri;
import dev.navarch.node.devices.FakeDevicePlugin;
import dev.navarch.node.host.Commands;
import dev.navarch.node.images.CredentialProviders;
import dev.navarch.node.runtime.Containerd;
import dev.navarch.node.runtime.OciArchive;
import dev.navarch.node.runtime.PauseImage;
import dev.navarch.node.runtime.Registries;
import dev.navarch.node.settings.KubeletSettings;
import io.fabric8.kubernetes.api.model.ConfigMapBuilder;
import io.fabric8.kubernetes.api.model.ContainerBuilder;
import io.fabric8.kubernetes.api.model.ContainerStatus;
import io.fabric8.kubernetes.api.model.Node;
import io.fabric8.kubernetes.api.model.ObjectReference;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.PodBuilder;
import io.fabric8.kubernetes.api.model.PodCondition;
import io.fabric8.kubernetes.api.model.Quantity;
import io.fabric8.kubernetes.api.model.SecretBuilder;
import java.net.InetAddress;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.InstantSource;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/// A real node in its own network namespace: containerd, CNI, an agent over a simulated cluster,
/// and the story that it must live through. {@link RealNodeTest} starts it inside the namespace.
final class RealNode {
  static final String IMAGE = "navarch.dev/busybox:1";
  private static final int REGISTRY_PORT = 5443;
  private static final String TOY = "example.com/toy";
  private static final Duration PATIENCE = Duration.ofSeconds(40);

  private final Path dir;
  private final SimulatedCluster cluster = new SimulatedCluster(InstantSource.system());
  private final List<String> events = new CopyOnWriteArrayList<>();
  private final Containerd containerd;
  private final Certificates certificates;
  private final Cri cri;
  private NodeAgent agent;

  private RealNode(Path dir) throws Exception {
    this.dir = dir;
    Files.writeString(
        dir.resolve("registries.yaml"),
        """
        mirrors: {registry.test: {endpoint: ['https://127.0.0.1:%1$d']}}
        configs: {'127.0.0.1:%1$d': {tls: {ca_file: %2$s}}}
        """
            .formatted(REGISTRY_PORT, dir.resolve("pki/ca.crt")));
    this.containerd =
        new Containerd(
            Files.createDirectories(dir.resolve("containerd")),
            dir.resolve("run"),
            PauseImage.NAME,
            Registries.read(dir.resolve("registries.yaml")));
    this.certificates = Certificates.in(dir.resolve("pki"));
    Files.createDirectories(containerd.cniConfigurations());
    Files.writeString(containerd.cniConfigurations().resolve("10-test.conflist"), cni());
    containerd.ensureRunning();
    PauseImage.load(containerd, dir);
    loadBusybox();
    this.cri = Cri.at(containerd.socket());
    this.agent = startAgent();
  }

  private String cni() {
    return """
    {"cniVersion": "0.4.0", "name": "test", "plugins": [
      {"type": "bridge", "bridge": "cbr0", "isGateway": true, "ipMasq": false,
       "ipam": {"type": "host-local", "dataDir": "%s", "ranges": [[{"subnet": "10.49.0.0/24"}]],
                "routes": [{"dst": "0.0.0.0/0"}]}}]}
    """
        .formatted(dir.resolve("ipam"));
  }

  /// Arguments: a scratch folder.
  public static void main(String[] arguments) throws Exception {
    var node = new RealNode(Path.of(arguments[0]));
    boolean told = false;
    try {
      node.tell();
      told = true;
      System.out.println("the story is told");
    } catch (Throwable e) {
      node.events.forEach(System.out::println);
      node.cluster.all(Pod.class).forEach(pod -> System.out.println(pod.getStatus()));
      e.printStackTrace(System.out);
    } finally {
      node.agent.close();
      node.cri.sandboxes("").forEach(left -> node.cri.stopSandbox(left.getId()));
      node.cri.sandboxes("").forEach(left -> node.cri.removeSandbox(left.getId()));
      node.cri.close();
    }
    System.exit(told ? 0 : 1);
  }

  private NodeAgent startAgent() throws Exception {
    var config =
        new NodeConfig(
            "node-1",
            InetAddress.getLoopbackAddress(),
            dir.resolve("data"),
            containerd.socket(),
            "/navarch-test-pods/node-1",
            certificates.cert("serving"),
            certificates.key("serving"),
            certificates.cert("ca"),
            Map.of(),
            KubeletSettings.defaults()
                .with("cpuManagerPolicy", "static")
                .with("reservedSystemCPUs", "0")
                .with("cpuManagerReconcilePeriod", "1s")
                .with("podPidsLimit", 200),
            CredentialProviders.none());
    return NodeAgent.start(
        config,
        NodeProvision.of(config, InstantSource.system()),
        Cri.at(containerd.socket()),
        cluster,
        new ClusterInformers(
            cluster,
            new Random(2),
            new ClusterInformers.Scope(Resource.of(Pod.class), "spec.nodeName=node-1")),
        new Told(),
        InstantSource.system());
  }

  private void tell() throws Exception {
    await().atMost(PATIENCE).until(() -> agent.isRunning());
    nodeIsReady();
    podRuns();
    startsAreQuick();
    processorsOfTheirOwn();
    devices();
    configurationArrives();
    failureIsRestarted();
    endsAreTold();
    probesDecide();
    kubeletApi();
    restartedAgentFindsItsPods();
    unsupportedIsRefused();
    pullsThroughAMirror();
    deletionLeavesNothing();
  }

  private void step(String name) {
    System.out.println("- " + name);
  }

  private void nodeIsReady() {
    step("node is Ready");
    await()
        .atMost(PATIENCE)
        .ignoreExceptions()
        .untilAsserted(
            () -> {
              Node node = cluster.all(Node.class).getFirst();
              assertThat(node.getStatus().getConditions())
                  .anyMatch(c -> c.getType().equals("Ready") && c.getStatus().equals("True"));
              assertThat(node.getStatus().getNodeInfo().getContainerRuntimeVersion())
                  .startsWith("containerd://");
            });
  }

  private void podRuns() {
    step("a pod of two containers runs, and they share one address");
    long started = System.nanoTime();
    Pod pod =
        create(
            pod("web")
                .editSpec()
                .withContainers(
                    container(
                            "one",
                            "mkdir -p /www; echo hello > /www/index.html; exec httpd -f -p 80 -h"
                                + " /www")
                        .build(),
                    container("two", "exec sleep 1000").build())
                .endSpec()
                .build());
    Pod running = awaitReady("web");
    System.out.printf("  Ready after %d ms%n", (System.nanoTime() - started) / 1_000_000);
    assertThat(running.getStatus().getPodIP()).startsWith("10.49.0.");
    assertThat(exec(pod, "two", "wget", "-q", "-O", "-", "http://127.0.0.1/")).isEqualTo("hello\n");
    assertThat(exec(pod, "two", "hostname")).isEqualTo("web\n");
    assertThat(exec(pod, "one", "cat", "/etc/hosts"))
        .contains(running.getStatus().getPodIP() + "\tweb");
    assertThat(events)
        .anyMatch(e -> e.contains("Started"))
        .anyMatch(e -> e.contains("Created"))
        .anyMatch(e -> e.contains("Pulled"))
        .anyMatch(e -> e.contains("MissingClusterDNS"));
  }

  private void startsAreQuick() throws Exception {
    step("a pod starts in well under three seconds when its image is there");
    var millis = new java.util.TreeSet<Long>();
    for (int i = 0; i < 7; i++) {
      long started = System.nanoTime();
      create(
          pod("quick-" + i)
              .editSpec()
              .withContainers(container("main", "exec sleep 1000").build())
              .endSpec()
              .build());
      awaitReady("quick-" + i);
      millis.add((System.nanoTime() - started) / 1_000_000);
    }
    String memory =
        Files.readAllLines(Path.of("/proc/self/status")).stream()
            .filter(line -> line.startsWith("VmRSS"))
            .findFirst()
            .orElse("");
    System.out.println("  create to Ready, ms: " + millis + "; " + memory);
    assertThat(millis.first()).isLessThan(3000);
  }

  private void processorsOfTheirOwn() throws Exception {
    step("whole processors of a guaranteed pod are its own; cgroups hold what they should");
    if (Runtime.getRuntime().availableProcessors() < 2) {
      return;
    }
    Pod own =
        create(
            pod("own")
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
    awaitReady("own");
    String allowed = "grep Cpus_allowed_list /proc/self/status";
    assertThat(exec(own, "main", "sh", "-c", allowed)).isEqualTo("Cpus_allowed_list:\t1\n");
    await()
        .atMost(PATIENCE)
        .untilAsserted(
            () ->
                assertThat(exec(get("web"), "two", "sh", "-c", allowed))
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
    cluster.delete(
        Resource.of(Pod.class), Key.of(own), new Cluster.DeleteOptions(null, null, null, null));
    await()
        .atMost(PATIENCE)
        .untilAsserted(
            () -> assertThat(exec(get("web"), "two", "sh", "-c", allowed)).contains("0-"));
  }

  private void devices() throws Exception {
    step("a device plugin's devices are the node's, and a container gets one");
    try (var plugin = new FakeDevicePlugin(dir.resolve("data/device-plugins"), TOY)) {
      plugin.device("toy0", 0).device("toy1", 0).register();
      await()
          .atMost(PATIENCE)
          .untilAsserted(
              () ->
                  assertThat(cluster.all(Node.class).getFirst().getStatus().getAllocatable())
                      .containsEntry(TOY, new Quantity("2")));
      Pod pod = create(playing("playing", "1"));
      awaitReady("playing");
      assertThat(exec(pod, "main", "sh", "-c", "echo $DEVICES; test -c /dev/toy1 && echo there"))
          .isEqualTo("toy1\nthere\n");
      assertThat(plugin.started).containsExactly("toy1");
      create(playing("greedy", "2"));
      await().atMost(PATIENCE).until(() -> "Failed".equals(get("greedy").getStatus().getPhase()));
      assertThat(get("greedy").getStatus().getReason()).isEqualTo("UnexpectedAdmissionError");
      cluster.delete(
          Resource.of(Pod.class),
          Key.of(get("greedy")),
          new Cluster.DeleteOptions(null, null, null, null));
      await().atMost(PATIENCE).until(() -> cluster.find(Pod.class, "default", "greedy").isEmpty());
      assertThat(healthOfToys()).isEqualTo("toy1 Healthy");
      plugin.health("toy1", "Unhealthy");
      await().atMost(PATIENCE).until(() -> healthOfToys().equals("toy1 Unhealthy"));
    }
    await().atMost(PATIENCE).until(() -> healthOfToys().equals("toy1 Unknown"));
  }

  /// As the pod's status tells it.
  private String healthOfToys() {
    return get("playing")
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
    return pod(name)
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

  private void pullsThroughAMirror() throws Exception {
    step("an image comes through a mirror, with a secret, and is not for those without it");
    try (var registry = new TestRegistry(REGISTRY_PORT, certificates, dir.resolve("busybox.tar"))) {
      String auth =
          "{\"auths\": {\"registry.test\": {\"username\": \"me\", \"password\": \"secret\"}}}";
      cluster.given(
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
      create(pulled("opened").editSpec().addNewImagePullSecret("pull").endSpec().build());
      awaitReady("opened");
      assertThat(registry.asked()).anyMatch(path -> path.startsWith("/v2/tools/manifests/"));
      assertThat(events)
          .anyMatch(e -> e.contains("Pulling: Pulling image \"registry.test/tools:1\""))
          .anyMatch(e -> e.contains("Successfully pulled image \"registry.test/tools:1\" in "));
      create(pulled("closed").build());
      await()
          .atMost(PATIENCE)
          .untilAsserted(
              () ->
                  assertThat(waiting("closed").getReason())
                      .isIn("ErrImagePull", "ImagePullBackOff"));
      cluster.delete(
          Resource.of(Pod.class),
          Key.of(get("closed")),
          new Cluster.DeleteOptions(null, null, null, null));
      await().atMost(PATIENCE).until(() -> cluster.find(Pod.class, "default", "closed").isEmpty());
    }
  }

  private PodBuilder pulled(String name) {
    return pod(name)
        .editSpec()
        .withContainers(
            container("main", "exec sleep 1000").withImage("registry.test/tools:1").build())
        .endSpec();
  }

  private void configurationArrives() throws Exception {
    step("init containers, variables, volumes");
    cluster.given(
        new ConfigMapBuilder()
            .withNewMetadata()
            .withNamespace("default")
            .withName("settings")
            .endMetadata()
            .addToData("colour", "blue")
            .build());
    cluster.given(
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
        create(
            pod("configured")
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
    Pod running = awaitReady("configured");
    assertThat(exec(pod, "main", "cat", "/scratch/out")).isEqualTo("blue from init\n");
    assertThat(exec(pod, "main", "cat", "/config/colour")).isEqualTo("blue");
    assertThat(exec(pod, "main", "cat", "/part/f")).isEqualTo("p\n");
    assertThat(exec(pod, "main", "sh", "-c", "echo $WORD $MY_IP; id -u; id -G"))
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

  private void failureIsRestarted() {
    step(
        "a container that fails is restarted, then backs off; one that succeeds under Never is"
            + " done");
    create(
        pod("failing")
            .editSpec()
            .withContainers(
                container("main", "echo because > /dev/termination-log; exit 3").build())
            .endSpec()
            .build());
    create(
        pod("done")
            .editSpec()
            .withRestartPolicy("Never")
            .withContainers(container("main", "echo done").build())
            .endSpec()
            .build());
    await()
        .atMost(PATIENCE)
        .ignoreExceptions()
        .untilAsserted(
            () -> {
              ContainerStatus status = get("failing").getStatus().getContainerStatuses().getFirst();
              assertThat(status.getRestartCount()).isPositive();
              assertThat(status.getState().getWaiting().getReason()).isEqualTo("CrashLoopBackOff");
              assertThat(status.getLastState().getTerminated().getExitCode()).isEqualTo(3);
              assertThat(status.getLastState().getTerminated().getMessage()).isEqualTo("because\n");
              assertThat(get("done").getStatus().getPhase()).isEqualTo("Succeeded");
            });
  }

  private void endsAreTold() throws Exception {
    step("the runtime tells of a container's end by itself, not of that of a command in it");
    create(
        pod("mortal")
            .editSpec()
            .withRestartPolicy("Never")
            .withContainers(container("main", "exec sleep 1000").build())
            .endSpec()
            .build());
    Pod pod = awaitReady("mortal");
    String id =
        pod.getStatus().getContainerStatuses().getFirst().getContainerID().replaceFirst(".*//", "");
    List<String> told = new CopyOnWriteArrayList<>();
    try (Cri cri = Cri.at(containerd.socket());
        var activity = cri.onActivity(told::add)) {
      await().atMost(PATIENCE).until(activity::isHeard);
      exec(pod, "main", "true");
      assertThat(told).doesNotContain(id);
      Commands.run("kill", "-9", String.valueOf(cri.process(id).orElseThrow()));
      await().atMost(PATIENCE).untilAsserted(() -> assertThat(told).containsOnlyOnce(id));
    }
    await()
        .atMost(PATIENCE)
        .untilAsserted(() -> assertThat(get("mortal").getStatus().getPhase()).isEqualTo("Failed"));
  }

  private void probesDecide() {
    step("readiness follows its probe; liveness restarts");
    create(
        pod("probed")
            .editSpec()
            .withContainers(
                container(
                        "main",
                        "mkdir /www; echo > /www/ok; touch /tmp/alive; exec httpd -f -p 8080 -h"
                            + " /www")
                    .withNewReadinessProbe()
                    .withPeriodSeconds(1)
                    .withNewHttpGet()
                    .withPath("/ok")
                    .withNewPort(8080)
                    .endHttpGet()
                    .endReadinessProbe()
                    .withNewLivenessProbe()
                    .withPeriodSeconds(1)
                    .withFailureThreshold(2)
                    .withNewExec()
                    .withCommand("test", "-e", "/tmp/alive")
                    .endExec()
                    .endLivenessProbe()
                    .build())
            .endSpec()
            .build());
    Pod pod = awaitReady("probed");
    exec(pod, "main", "rm", "/www/ok");
    await().atMost(PATIENCE).until(() -> !isReady("probed"));
    exec(pod, "main", "rm", "/tmp/alive");
    await()
        .atMost(PATIENCE)
        .ignoreExceptions()
        .until(
            () ->
                get("probed").getStatus().getContainerStatuses().getFirst().getRestartCount() == 1);
    awaitReady("probed");
    assertThat(events)
        .anyMatch(e -> e.contains("Unhealthy"))
        .anyMatch(e -> e.contains("failed liveness probe, will be restarted"));
  }

  private void kubeletApi() throws Exception {
    step("logs and exec through the kubelet's API");
    Pod pod =
        create(
            pod("talking")
                .editSpec()
                .withContainers(
                    container("main", "echo first; echo second; exec sleep 1000").build())
                .endSpec()
                .build());
    awaitReady("talking");
    try (var client = new KubeletClient(certificates)) {
      assertThat(client.get("/healthz")).isEqualTo("ok");
      await()
          .atMost(PATIENCE)
          .untilAsserted(
              () ->
                  assertThat(client.get("/containerLogs/default/talking/main"))
                      .isEqualTo("first\nsecond\n"));
      assertThat(client.get("/containerLogs/default/talking/main?tailLines=1"))
          .isEqualTo("second\n");
      assertThat(client.get("/pods")).contains("\"talking\"");
      assertThat(
              client.exec(
                  "/exec/default/talking/main?command=cat&input=1&output=1&error=1", "through\n"))
          .isEqualTo("through\n");
      assertThat(client.get("/stats/summary")).contains("usageCoreNanoSeconds");
      step("nobody unknown gets anything of a node");
      String exec = "/exec/default/talking/main?command=id&output=1";
      assertThat(client.execAnonymously(exec)).contains(" 401 ");
      assertThat(client.anonymously("GET", exec)).isEqualTo(401);
      assertThat(client.anonymously("POST", exec)).isEqualTo(401);
      assertThat(client.anonymously("POST", "/run/default/talking/main?cmd=id")).isEqualTo(401);
      assertThat(client.anonymously("POST", "/attach/default/talking/main")).isEqualTo(401);
      assertThat(client.anonymously("GET", "/pods")).isEqualTo(401);
      assertThat(client.anonymously("GET", "/containerLogs/default/talking/main")).isEqualTo(401);
    }
    assertThat(pod.getMetadata().getUid()).isNotEmpty();
  }

  private void restartedAgentFindsItsPods() throws Exception {
    step("an agent that starts anew finds its pods, and restarts none");
    Map<String, Integer> before = restarts();
    String id = get("web").getStatus().getContainerStatuses().getFirst().getContainerID();
    agent.close();
    cluster.given(
        pod("late")
            .editMetadata()
            .withUid("uid-late")
            .endMetadata()
            .editSpec()
            .withContainers(container("main", "exec sleep 1000").build())
            .endSpec()
            .build());
    agent = startAgent();
    awaitReady("late");
    assertThat(get("web").getStatus().getContainerStatuses().getFirst().getContainerID())
        .isEqualTo(id);
    assertThat(isReady("web")).isTrue();
    before.remove("failing");
    assertThat(restarts()).containsAllEntriesOf(before);
  }

  private void unsupportedIsRefused() {
    step("what is not supported is refused by name");
    create(
        pod("windows")
            .editSpec()
            .withNewSecurityContext()
            .withNewWindowsOptions()
            .withRunAsUserName("ann")
            .endWindowsOptions()
            .endSecurityContext()
            .withContainers(container("main", "true").build())
            .endSpec()
            .build());
    create(
        pod("absent")
            .editSpec()
            .withContainers(
                container("main", "true")
                    .withImage("navarch.dev/none:1")
                    .withImagePullPolicy("Never")
                    .build())
            .endSpec()
            .build());
    await()
        .atMost(PATIENCE)
        .ignoreExceptions()
        .untilAsserted(
            () -> {
              assertThat(waiting("windows").getMessage())
                  .contains("spec.securityContext.windowsOptions");
              assertThat(waiting("absent").getReason()).isEqualTo("ErrImageNeverPull");
            });
  }

  private void deletionLeavesNothing() {
    step("deletion leaves nothing");
    long started = System.nanoTime();
    for (Pod pod : cluster.all(Pod.class)) {
      cluster.delete(
          Resource.of(Pod.class), Key.of(pod), new Cluster.DeleteOptions(null, null, null, null));
    }
    await().atMost(Duration.ofSeconds(60)).until(() -> cluster.all(Pod.class).isEmpty());
    System.out.printf("  gone after %d ms%n", (System.nanoTime() - started) / 1_000_000);
    await()
        .atMost(PATIENCE)
        .ignoreExceptions()
        .untilAsserted(
            () -> {
              assertThat(cri.sandboxes("")).isEmpty();
              assertThat(cri.containers("")).isEmpty();
              try (Stream<Path> left = Files.list(dir.resolve("data/pods"))) {
                assertThat(left).isEmpty();
              }
            });
  }

  private Map<String, Integer> restarts() {
    var restarts = new java.util.TreeMap<String, Integer>();
    cluster
        .all(Pod.class)
        .forEach(
            pod ->
                restarts.put(
                    pod.getMetadata().getName(),
                    pod.getStatus().getContainerStatuses().getFirst().getRestartCount()));
    return restarts;
  }

  private io.fabric8.kubernetes.api.model.ContainerStateWaiting waiting(String pod) {
    return get(pod).getStatus().getContainerStatuses().getFirst().getState().getWaiting();
  }

  private PodBuilder pod(String name) {
    return new PodBuilder()
        .withNewMetadata()
        .withNamespace("default")
        .withName(name)
        .endMetadata()
        .withNewSpec()
        .withNodeName("node-1")
        .withRestartPolicy("Always")
        .withTerminationGracePeriodSeconds(2L)
        .endSpec()
        .withNewStatus()
        .withPhase("Pending")
        .endStatus();
  }

  private static ContainerBuilder container(String name, String script) {
    return new ContainerBuilder()
        .withName(name)
        .withImage(IMAGE)
        .withImagePullPolicy("IfNotPresent")
        .withCommand("sh", "-c", script);
  }

  private Pod create(Pod pod) {
    return cluster.given(pod);
  }

  private Pod get(String name) {
    return cluster.find(Pod.class, "default", name).orElseThrow();
  }

  private boolean isReady(String name) {
    return get(name).getStatus().getConditions().stream()
        .filter(condition -> condition.getType().equals("Ready"))
        .map(PodCondition::getStatus)
        .anyMatch("True"::equals);
  }

  private Pod awaitReady(String name) {
    await()
        .pollInterval(Duration.ofMillis(10))
        .atMost(PATIENCE)
        .ignoreExceptions()
        .until(() -> isReady(name));
    return get(name);
  }

  private String exec(Pod pod, String container, String... command) {
    String id =
        get(pod.getMetadata().getName()).getStatus().getContainerStatuses().stream()
            .filter(status -> status.getName().equals(container))
            .findFirst()
            .orElseThrow()
            .getContainerID()
            .replace("containerd://", "");
    var result = cri.execSync(id, List.of(command), Duration.ofSeconds(10));
    return new String(result.stdout(), StandardCharsets.UTF_8)
        + new String(result.stderr(), StandardCharsets.UTF_8);
  }

  private void loadBusybox() throws Exception {
    Path file = dir.resolve("busybox.tar");
    busybox().write(file);
    containerd.load(file);
  }

  private static OciArchive busybox() throws Exception {
    var archive = new OciArchive(IMAGE);
    archive.file("bin/busybox", Files.readAllBytes(Path.of("/bin/busybox")), true);
    for (String tool :
        List.of(
            "sh",
            "sleep",
            "cat",
            "echo",
            "httpd",
            "wget",
            "hostname",
            "id",
            "ln",
            "mkdir",
            "grep",
            "rm",
            "test",
            "touch",
            "true")) {
      archive.link("bin/" + tool, "busybox");
    }
    return archive.folder("tmp", 01777).command("/bin/sh");
  }

  private final class Told implements EventRecorder {
    @Override
    public EventRecorder as(String component) {
      return this;
    }

    @Override
    public void record(ObjectReference about, Type type, String reason, String message) {
      events.add("%s %s %s: %s".formatted(type, about.getName(), reason, message));
    }
  }
}
