package dev.navarch.app.local;

import static java.nio.charset.StandardCharsets.US_ASCII;

import dev.navarch.apiserver.auth.CertificateAuthority;
import dev.navarch.apiserver.auth.Pem;
import dev.navarch.client.PrivateKeys;
import dev.navarch.client.ServerAccess;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.GeneralSecurityException;
import java.security.cert.CertificateFactory;
import java.security.cert.CertificateParsingException;
import java.security.cert.X509Certificate;
import java.time.Instant;
import java.time.InstantSource;
import java.util.List;

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
    write(identity.key, pkcs8(key, parse(certificate)));
    return identity;
  }

  /// Kubeconfigs hold keys in several forms, of which a server reads one.
  private static byte[] pkcs8(byte[] key, X509Certificate certificate) {
    try {
      return PrivateKeys.pkcs8(key, certificate.getPublicKey().getAlgorithm());
    } catch (GeneralSecurityException e) {
      throw new UserError(
          "the kubeconfig's client key cannot be read: " + e.getMessage(),
          "make one on the master with `navarch kubeconfig --node NAME --node-ip ADDRESS`");
    }
  }

  /// That of a node whose agent calls with a certificate which is for calling alone, as those who
  /// join by a token have it: what it serves with is kept beside, and is one of its own making
  /// until the cluster has signed one.
  public static NodeIdentity ensure(
      Path folder, ServerAccess access, String node, InetAddress address) {
    byte[] authority = access.authority();
    if (authority == null || isForBothSides(access)) {
      return write(folder, access);
    }
    NodeIdentity identity =
        new NodeIdentity(
            folder.resolve("ca.crt"), folder.resolve("kubelet.crt"), folder.resolve("kubelet.key"));
    write(identity.authority, authority);
    if (!identity.serves(authority, address)) {
      var own =
          CertificateAuthority.create(node, InstantSource.system())
              .issue(
                  new CertificateAuthority.Request(
                      "system:node:" + node, List.of(), List.of(node, address.getHostAddress())));
      identity.serveWith(
          Pem.of(own.certificate()).getBytes(US_ASCII), Pem.of(own.key()).getBytes(US_ASCII));
    }
    return identity;
  }

  /// Takes another certificate to serve with; the key is written first.
  public void serveWith(byte[] certificate, byte[] key) {
    write(this.key, key);
    write(this.certificate, certificate);
  }

  private boolean serves(byte[] authority, InetAddress address) {
    if (!Files.exists(certificate) || !Files.exists(key)) {
      return false;
    }
    X509Certificate kept = Pem.readCertificate(certificate);
    return isSigned(kept, authority)
        && kept.getNotAfter().toInstant().isAfter(Instant.now())
        && names(kept).contains(address.getHostAddress());
  }

  private static List<String> names(X509Certificate certificate) {
    try {
      var names = certificate.getSubjectAlternativeNames();
      return names == null
          ? List.of()
          : names.stream().map(each -> String.valueOf(each.get(1))).toList();
    } catch (CertificateParsingException e) {
      return List.of();
    }
  }

  /// Whether a node is to be called by the certificate that it calls with: a kubeconfig that was
  /// made for it, and is made anew by whoever made it.
  public static boolean isForBothSides(ServerAccess access) {
    byte[] certificate = access.certificate();
    return certificate == null || !names(parse(certificate)).isEmpty();
  }

  /// Whether a certificate is by an authority, given as PEM.
  public static boolean isSigned(X509Certificate certificate, byte[] authority) {
    try {
      certificate.verify(parse(authority).getPublicKey());
      return true;
    } catch (GeneralSecurityException e) {
      return false;
    }
  }

  public static X509Certificate parse(byte[] pem) {
    try {
      return (X509Certificate)
          CertificateFactory.getInstance("X.509")
              .generateCertificate(new ByteArrayInputStream(pem));
    } catch (GeneralSecurityException e) {
      throw new IllegalArgumentException("no certificate: " + e.getMessage(), e);
    }
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
