package dev.navarch.node.images;

import dev.navarch.client.Cluster;
import dev.navarch.node.cri.v1.AuthConfig;
import io.fabric8.kubernetes.api.model.LocalObjectReference;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.Secret;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.Optional;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/// The credentials for a registry that a pod's `imagePullSecrets` hold.
record PullSecrets(Cluster cluster) {
  private static final JsonMapper JSON = JsonMapper.builder().build();
  private static final String DEFAULT_REGISTRY = "docker.io";

  /// Those that match, in the order of the pod's secrets; a secret that is missing is passed over.
  List<Credential> forImage(Pod pod, ImageName image) {
    String registry = image.registry().isEmpty() ? DEFAULT_REGISTRY : image.registry();
    List<Credential> found = new ArrayList<>();
    String namespace = pod.getMetadata().getNamespace();
    for (LocalObjectReference reference : pod.getSpec().getImagePullSecrets()) {
      cluster
          .find(Secret.class, namespace, reference.getName())
          .ifPresent(
              secret ->
                  find(secret, registry, image.repository())
                      .map(
                          auth ->
                              Credential.ofSecret(
                                  auth,
                                  String.valueOf(secret.getMetadata().getUid()),
                                  namespace,
                                  reference.getName()))
                      .ifPresent(found::add));
    }
    return found;
  }

  private static Optional<AuthConfig> find(Secret secret, String registry, String repository) {
    String current = secret.getData().get(".dockerconfigjson");
    String old = secret.getData().get(".dockercfg");
    try {
      JsonNode servers =
          current != null
              ? json(current).path("auths")
              : old != null ? json(old) : JSON.createObjectNode();
      return servers.properties().stream()
          .filter(server -> matches(server.getKey(), registry, repository))
          .findFirst()
          .map(server -> credentials(server.getValue()));
    } catch (JacksonException | IllegalArgumentException malformed) {
      return Optional.empty();
    }
  }

  private static JsonNode json(String base64) {
    return JSON.readTree(Base64.getDecoder().decode(base64));
  }

  /// `https://index.docker.io/v1/` and `registry.example/team` are both good keys.
  private static boolean matches(String key, String registry, String repository) {
    String bare = key.replaceFirst("^https?://", "").replaceFirst("/(v1|v2)?/?$", "");
    String host = bare.replaceFirst("^(index|registry-1)\\.docker\\.io", DEFAULT_REGISTRY);
    return host.equals(registry) || (registry + "/" + repository).startsWith(host + "/");
  }

  private static AuthConfig credentials(JsonNode server) {
    var auth = AuthConfig.newBuilder();
    auth.setUsername(server.path("username").asString(""));
    auth.setPassword(server.path("password").asString(""));
    auth.setIdentityToken(server.path("identitytoken").asString(""));
    String both = server.path("auth").asString("");
    if (!both.isEmpty()) {
      String[] pair =
          new String(Base64.getDecoder().decode(both), StandardCharsets.UTF_8).split(":", 2);
      auth.setUsername(pair[0]).setPassword(pair.length == 2 ? pair[1] : "");
    }
    return auth.build();
  }
}
