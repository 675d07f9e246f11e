package dev.navarch.client;

import java.net.URI;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;

/// Where an API server is, how to know that it is the right one, and who is calling.
///
/// @param authority the PEM certificates that the server's own is checked against; null for those
///   of the Java installation
/// @param certificate the caller's PEM certificate chain; null when there is none
/// @param key its PEM private key
/// @param token a bearer token; null when there is none
/// @param tokenFile a file with a bearer token, read again as it changes; null when there is none
/// @param insecure true to take any server certificate
public record ServerAccess(
    URI server,
    byte @Nullable [] authority,
    byte @Nullable [] certificate,
    byte @Nullable [] key,
    @Nullable String token,
    @Nullable Path tokenFile,
    boolean insecure) {

  public static ServerAccess withCertificate(
      URI server, byte[] authority, byte[] certificate, byte[] key) {
    return new ServerAccess(server, authority, certificate, key, null, null, false);
  }

  public static ServerAccess withToken(URI server, byte[] authority, String token) {
    return new ServerAccess(server, authority, null, null, token, null, false);
  }

  public static ServerAccess withTokenFile(URI server, byte[] authority, Path tokenFile) {
    return new ServerAccess(server, authority, null, null, null, tokenFile, false);
  }

  @Override
  public String toString() {
    return server.toString();
  }
}
