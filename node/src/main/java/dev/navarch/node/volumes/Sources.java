package dev.navarch.node.volumes;

import dev.navarch.client.Key;
import dev.navarch.client.Parallel;
import dev.navarch.client.Resource;
import io.fabric8.kubernetes.api.model.ConfigMap;
import io.fabric8.kubernetes.api.model.DownwardAPIVolumeFile;
import io.fabric8.kubernetes.api.model.HasMetadata;
import io.fabric8.kubernetes.api.model.KeyToPath;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.ProjectedVolumeSource;
import io.fabric8.kubernetes.api.model.Secret;
import io.fabric8.kubernetes.api.model.ServiceAccountTokenProjection;
import io.fabric8.kubernetes.api.model.Volume;
import io.fabric8.kubernetes.api.model.VolumeProjection;
import java.nio.charset.StandardCharsets;
import java.util.Base64;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/// The files that configMap, secret, downwardAPI and projected volumes hold, read from the API as
/// they are now.
final class Sources {
  private static final int DEFAULT_MODE = 0644;
  private static final long TOKEN_SECONDS = 3600;
  private static final String ROOT_CERTIFICATES = "kube-root-ca.crt";

  private final WatchedObjects objects;
  private final TrustBundles bundles;
  private final Tokens tokens;

  Sources(WatchedObjects objects, TrustBundles bundles, Tokens tokens) {
    this.objects = objects;
    this.bundles = bundles;
    this.tokens = tokens;
  }

  /// Whether the agent writes this volume's files itself.
  static boolean writes(Volume volume) {
    return volume.getConfigMap() != null
        || volume.getSecret() != null
        || volume.getDownwardAPI() != null
        || volume.getProjected() != null;
  }

  /// Whether nothing that a user may have forgotten to make keeps this volume from being mounted:
  /// what it shows belongs to the pod, or is in every namespace.
  static boolean needsNobody(Volume volume) {
    if (volume.getProjected() != null) {
      return volume.getProjected().getSources().stream()
          .allMatch(
              part ->
                  part.getServiceAccountToken() != null
                      || part.getDownwardAPI() != null
                      || (part.getConfigMap() != null
                          && ROOT_CERTIFICATES.equals(part.getConfigMap().getName())
                          && part.getConfigMap().getItems().stream()
                              .allMatch(item -> "ca.crt".equals(item.getKey()))));
    }
    return volume.getDownwardAPI() != null;
  }

  /// Whether its files may be secret, and are kept off the disk.
  static boolean inMemory(Volume volume) {
    return volume.getConfigMap() == null;
  }

  /// The name of such a volume's type in paths.
  static String plugin(Volume volume) {
    if (volume.getConfigMap() != null) {
      return "configmap";
    }
    if (volume.getSecret() != null) {
      return "secret";
    }
    return volume.getDownwardAPI() != null ? "downward-api" : "projected";
  }

  Map<String, Content> files(DownwardApi self, Volume volume) {
    Map<String, Content> files = new TreeMap<>();
    Pod pod = self.pod();
    if (volume.getConfigMap() != null) {
      var source = volume.getConfigMap();
      int mode = Objects.requireNonNullElse(source.getDefaultMode(), DEFAULT_MODE);
      boolean optional = Boolean.TRUE.equals(source.getOptional());
      pick(files, configMap(pod, source.getName(), optional), source.getItems(), mode, optional);
    } else if (volume.getSecret() != null) {
      var source = volume.getSecret();
      int mode = Objects.requireNonNullElse(source.getDefaultMode(), DEFAULT_MODE);
      boolean optional = Boolean.TRUE.equals(source.getOptional());
      pick(files, secret(pod, source.getSecretName(), optional), source.getItems(), mode, optional);
    } else if (volume.getDownwardAPI() != null) {
      var source = volume.getDownwardAPI();
      int mode = Objects.requireNonNullElse(source.getDefaultMode(), DEFAULT_MODE);
      downward(files, self, source.getItems(), mode);
    } else if (volume.getProjected() != null) {
      projected(files, self, volume.getProjected());
    }
    return files;
  }

  /// What each part shows is asked for at the same time; where they show a file of the same name,
  /// the last one counts.
  private void projected(
      Map<String, Content> files, DownwardApi self, ProjectedVolumeSource source) {
    int mode = Objects.requireNonNullElse(source.getDefaultMode(), DEFAULT_MODE);
    List<Part> parts = source.getSources().stream().map(Part::of).toList();
    Parallel.together(parts, part -> project(part.files(), self, part.source(), mode));
    parts.forEach(part -> files.putAll(part.files()));
  }

  private record Part(VolumeProjection source, Map<String, Content> files) {
    static Part of(VolumeProjection source) {
      return new Part(source, new TreeMap<>());
    }
  }

  private void project(
      Map<String, Content> files, DownwardApi self, VolumeProjection part, int mode) {
    Pod pod = self.pod();
    if (part.getConfigMap() != null) {
      var from = part.getConfigMap();
      boolean optional = Boolean.TRUE.equals(from.getOptional());
      pick(files, configMap(pod, from.getName(), optional), from.getItems(), mode, optional);
    } else if (part.getSecret() != null) {
      var from = part.getSecret();
      boolean optional = Boolean.TRUE.equals(from.getOptional());
      pick(files, secret(pod, from.getName(), optional), from.getItems(), mode, optional);
    } else if (part.getDownwardAPI() != null) {
      downward(files, self, part.getDownwardAPI().getItems(), mode);
    } else if (part.getServiceAccountToken() != null) {
      token(files, pod, part.getServiceAccountToken(), mode);
    } else if (part.getClusterTrustBundle() != null) {
      var from = part.getClusterTrustBundle();
      byte[] text = bundles.text(pod.getMetadata().getUid(), from).getBytes(StandardCharsets.UTF_8);
      files.put(from.getPath(), new Content(text, mode, null));
    } else if (part.getPodCertificate() != null) {
      throw new VolumeException(
          "projected volume source \"podCertificate\" takes PodCertificateRequests, which this cluster does not have");
    }
  }

  private void token(
      Map<String, Content> files, Pod pod, ServiceAccountTokenProjection from, int mode) {
    long seconds = Objects.requireNonNullElse(from.getExpirationSeconds(), TOKEN_SECONDS);
    String audience = Objects.requireNonNullElse(from.getAudience(), "");
    byte[] text = tokens.token(pod, audience, seconds).text().getBytes(StandardCharsets.UTF_8);
    var security = pod.getSpec().getSecurityContext();
    boolean grouped = security != null && security.getFsGroup() != null;
    Long owner = grouped ? null : onlyUser(pod);
    files.put(from.getPath(), new Content(text, grouped || owner != null ? 0600 : mode, owner));
  }

  /// The one user that all containers run as, if the pod says so.
  private static @Nullable Long onlyUser(Pod pod) {
    Set<Long> users = new HashSet<>();
    var security = pod.getSpec().getSecurityContext();
    Long common = security == null ? null : security.getRunAsUser();
    var all = new java.util.ArrayList<>(pod.getSpec().getInitContainers());
    all.addAll(pod.getSpec().getContainers());
    for (var container : all) {
      var own = container.getSecurityContext();
      Long user = own == null || own.getRunAsUser() == null ? common : own.getRunAsUser();
      if (user == null) {
        return null;
      }
      users.add(user);
    }
    return users.size() == 1 ? users.iterator().next() : null;
  }

  private static void downward(
      Map<String, Content> files, DownwardApi self, List<DownwardAPIVolumeFile> items, int mode) {
    for (DownwardAPIVolumeFile item : items) {
      String value =
          item.getFieldRef() != null
              ? self.field(item.getFieldRef().getFieldPath())
              : self.resource(item.getResourceFieldRef(), null);
      int own = Objects.requireNonNullElse(item.getMode(), mode);
      files.put(item.getPath(), new Content(value.getBytes(StandardCharsets.UTF_8), own, null));
    }
  }

  private static void pick(
      Map<String, Content> files,
      Map<String, byte[]> data,
      List<KeyToPath> items,
      int mode,
      boolean optional) {
    if (items.isEmpty()) {
      data.forEach((key, bytes) -> files.put(key, new Content(bytes, mode, null)));
      return;
    }
    for (KeyToPath item : items) {
      byte[] bytes = data.get(item.getKey());
      if (bytes != null) {
        int own = Objects.requireNonNullElse(item.getMode(), mode);
        files.put(item.getPath(), new Content(bytes, own, null));
      } else if (!optional) {
        throw new VolumeException("references non-existent config key: " + item.getKey());
      }
    }
  }

  private Map<String, byte[]> configMap(Pod pod, String name, boolean optional) {
    var found = find(pod, ConfigMap.class, name);
    if (found.isEmpty() && !optional) {
      throw new VolumeException("configmap \"%s\" not found".formatted(name));
    }
    Map<String, byte[]> data = new TreeMap<>();
    found.ifPresent(
        map -> {
          map.getData()
              .forEach((key, text) -> data.put(key, text.getBytes(StandardCharsets.UTF_8)));
          map.getBinaryData().forEach((key, text) -> data.put(key, decode(text)));
        });
    return data;
  }

  private Map<String, byte[]> secret(Pod pod, String name, boolean optional) {
    var found = find(pod, Secret.class, name);
    if (found.isEmpty() && !optional) {
      throw new VolumeException("secret \"%s\" not found".formatted(name));
    }
    Map<String, byte[]> data = new TreeMap<>();
    found.ifPresent(secret -> secret.getData().forEach((key, text) -> data.put(key, decode(text))));
    return data;
  }

  private <T extends HasMetadata> Optional<T> find(Pod pod, Class<T> type, String name) {
    var meta = pod.getMetadata();
    return objects.get(meta.getUid(), Resource.of(type), new Key(meta.getNamespace(), name));
  }

  private static byte[] decode(String base64) {
    return Base64.getDecoder().decode(base64);
  }
}
