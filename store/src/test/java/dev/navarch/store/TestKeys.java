package dev.navarch.store;

import io.netty.pkitesting.CertificateBuilder;
import io.netty.pkitesting.X509Bundle;
import java.nio.file.Files;
import java.nio.file.Path;

/// A self-signed certificate for 127.0.0.1 and its key, as PEM files.
record TestKeys(Path certificate, Path key) {

  static TestKeys make(Path folder, String name) throws Exception {
    X509Bundle identity =
        new CertificateBuilder()
            .subject("CN=" + name)
            .addSanIpAddress("127.0.0.1")
            .setIsCertificateAuthority(true)
            .buildSelfSigned();
    return new TestKeys(
        Files.writeString(folder.resolve(name + ".pem"), identity.getCertificatePEM()),
        Files.writeString(folder.resolve(name + "-key.pem"), identity.getPrivateKeyPEM()));
  }
}
