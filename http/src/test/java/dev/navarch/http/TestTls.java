package dev.navarch.http;

import io.netty.pkitesting.CertificateBuilder;
import io.netty.pkitesting.X509Bundle;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.util.Optional;
import javax.net.ssl.KeyManager;
import javax.net.ssl.SSLContext;
import javax.net.ssl.TrustManager;
import org.jspecify.annotations.Nullable;

/// A self-signed identity for `localhost` and 127.0.0.1, which server and client both use.
record TestTls(Tls server, SSLContext client, SSLContext clientWithCertificate) {

  static TestTls in(Path folder) throws Exception {
    X509Bundle identity =
        new CertificateBuilder()
            .subject("CN=test")
            .addSanDnsName("localhost")
            .addSanIpAddress("127.0.0.1")
            .setIsCertificateAuthority(true)
            .buildSelfSigned();
    Path certificate = Files.writeString(folder.resolve("test.pem"), identity.getCertificatePEM());
    Path key = Files.writeString(folder.resolve("test-key.pem"), identity.getPrivateKeyPEM());
    TrustManager[] trusted = {identity.toTrustManager()};
    return new TestTls(
        new Tls(certificate, key, Optional.of(certificate)),
        context(null, trusted),
        context(identity.toKeyManagerFactory().getKeyManagers(), trusted));
  }

  private static SSLContext context(KeyManager @Nullable [] keys, TrustManager[] trusted)
      throws Exception {
    SSLContext context = SSLContext.getInstance("TLS");
    context.init(keys, trusted, new SecureRandom());
    return context;
  }
}
