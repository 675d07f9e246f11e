package dev.navarch.apiserver.auth;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.cert.X509Certificate;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class PkiTest {
  private static final Instant NOW = Instant.parse("2026-01-02T03:04:05Z");
  private static final List<String> NAMES = List.of("kubernetes", "127.0.0.1");
  @TempDir Path folder;

  private Pki open(List<String> names, Instant at) {
    return Pki.open(folder, names, InstantSource.fixed(at));
  }

  @Test
  void makesEverythingOnceAndKeepsKeysSecret() throws Exception {
    open(NAMES, NOW);
    byte[] first = Files.readAllBytes(folder.resolve("apiserver.crt"));
    byte[] ca = Files.readAllBytes(folder.resolve("ca.crt"));
    for (String key : List.of("ca.key", "sa.key", "apiserver.key", "admin.key")) {
      assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(folder.resolve(key))))
          .isEqualTo("rw-------");
    }
    open(NAMES, NOW.plus(Duration.ofDays(300)));
    assertThat(Files.readAllBytes(folder.resolve("apiserver.crt"))).isEqualTo(first);
    open(List.of("kubernetes", "10.0.0.9"), NOW);
    assertThat(Files.readAllBytes(folder.resolve("apiserver.crt"))).isNotEqualTo(first);
    assertThat(Files.readAllBytes(folder.resolve("ca.crt"))).isEqualTo(ca);
  }

  @Test
  void renewsWhatNearsItsEnd() throws Exception {
    open(NAMES, NOW);
    byte[] first = Files.readAllBytes(folder.resolve("admin.crt"));
    open(NAMES, NOW.plus(Duration.ofDays(340)));
    assertThat(Files.readAllBytes(folder.resolve("admin.crt"))).isNotEqualTo(first);
  }

  @Test
  void issuesIdentitiesThatTheAuthorityVouchesFor() {
    Pki pki = open(NAMES, NOW);
    var node = pki.issue("system:node:n1", List.of("system:nodes"), List.of("n1", "10.1.2.3"));
    X509Certificate certificate = node.certificate();
    assertThat(pki.authority().signed(certificate)).isTrue();
    assertThat(certificate.getSubjectX500Principal().getName())
        .isEqualTo("CN=system:node:n1,O=system:nodes");
    assertThat(CertificateAuthority.create("other", InstantSource.fixed(NOW)).signed(certificate))
        .isFalse();
  }
}
