package dev.navarch.apiserver.auth;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.KeyPair;
import java.security.cert.CertificateParsingException;
import java.security.cert.X509Certificate;
import java.time.Duration;
import java.time.InstantSource;
import java.util.Collection;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;

/// The keys and certificates of a cluster's control plane, in one folder, under the file names that
/// administrators know. What is missing, near its end, or made for other addresses is made anew;
/// the authorities and the token key are made once.
public final class Pki {
  private static final Duration RENEW_BEFORE = Duration.ofDays(30);
  private static final List<String> MASTERS = List.of("system:masters");

  /// The identity by which this server vouches for users to aggregated API servers.
  public static final String FRONT_PROXY = "front-proxy-client";

  private final Path folder;
  private final InstantSource clock;
  private final CertificateAuthority authority;

  private Pki(Path folder, InstantSource clock, CertificateAuthority authority) {
    this.folder = folder;
    this.clock = clock;
    this.authority = authority;
  }

  /// @param serverNames DNS names and IP addresses by which clients reach the API server
  public static Pki open(Path folder, Collection<String> serverNames, InstantSource clock) {
    try {
      Files.createDirectories(folder);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    CertificateAuthority authority = authority(folder, "ca", "kubernetes", clock);
    CertificateAuthority frontProxy = authority(folder, "front-proxy-ca", "front-proxy-ca", clock);
    Pki pki = new Pki(folder, clock, authority);
    pki.ensure(authority, "apiserver", "kube-apiserver", List.of(), List.copyOf(serverNames));
    pki.ensure(authority, "apiserver-kubelet-client", "kube-apiserver-kubelet-client", MASTERS);
    pki.ensure(authority, "admin", "kubernetes-admin", MASTERS);
    pki.ensure(authority, "controller-manager", "system:kube-controller-manager", List.of());
    pki.ensure(authority, "scheduler", "system:kube-scheduler", List.of());
    pki.ensure(frontProxy, FRONT_PROXY, FRONT_PROXY, List.of());
    Pem.write(
        pki.certificate("client-cas"),
        Pem.of(authority.certificate()) + Pem.of(frontProxy.certificate()),
        false);
    pki.ensureTokenKey();
    return pki;
  }

  /// The authority of a control plane that has been started before, to sign more identities.
  public static CertificateAuthority authorityIn(Path folder, InstantSource clock) {
    return authority(folder, "ca", "kubernetes", clock);
  }

  /// The authority that signs for users and servers.
  public CertificateAuthority authority() {
    return authority;
  }

  /// `ca` gives `ca.crt`.
  public Path certificate(String name) {
    return folder.resolve(name + ".crt");
  }

  public Path key(String name) {
    return folder.resolve(name + ".key");
  }

  public String caPem() {
    return Pem.of(authority.certificate());
  }

  /// An identity for a node or user, which is kept nowhere here.
  public CertificateAuthority.Identity issue(String user, List<String> groups, List<String> names) {
    return authority.issue(new CertificateAuthority.Request(user, groups, names));
  }

  /// The identity in `{name}.crt` and `{name}.key`.
  public CertificateAuthority.Identity identity(String name) {
    return new CertificateAuthority.Identity(
        Pem.readCertificate(certificate(name)), Pem.readPrivateKey(key(name)));
  }

  /// The key pair that signs service account tokens.
  public KeyPair tokenKeys() {
    return new KeyPair(Pem.readPublicKey(folder.resolve("sa.pub")), Pem.readPrivateKey(key("sa")));
  }

  private static CertificateAuthority authority(
      Path folder, String file, String name, InstantSource clock) {
    Path certificate = folder.resolve(file + ".crt");
    Path key = folder.resolve(file + ".key");
    if (Files.exists(certificate) && Files.exists(key)) {
      return new CertificateAuthority(
          new CertificateAuthority.Identity(
              Pem.readCertificate(certificate), Pem.readPrivateKey(key)),
          clock);
    }
    CertificateAuthority fresh = CertificateAuthority.create(name, clock);
    Pem.write(key, Pem.of(fresh.identity().key()), true);
    Pem.write(certificate, Pem.of(fresh.certificate()), false);
    return fresh;
  }

  private void ensure(CertificateAuthority by, String file, String user, List<String> groups) {
    ensure(by, file, user, groups, List.of());
  }

  private void ensure(
      CertificateAuthority by, String file, String user, List<String> groups, List<String> names) {
    boolean good =
        Files.exists(certificate(file))
            && Files.exists(key(file))
            && isGood(Pem.readCertificate(certificate(file)), by, names);
    if (!good) {
      var made = by.issue(new CertificateAuthority.Request(user, groups, names));
      Pem.write(key(file), Pem.of(made.key()), true);
      Pem.write(certificate(file), Pem.of(made.certificate()), false);
    }
  }

  private boolean isGood(X509Certificate certificate, CertificateAuthority by, List<String> names) {
    return by.signed(certificate)
        && certificate.getNotAfter().toInstant().isAfter(clock.instant().plus(RENEW_BEFORE))
        && namesOf(certificate).equals(new TreeSet<>(names));
  }

  private static Set<String> namesOf(X509Certificate certificate) {
    try {
      Collection<List<?>> names = certificate.getSubjectAlternativeNames();
      return names == null
          ? Set.of()
          : names.stream()
              .map(each -> String.valueOf(each.get(1)))
              .collect(Collectors.toCollection(TreeSet::new));
    } catch (CertificateParsingException e) {
      return Set.of();
    }
  }

  private void ensureTokenKey() {
    if (!Files.exists(key("sa"))) {
      KeyPair keys = CertificateAuthority.newKeys();
      Pem.write(folder.resolve("sa.pub"), Pem.of(keys.getPublic()), false);
      Pem.write(key("sa"), Pem.of(keys.getPrivate()), true);
    }
  }
}
