package dev.navarch.app.local;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;

import dev.navarch.apiserver.auth.CertificateAuthority;
import dev.navarch.apiserver.auth.Pem;
import dev.navarch.client.Kubeconfig;
import dev.navarch.client.Kubeconfigs;
import dev.navarch.client.ServerAccess;
import dev.navarch.http.Tls;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.InstantSource;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class NodeIdentityTest {
  @TempDir Path folder;

  /// Kubeconfigs hold EC keys in a form that servers do not read.
  @Test
  void aServerCanUseTheIdentityOutOfAKubeconfig() throws Exception {
    var authority = CertificateAuthority.create("ca", InstantSource.system());
    var identity =
        authority.issue(new CertificateAuthority.Request("node", List.of(), List.of("node1")));
    ServerAccess access =
        ServerAccess.withCertificate(
            URI.create("https://127.0.0.1:6443"),
            Pem.of(authority.certificate()).getBytes(US_ASCII),
            Pem.of(identity.certificate()).getBytes(US_ASCII),
            Pem.of(identity.key()).getBytes(US_ASCII));
    Path kubeconfig =
        Files.writeString(folder.resolve("kubeconfig"), Kubeconfigs.text("node1", access));

    NodeIdentity written =
        NodeIdentity.write(folder.resolve("pki"), Kubeconfig.read(kubeconfig).access());

    assertThat(written.key()).content().startsWith("-----BEGIN PRIVATE KEY-----");
    assertThatCode(
            () -> new Tls(written.certificate(), written.key(), Optional.of(written.authority())))
        .doesNotThrowAnyException();
  }
}
