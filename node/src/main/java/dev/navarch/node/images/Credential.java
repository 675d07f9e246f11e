package dev.navarch.node.images;

import dev.navarch.node.cri.v1.AuthConfig;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.Optional;

/// What opens a registry, and who brought it.
///
/// @param secret empty when the node itself has it, so that any pod on it may use what it opens
record Credential(AuthConfig auth, Optional<Secret> secret) {

  /// A secret of the API, by its place and the hash of what it says.
  record Secret(String uid, String namespace, String name, String hash) {}

  static Credential ofNode(AuthConfig auth) {
    return new Credential(auth, Optional.empty());
  }

  static Credential ofSecret(AuthConfig auth, String uid, String namespace, String name) {
    String text =
        String.join(
            "\0",
            auth.getUsername(),
            auth.getPassword(),
            auth.getAuth(),
            auth.getIdentityToken(),
            auth.getRegistryToken());
    return new Credential(auth, Optional.of(new Secret(uid, namespace, name, sha256(text))));
  }

  static String sha256(String text) {
    try {
      byte[] digest =
          MessageDigest.getInstance("SHA-256").digest(text.getBytes(StandardCharsets.UTF_8));
      return HexFormat.of().formatHex(digest);
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException(e);
    }
  }
}
