package dev.navarch.app.local;

import dev.navarch.client.ServerAccess;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;

/// The files by which a node's agent is known to those who call it: a certificate with its key, and
/// the authority whose clients it lets in.
public record NodeIdentity(Path authority, Path certificate, Path key) {

  /// The one identity serves for both sides: the agent calls with it, and is called by it.
  public static NodeIdentity write(Path folder, ServerAccess access) {
    NodeIdentity identity =
        new NodeIdentity(
            folder.resolve("ca.crt"), folder.resolve("kubelet.crt"), folder.resolve("kubelet.key"));
    byte[] authority = access.authority();
    byte[] certificate = access.certificate();
    byte[] key = access.key();
    if (authority == null || certificate == null || key == null) {
      throw new UserError(
          "the kubeconfig has no client certificate, key and authority",
          "make one on the master with `navarch kubeconfig --node NAME --node-ip ADDRESS`");
    }
    write(identity.authority, authority);
    write(identity.certificate, certificate);
    write(identity.key, key);
    return identity;
  }

  private static void write(Path file, byte[] content) {
    try {
      Files.createDirectories(file.toAbsolutePath().getParent());
      Files.write(file, content);
      Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rw-------"));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
