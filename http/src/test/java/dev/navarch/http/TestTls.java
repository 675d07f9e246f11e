package dev.navarch.http;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.KeyStore;
import java.security.PrivateKey;
import java.security.SecureRandom;
import java.security.cert.Certificate;
import java.util.Base64;
import java.util.Optional;
import javax.net.ssl.KeyManagerFactory;
import javax.net.ssl.SSLContext;
import javax.net.ssl.TrustManagerFactory;

/// A self-signed identity for `localhost` and 127.0.0.1, made by the JDK's own keytool; server and
/// client both use it.
record TestTls(Tls server, SSLContext client, SSLContext clientWithCertificate) {
  private static final char[] PASSWORD = "changeit".toCharArray();

  static TestTls in(Path folder) throws Exception {
    Path store = folder.resolve("test.p12");
    Process keytool =
        new ProcessBuilder(
                Path.of(System.getProperty("java.home"), "bin", "keytool").toString(),
                "-genkeypair",
                "-alias",
                "test",
                "-keyalg",
                "EC",
                "-groupname",
                "secp256r1",
                "-dname",
                "CN=test",
                "-validity",
                "10",
                "-ext",
                "san=dns:localhost,ip:127.0.0.1",
                "-ext",
                "bc=ca:true",
                "-storetype",
                "PKCS12",
                "-storepass",
                "changeit",
                "-keystore",
                store.toString())
            .redirectErrorStream(true)
            .start();
    if (keytool.waitFor() != 0) {
      throw new IllegalStateException(new String(keytool.getInputStream().readAllBytes(), UTF_8));
    }
    KeyStore keys = KeyStore.getInstance("PKCS12");
    try (InputStream in = Files.newInputStream(store)) {
      keys.load(in, PASSWORD);
    }
    Certificate certificate = keys.getCertificate("test");
    PrivateKey key = (PrivateKey) keys.getKey("test", PASSWORD);
    Path certificateFile = pem(folder, "CERTIFICATE", certificate.getEncoded());
    Path keyFile = pem(folder, "PRIVATE KEY", key.getEncoded());
    KeyStore trusted = KeyStore.getInstance("PKCS12");
    trusted.load(null, null);
    trusted.setCertificateEntry("ca", certificate);
    TrustManagerFactory trust = TrustManagerFactory.getInstance("PKIX");
    trust.init(trusted);
    KeyManagerFactory identity = KeyManagerFactory.getInstance("PKIX");
    identity.init(keys, PASSWORD);
    SSLContext plain = SSLContext.getInstance("TLS");
    plain.init(null, trust.getTrustManagers(), new SecureRandom());
    SSLContext proving = SSLContext.getInstance("TLS");
    proving.init(identity.getKeyManagers(), trust.getTrustManagers(), new SecureRandom());
    return new TestTls(
        new Tls(certificateFile, keyFile, Optional.of(certificateFile)), plain, proving);
  }

  private static Path pem(Path folder, String type, byte[] der) throws Exception {
    String body = Base64.getMimeEncoder(64, new byte[] {'\n'}).encodeToString(der);
    return Files.writeString(
        folder.resolve(type.replace(' ', '-') + ".pem"),
        "-----BEGIN %s-----\n%s\n-----END %s-----\n".formatted(type, body, type));
  }
}
