package dev.navarch.tests.nodes;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.navarch.client.Cluster.ListOptions;
import dev.navarch.client.Resource;
import dev.navarch.node.csi.FolderDriver;
import dev.navarch.node.csi.v1.NodePublishVolumeRequest;
import dev.navarch.node.csi.v1.NodeServiceCapability.RPC;
import dev.navarch.node.host.Commands;
import io.fabric8.kubernetes.api.model.PersistentVolume;
import io.fabric8.kubernetes.api.model.PersistentVolumeClaim;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.Quantity;
import io.fabric8.kubernetes.api.model.storage.CSINode;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;

/// Every kind of volume, with real containers: what stands in it, who may do what with it, and that
/// nothing of it stays behind.
@RealClusterTest
class StorageTest {
  private final RealCluster cluster;
  private final Kubectl kubectl;

  StorageTest(RealCluster cluster) {
    this.cluster = cluster;
    this.kubectl = cluster.kubectl("storage");
  }

  @Test
  void contentHasItsModesAndFollowsItsObjects() {
    kubectl.apply(
        """
        apiVersion: v1
        kind: ConfigMap
        metadata: {name: settings}
        data: {colour: green, deep: down}
        binaryData: {bytes: "AAEC/w=="}
        ---
        apiVersion: v1
        kind: Secret
        metadata: {name: hidden}
        stringData: {password: s3cret}
        ---
        apiVersion: v1
        kind: Pod
        metadata: {name: content, labels: {tier: front}}
        spec:
          terminationGracePeriodSeconds: 1
          securityContext: {runAsUser: 1000, fsGroup: 2000}
          containers:
          - name: main
            image: "%s"
            command: [hold]
            resources: {limits: {memory: 64Mi}}
            env: [{name: POD, valueFrom: {fieldRef: {fieldPath: metadata.name}}}]
            volumeMounts:
            - {name: settings, mountPath: /settings}
            - {name: settings, mountPath: /one, subPath: colour}
            - {name: absent, mountPath: /absent}
            - {name: all, mountPath: /all}
            - {name: memory, mountPath: /memory}
            - {name: disk, mountPath: /disk}
            - {name: disk, mountPath: /part, subPath: a/b}
            - {name: disk, mountPath: /named, subPathExpr: by/$(POD)}
          volumes:
          - {name: settings, configMap: {name: settings, defaultMode: 0440, items: [{key: colour, path: colour}, {key: deep, path: dir/deep, mode: 0400}, {key: bytes, path: bytes}]}}
          - {name: absent, configMap: {name: none, optional: true}}
          - name: all
            projected:
              defaultMode: 0440
              sources:
              - {configMap: {name: settings, items: [{key: colour, path: map/colour}]}}
              - {secret: {name: hidden, items: [{key: password, path: secret/password, mode: 0400}]}}
              - {downwardAPI: {items: [{path: labels, fieldRef: {fieldPath: metadata.labels}}, {path: limit, resourceFieldRef: {containerName: main, resource: limits.memory}}]}}
              - {serviceAccountToken: {path: token, audience: vault, expirationSeconds: 600}}
          - {name: memory, emptyDir: {medium: Memory, sizeLimit: 1Mi}}
          - {name: disk, emptyDir: {}}
        """
            .formatted(RealCluster.IMAGE));
    Pod pod = cluster.awaitReady(kubectl, "content");
    assertThat(kubectl.in("content", "stat -Lc '%a %g' /settings/colour /settings/dir/deep"))
        .isEqualTo("440 2000\n440 2000\n");
    assertThat(kubectl.in("content", "od -An -tx1 /settings/bytes; cat /one; ls /absent"))
        .isEqualTo(" 00 01 02 ff\ngreen");
    assertThat(kubectl.in("content", "cat /all/map/colour /all/secret/password /all/limit"))
        .isEqualTo("greens3cret67108864");
    assertThat(kubectl.in("content", "cut -d. -f2 /all/token | base64 -d 2>/dev/null; true"))
        .contains("\"vault\"")
        .contains("\"content\"");
    assertThat(kubectl.in("content", "stat -c '%a %g' /memory /disk"))
        .isEqualTo("2777 2000\n2777 2000\n");
    assertThat(kubectl.in("content", "grep ' /memory ' /proc/mounts"))
        .contains("tmpfs")
        .contains("size=1024k");
    kubectl.in("content", "echo x > /part/f; echo y > /named/g");
    assertThat(kubectl.in("content", "cat /disk/a/b/f /disk/by/content/g")).isEqualTo("x\ny\n");

    kubectl.ok("patch", "configmap", "settings", "-p", "{\"data\":{\"colour\":\"blue\"}}");
    kubectl.ok("label", "pod", "content", "tier=back", "--overwrite");
    await()
        .atMost(Duration.ofSeconds(10))
        .untilAsserted(
            () ->
                assertThat(
                        kubectl.in("content", "cat /settings/colour /all/map/colour /all/labels"))
                    .isEqualTo("blueblue" + "tier=\"back\""));
    assertThat(kubectl.in("content", "cat /one")).isEqualTo("green");

    Path folder = cluster.place(pod.getSpec().getNodeName()).data().resolve("pods");
    Path own = folder.resolve(pod.getMetadata().getUid());
    assertThat(own).isDirectory();
    kubectl.ok("delete", "pod", "content");
    assertThat(own).doesNotExist();
    assertThat(mounts(pod)).isEmpty();
  }

  @Test
  void mountsPropagateAsFarAsAsked() {
    String pod =
        """
        apiVersion: v1
        kind: Pod
        metadata: {name: %s}
        spec:
          nodeName: node1
          terminationGracePeriodSeconds: 1
          containers:
          - name: main
            image: "%s"
            command: [hold]
            securityContext: {privileged: %s}
            volumeMounts: [{name: shared, mountPath: /shared, mountPropagation: %s}]
          volumes: [{name: shared, hostPath: {path: /run/containerd/propagation, type: DirectoryOrCreate}}]
        ---
        """;
    kubectl.apply(
        pod.formatted("giver", RealCluster.IMAGE, true, "Bidirectional")
            + pod.formatted("taker", RealCluster.IMAGE, false, "HostToContainer")
            + pod.formatted("private", RealCluster.IMAGE, false, "None"));
    List.of("giver", "taker", "private").forEach(name -> cluster.awaitReady(kubectl, name));
    kubectl.in(
        "giver",
        "mkdir -p /shared/m && mount -t tmpfs none /shared/m && echo hello > /shared/m/file");
    assertThat(kubectl.in("taker", "cat /shared/m/file")).isEqualTo("hello\n");
    assertThat(kubectl.in("private", "ls -A /shared/m")).isEmpty();
    kubectl.in("giver", "umount /shared/m");
    assertThat(kubectl.in("taker", "ls -A /shared/m")).isEmpty();
  }

  @Test
  void whatTheRuntimeCannotIsSaid() {
    kubectl.apply(
        """
        apiVersion: v1
        kind: Pod
        metadata: {name: readonly}
        spec:
          terminationGracePeriodSeconds: 1
          containers:
          - {name: main, image: "%1$s", command: [hold], volumeMounts: [{name: v, mountPath: /v, readOnly: true, recursiveReadOnly: Enabled}]}
          volumes: [{name: v, emptyDir: {}}]
        ---
        apiVersion: v1
        kind: Pod
        metadata: {name: ifpossible}
        spec:
          terminationGracePeriodSeconds: 1
          containers:
          - {name: main, image: "%1$s", command: [hold], volumeMounts: [{name: v, mountPath: /v, readOnly: true, recursiveReadOnly: IfPossible}]}
          volumes: [{name: v, emptyDir: {}}]
        ---
        apiVersion: v1
        kind: Pod
        metadata: {name: image}
        spec:
          terminationGracePeriodSeconds: 1
          containers:
          - {name: main, image: "%1$s", command: [hold], volumeMounts: [{name: v, mountPath: /v}]}
          volumes: [{name: v, image: {reference: "%1$s", pullPolicy: IfNotPresent}}]
        """
            .formatted(RealCluster.IMAGE));
    assertThat(waiting("readonly"))
        .contains("CreateContainerConfigError")
        .contains("recursive read-only mode, but it is not supported by the runtime");
    assertThat(waiting("image")).contains("needs containerd 2.1");
    cluster.awaitReady(kubectl, "ifpossible");
  }

  private String waiting(String pod) {
    var state =
        cluster
            .awaitPod(
                kubectl,
                pod,
                found ->
                    found.getStatus().getContainerStatuses().stream()
                        .anyMatch(
                            status ->
                                status.getState().getWaiting() != null
                                    && status.getState().getWaiting().getMessage() != null))
            .getStatus()
            .getContainerStatuses()
            .getFirst()
            .getState()
            .getWaiting();
    return state.getReason() + " " + state.getMessage();
  }

  @Test
  void staticVolumesAndBlockDevicesComeToTheirNode() throws IOException {
    Path image = Files.createDirectories(cluster.home()).resolve("disk.img");
    Commands.run("truncate", "-s", "64M", image.toString());
    String loop = Commands.run("losetup", "--find", "--show", image.toString()).strip();
    try {
      Path data = Files.createDirectories(cluster.home().resolve("local"));
      kubectl.apply(
          """
          apiVersion: storage.k8s.io/v1
          kind: StorageClass
          metadata: {name: local}
          provisioner: kubernetes.io/no-provisioner
          volumeBindingMode: WaitForFirstConsumer
          """);
      for (String mode : List.of("Filesystem", "Block")) {
        kubectl.apply(
            """
            apiVersion: v1
            kind: PersistentVolume
            metadata: {name: local-%1$s}
            spec:
              capacity: {storage: 1Gi}
              accessModes: [ReadWriteOnce]
              storageClassName: local
              volumeMode: %2$s
              local: {path: %3$s}
              nodeAffinity: {required: {nodeSelectorTerms: [{matchExpressions: [{key: kubernetes.io/hostname, operator: In, values: [node2]}]}]}}
            ---
            apiVersion: v1
            kind: PersistentVolumeClaim
            metadata: {name: %1$s}
            spec: {storageClassName: local, volumeMode: %2$s, accessModes: [ReadWriteOnce], resources: {requests: {storage: 1Gi}}}
            """
                .formatted(
                    mode.toLowerCase(Locale.ROOT), mode, mode.equals("Block") ? loop : data));
      }
      kubectl.apply(
          """
          apiVersion: v1
          kind: Pod
          metadata: {name: local}
          spec:
            terminationGracePeriodSeconds: 1
            containers:
            - name: main
              image: "%s"
              command: [hold]
              volumeMounts: [{name: files, mountPath: /files}]
              volumeDevices: [{name: raw, devicePath: /dev/raw}]
            volumes:
            - {name: files, persistentVolumeClaim: {claimName: filesystem}}
            - {name: raw, persistentVolumeClaim: {claimName: block}}
          """
              .formatted(RealCluster.IMAGE));
      Pod pod = cluster.awaitReady(kubectl, "local");
      assertThat(pod.getSpec().getNodeName()).isEqualTo("node2");
      kubectl.in("local", "echo kept > /files/file");
      assertThat(data.resolve("file")).hasContent("kept\n");
      assertThat(kubectl.in("local", "stat -c %F /dev/raw")).isEqualTo("block special file\n");
      kubectl.in("local", "echo raw-content | dd of=/dev/raw conv=fsync 2>/dev/null");
      kubectl.ok("delete", "pod", "local");
      assertThat(Files.readString(image, StandardCharsets.ISO_8859_1)).startsWith("raw-content");
      assertThat(mounts(pod)).isEmpty();
      assertThat(data.resolve("file")).hasContent("kept\n");
      kubectl.ok("delete", "pvc", "filesystem", "block");
      await().atMost(RealCluster.PATIENCE).until(() -> phase("local-block").equals("Released"));
    } finally {
      Commands.run("losetup", "--detach", loop);
      Files.delete(image);
    }
  }

  private String phase(String volume) {
    return cluster
        .api()
        .find(PersistentVolume.class, "", volume)
        .map(found -> found.getStatus().getPhase())
        .orElse("");
  }

  @Test
  void aStorageDriverServesClaimsOfEveryKind() throws IOException {
    var place = cluster.place("node1");
    try (var driver =
            new FolderDriver(
                "folders.example.com",
                place.data(),
                place.data().resolve("store"),
                new NodeMounts(place.mountNamespace()),
                EnumSet.of(
                    RPC.Type.STAGE_UNSTAGE_VOLUME,
                    RPC.Type.GET_VOLUME_STATS,
                    RPC.Type.EXPAND_VOLUME),
                Map.of());
        var _ = new Provisioner(cluster.api(), driver, "node1")) {
      await()
          .atMost(RealCluster.PATIENCE)
          .until(
              () ->
                  cluster.api().find(CSINode.class, "", "node1").stream()
                      .anyMatch(node -> !node.getSpec().getDrivers().isEmpty()));
      kubectl.apply(
          """
          apiVersion: storage.k8s.io/v1
          kind: CSIDriver
          metadata: {name: folders.example.com}
          spec: {attachRequired: true, podInfoOnMount: true, volumeLifecycleModes: [Persistent, Ephemeral], tokenRequests: [{audience: vault}]}
          ---
          apiVersion: storage.k8s.io/v1
          kind: StorageClass
          metadata: {name: folders}
          provisioner: folders.example.com
          volumeBindingMode: WaitForFirstConsumer
          allowVolumeExpansion: true
          ---
          apiVersion: v1
          kind: PersistentVolumeClaim
          metadata: {name: data}
          spec: {storageClassName: folders, accessModes: [ReadWriteOnce], resources: {requests: {storage: 1Gi}}}
          ---
          apiVersion: v1
          kind: Pod
          metadata: {name: csi}
          spec:
            terminationGracePeriodSeconds: 1
            nodeSelector: {kubernetes.io/hostname: node1}
            containers:
            - name: main
              image: "%s"
              command: [hold]
              volumeMounts: [{name: data, mountPath: /data}, {name: own, mountPath: /own}, {name: inline, mountPath: /inline}, {name: fixed, mountPath: /fixed}]
            volumes:
            - {name: data, persistentVolumeClaim: {claimName: data}}
            - {name: own, ephemeral: {volumeClaimTemplate: {spec: {storageClassName: folders, accessModes: [ReadWriteOnce], resources: {requests: {storage: 1Gi}}}}}}
            - {name: inline, csi: {driver: folders.example.com}}
            - {name: fixed, csi: {driver: folders.example.com, readOnly: true, volumeAttributes: {size: "1"}}}
          """
              .formatted(RealCluster.IMAGE));
      Pod pod = cluster.awaitReady(kubectl, "csi");
      kubectl.in("csi", "echo a > /data/f; echo b > /own/f; echo c > /inline/f");
      assertThat(kubectl.run("exec", "csi", "--", "touch", "/fixed/f").all())
          .contains("Read-only file system");
      assertThat(driver.requests(NodePublishVolumeRequest.class))
          .filteredOn(NodePublishVolumeRequest::getReadonly)
          .singleElement()
          .satisfies(
              asked ->
                  assertThat(asked.getVolumeContextMap())
                      .containsEntry("size", "1")
                      .containsEntry("csi.storage.k8s.io/ephemeral", "true")
                      .containsEntry("csi.storage.k8s.io/pod.name", "csi")
                      .containsEntry("csi.storage.k8s.io/pod.namespace", "storage")
                      .containsEntry("csi.storage.k8s.io/serviceAccount.name", "default")
                      .hasEntrySatisfying(
                          "csi.storage.k8s.io/serviceAccount.tokens",
                          tokens -> assertThat(tokens).contains("\"vault\"", "\"token\":\"")));
      String volume = claim("data").getSpec().getVolumeName();
      assertThat(driver.folder(volume).resolve("f")).hasContent("a\n");
      assertThat(
              cluster
                  .api()
                  .list(Resource.of(PersistentVolumeClaim.class), ListOptions.in("storage"))
                  .items())
          .extracting(claim -> claim.getMetadata().getName())
          .contains("csi-own");

      kubectl.ok(
          "patch",
          "pvc",
          "data",
          "-p",
          "{\"spec\":{\"resources\":{\"requests\":{\"storage\":\"2Gi\"}}}}");
      await()
          .atMost(Duration.ofSeconds(90))
          .until(
              () ->
                  new Quantity("2Gi")
                      .equals(claim("data").getStatus().getCapacity().get("storage")));
      assertThat(kubectl.ok("get", "--raw", "/api/v1/nodes/node1/proxy/stats/summary"))
          .contains("\"pvcRef\"")
          .contains("\"capacityBytes\":1000");

      RealCluster.kill(cluster.agent("node1"));
      cluster.up();
      await()
          .atMost(RealCluster.PATIENCE)
          .untilAsserted(
              () ->
                  assertThat(kubectl.in("csi", "cat /data/f /own/f /inline/f"))
                      .isEqualTo("a\nb\nc\n"));
      kubectl.ok("delete", "pod", "csi");
      assertThat(mounts(pod)).isEmpty();
      assertThat(place.data().resolve("pods").resolve(pod.getMetadata().getUid())).doesNotExist();
      assertThat(driver.calls()).contains("NodeUnstageVolume");
      kubectl.ok("delete", "pvc", "data");
      await()
          .atMost(RealCluster.PATIENCE)
          .untilAsserted(
              () ->
                  assertThat(
                          cluster
                              .api()
                              .list(Resource.of(PersistentVolume.class), ListOptions.ALL)
                              .items())
                      .noneMatch(left -> left.getSpec().getCsi() != null));
    }
  }

  private PersistentVolumeClaim claim(String name) {
    return cluster.api().find(PersistentVolumeClaim.class, "storage", name).orElseThrow();
  }

  /// What of a pod is still mounted on its node.
  private Set<String> mounts(Pod pod) {
    var place = cluster.place(pod.getSpec().getNodeName());
    return Commands.run(
            "nsenter", "--mount=" + place.mountNamespace(), "cat", "/proc/self/mountinfo")
        .lines()
        .filter(line -> line.contains(pod.getMetadata().getUid()))
        .collect(Collectors.toSet());
  }

  /// Mounts where the node's agent and containers see it.
  private record NodeMounts(Path namespace) implements FolderDriver.Mounter {
    @Override
    public void show(Path folder, Path target, boolean readOnly) {
      run("mkdir", "-p", target.toString());
      run(
          "sh",
          "-c",
          "mountpoint -q '%2$s' || mount --bind '%1$s' '%2$s'".formatted(folder, target));
    }

    @Override
    public void hide(Path target) {
      Commands.outcome("", "nsenter", "--mount=" + namespace, "umount", target.toString());
      Commands.outcome("", "nsenter", "--mount=" + namespace, "rmdir", target.toString());
    }

    private void run(String... words) {
      List<String> argv = new ArrayList<>(List.of("nsenter", "--mount=" + namespace));
      argv.addAll(List.of(words));
      Commands.run(argv);
    }
  }
}
