package dev.navarch.node.volumes;

import dev.navarch.client.Cluster;
import dev.navarch.client.Objects;
import dev.navarch.node.csi.CsiDriver;
import dev.navarch.node.csi.v1.NodeServiceCapability.RPC;
import dev.navarch.node.csi.v1.VolumeCapability;
import dev.navarch.node.csi.v1.VolumeCapability.AccessMode.Mode;
import io.fabric8.kubernetes.api.model.PersistentVolume;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.Secret;
import io.fabric8.kubernetes.api.model.storage.CSIDriverSpec;
import io.fabric8.kubernetes.api.model.storage.TokenRequest;
import io.fabric8.kubernetes.api.model.storage.VolumeAttachment;
import java.nio.charset.StandardCharsets;
import java.util.Base64;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/// The parts of requests to CSI drivers: capabilities, secrets, and what a driver is told of the
/// pod.
final class CsiRequests {
  static final String TOKENS = "csi.storage.k8s.io/serviceAccount.tokens";
  private static final String INFO = "csi.storage.k8s.io/";
  private static final long TOKEN_SECONDS = 3600;

  private final Cluster cluster;
  private final Tokens tokens;
  private final String nodeName;

  CsiRequests(Cluster cluster, Tokens tokens, String nodeName) {
    this.cluster = cluster;
    this.tokens = tokens;
    this.nodeName = nodeName;
  }

  static VolumeCapability capability(
      CsiDriver driver, PersistentVolume volume, boolean block, @Nullable Long group) {
    List<String> modes = volume.getSpec().getAccessModes();
    boolean fine = driver.can(RPC.Type.SINGLE_NODE_MULTI_WRITER);
    Mode mode =
        switch (modes.isEmpty() ? "" : modes.getFirst()) {
          case "ReadWriteOnce" -> fine ? Mode.SINGLE_NODE_MULTI_WRITER : Mode.SINGLE_NODE_WRITER;
          case "ReadWriteOncePod" ->
              fine ? Mode.SINGLE_NODE_SINGLE_WRITER : Mode.SINGLE_NODE_WRITER;
          case "ReadOnlyMany" -> Mode.MULTI_NODE_READER_ONLY;
          case "ReadWriteMany" -> Mode.MULTI_NODE_MULTI_WRITER;
          default -> Mode.UNKNOWN;
        };
    String type = volume.getSpec().getCsi().getFsType();
    return capability(driver, mode, block, type, volume.getSpec().getMountOptions(), group);
  }

  static VolumeCapability capability(
      CsiDriver driver,
      Mode mode,
      boolean block,
      @Nullable String fsType,
      List<String> options,
      @Nullable Long group) {
    var capability = VolumeCapability.newBuilder();
    capability.getAccessModeBuilder().setMode(mode);
    if (block) {
      return capability.setBlock(VolumeCapability.BlockVolume.getDefaultInstance()).build();
    }
    var mount = capability.getMountBuilder().addAllMountFlags(options);
    if (fsType != null) {
      mount.setFsType(fsType);
    }
    if (group != null && driver.can(RPC.Type.VOLUME_MOUNT_GROUP)) {
      mount.setVolumeMountGroup(String.valueOf(group));
    }
    return capability.build();
  }

  /// Empty when no secret is named.
  Map<String, String> secret(@Nullable String namespace, @Nullable String name) {
    if (name == null || name.isEmpty()) {
      return Map.of();
    }
    Secret secret =
        cluster
            .find(Secret.class, String.valueOf(namespace), name)
            .orElseThrow(
                () ->
                    new VolumeException(
                        "failed to find the secret %s in the namespace %s"
                            .formatted(name, namespace)));
    Map<String, String> values = new TreeMap<>();
    secret
        .getData()
        .forEach(
            (key, text) ->
                values.put(
                    key, new String(Base64.getDecoder().decode(text), StandardCharsets.UTF_8)));
    return values;
  }

  /// What the attacher says to whoever mounts the volume; nothing for drivers that do not attach.
  Map<String, String> attachment(String driver, String handle) {
    String name = "csi-" + CsiVolumeData.sha256(handle + driver + nodeName);
    VolumeAttachment found =
        cluster
            .find(VolumeAttachment.class, "", name)
            .orElseThrow(
                () ->
                    new VolumeException(
                        "volume %s is not attached to this node yet".formatted(handle)));
    var status = found.getStatus();
    if (status == null || !Boolean.TRUE.equals(status.getAttached())) {
      String why =
          status == null || status.getAttachError() == null
              ? "its attacher has not answered yet"
              : status.getAttachError().getMessage();
      throw new VolumeException("volume %s is not attached: %s".formatted(handle, why));
    }
    return status.getAttachmentMetadata() == null ? Map.of() : status.getAttachmentMetadata();
  }

  /// What a driver that asks for it is told of the pod.
  Map<String, String> podInfo(Pod pod, @Nullable CSIDriverSpec spec, boolean ephemeral) {
    Map<String, String> info = new LinkedHashMap<>();
    if (spec != null && Boolean.TRUE.equals(spec.getPodInfoOnMount())) {
      var meta = pod.getMetadata();
      String account = pod.getSpec().getServiceAccountName();
      info.put(INFO + "pod.name", meta.getName());
      info.put(INFO + "pod.namespace", meta.getNamespace());
      info.put(INFO + "pod.uid", meta.getUid());
      info.put(INFO + "serviceAccount.name", account == null ? "" : account);
      info.put(INFO + "ephemeral", String.valueOf(ephemeral));
    }
    return info;
  }

  /// The tokens of the pod's service account that a driver asks for; empty for none.
  Map<String, String> tokens(Pod pod, @Nullable CSIDriverSpec spec) {
    if (spec == null || spec.getTokenRequests() == null || spec.getTokenRequests().isEmpty()) {
      return Map.of();
    }
    Map<String, Map<String, String>> all = new TreeMap<>();
    for (TokenRequest wanted : spec.getTokenRequests()) {
      String audience = wanted.getAudience() == null ? "" : wanted.getAudience();
      Long seconds = wanted.getExpirationSeconds();
      var token = tokens.token(pod, audience, seconds == null ? TOKEN_SECONDS : seconds);
      all.put(audience, Map.of("token", token.text(), "expirationTimestamp", token.expires()));
    }
    return Map.of(TOKENS, new String(Objects.write(all), StandardCharsets.UTF_8));
  }
}
