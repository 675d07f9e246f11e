package dev.navarch.http;

import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.netty.pkitesting.CertificateBuilder;
import io.netty.pkitesting.X509Bundle;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// Files that hold no identity are refused by a sentence that names them.
class TlsTest {
  @TempDir Path folder;
  private Path certificate;
  private Path key;

  @BeforeEach
  void identity() throws Exception {
    X509Bundle identity =
        new CertificateBuilder()
            .subject("CN=test")
            .setIsCertificateAuthority(true)
            .buildSelfSigned();
    certificate = Files.writeString(folder.resolve("test.pem"), identity.getCertificatePEM());
    key = Files.writeString(folder.resolve("test-key.pem"), identity.getPrivateKeyPEM());
  }

  @Test
  void aKeyOfAnotherForm() throws Exception {
    String pem = Files.readString(key).replace("PRIVATE KEY", "RSA PRIVATE KEY");
    Path old = Files.writeString(folder.resolve("old.pem"), pem);
    assertThatThrownBy(() -> new Tls(certificate, old, Optional.empty()))
        .isInstanceOf(UncheckedIOException.class)
        .hasMessageContaining(old.toString())
        .hasMessageContaining("expected PEM with PRIVATE KEY (PKCS#8)");
  }

  @Test
  void aKeyThatIsNone() throws Exception {
    Path broken =
        Files.writeString(
            folder.resolve("broken.pem"),
            "-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n");
    assertThatThrownBy(() -> new Tls(certificate, broken, Optional.empty()))
        .isInstanceOf(UncheckedIOException.class)
        .hasMessageContaining(broken.toString());
  }

  @Test
  void aCertificateThatIsNone() {
    assertThatThrownBy(() -> new Tls(key, key, Optional.empty()))
        .isInstanceOf(UncheckedIOException.class)
        .hasMessageContaining(key.toString());
  }
}
