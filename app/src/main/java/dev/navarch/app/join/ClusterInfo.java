package dev.navarch.app.join;

import static java.nio.charset.StandardCharsets.UTF_8;

import dev.navarch.api.ApiException;
import dev.navarch.app.local.AuthorityHash;
import dev.navarch.app.local.NodeIdentity;
import dev.navarch.app.local.UserError;
import dev.navarch.client.BootstrapToken;
import dev.navarch.client.HttpCluster;
import dev.navarch.client.Resource;
import dev.navarch.client.ServerAccess;
import io.fabric8.kubernetes.api.model.ConfigMap;
import java.net.URI;
import java.security.MessageDigest;
import java.time.Duration;
import java.time.Instant;
import java.util.Base64;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/// Learns a cluster's authority from a server that is not known yet, and believes it only when it
/// is signed with the token's secret, and has the hash that was given.
final class ClusterInfo {
  private static final Pattern AUTHORITY =
      Pattern.compile("certificate-authority-data: ([A-Za-z0-9+/=]+)");
  private static final Duration SIGNED_WITHIN = Duration.ofSeconds(10);
  private static final Duration LOOK_AGAIN = Duration.ofMillis(500);

  private ClusterInfo() {}

  /// The authority as PEM.
  static byte[] authority(URI server, BootstrapToken token, Optional<String> hash)
      throws InterruptedException {
    var access = new ServerAccess(server, null, null, null, null, null, true);
    try (var anybody = new HttpCluster(access, "navarch-join", new Random())) {
      byte[] authority = signed(anybody, server, token);
      if (hash.isPresent() && !hash.get().equals(AuthorityHash.of(NodeIdentity.parse(authority)))) {
        throw new UserError(
            "the authority of %s has the hash %s, expected was %s"
                .formatted(server, AuthorityHash.of(NodeIdentity.parse(authority)), hash.get()),
            "this is another cluster than the one the command was made for, or somebody stands in"
                + " between; make a new command there with `navarch token create`");
      }
      return authority;
    }
  }

  private static byte[] signed(HttpCluster anybody, URI server, BootstrapToken token)
      throws InterruptedException {
    Instant deadline = Instant.now().plus(SIGNED_WITHIN);
    while (true) {
      Map<String, String> data = read(anybody, server);
      String kubeconfig = data.getOrDefault("kubeconfig", "");
      Optional<String> signature = Optional.ofNullable(data.get("jws-kubeconfig-" + token.id()));
      if (signature.isPresent()) {
        boolean same =
            MessageDigest.isEqual(
                signature.get().getBytes(UTF_8), token.signature(kubeconfig).getBytes(UTF_8));
        if (!same) {
          throw new UserError(
              "the secret of token %s is not the one that %s knows".formatted(token.id(), server),
              "look whether the token was copied whole, and whether this is the right server");
        }
        return authority(kubeconfig, server);
      }
      if (Instant.now().isAfter(deadline)) {
        throw new UserError(
            "token %s is unknown to %s, or over".formatted(token.id(), server),
            "make a new one on the master with `navarch token create`");
      }
      Thread.sleep(LOOK_AGAIN);
    }
  }

  private static Map<String, String> read(HttpCluster anybody, URI server) {
    try {
      return anybody
          .find(Resource.of(ConfigMap.class), BootstrapToken.CLUSTER_INFO)
          .map(ConfigMap::getData)
          .orElse(Map.of());
    } catch (ApiException e) {
      throw new UserError(
          "%s does not tell who it is: %s".formatted(server, e.getMessage()),
          "look whether the address is that of the API server, and whether it can be reached");
    }
  }

  private static byte[] authority(String kubeconfig, URI server) {
    Matcher found = AUTHORITY.matcher(kubeconfig);
    if (!found.find()) {
      throw new UserError(
          "%s names no authority".formatted(server), "look whether this is an API server");
    }
    return Base64.getDecoder().decode(found.group(1));
  }
}
