package dev.navarch.client;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.security.PrivateKey;
import java.security.SecureRandom;
import java.security.cert.Certificate;
import java.security.cert.CertificateFactory;
import javax.net.ssl.KeyManager;
import javax.net.ssl.KeyManagerFactory;
import javax.net.ssl.SSLContext;
import javax.net.ssl.TrustManager;
import javax.net.ssl.TrustManagerFactory;
import org.jspecify.annotations.Nullable;

/// Makes a TLS context out of the PEM files of a kubeconfig.
final class Tls {
  private static final char[] NO_PASSWORD = new char[0];

  private Tls() {}

  static SSLContext context(ServerAccess access) {
    try {
      var context = SSLContext.getInstance("TLS");
      context.init(keys(access), trust(access), new SecureRandom());
      return context;
    } catch (GeneralSecurityException | IOException e) {
      throw new IllegalArgumentException(
          "cannot use the certificates for %s: %s".formatted(access.server(), e.getMessage()), e);
    }
  }

  private static KeyManager @Nullable [] keys(ServerAccess access)
      throws GeneralSecurityException, IOException {
    if (access.certificate() == null || access.key() == null) {
      return null;
    }
    Certificate[] chain = certificates(access.certificate());
    PrivateKey key = PrivateKeys.read(access.key(), chain[0].getPublicKey().getAlgorithm());
    KeyStore store = emptyStore();
    store.setKeyEntry("client", key, NO_PASSWORD, chain);
    var factory = KeyManagerFactory.getInstance(KeyManagerFactory.getDefaultAlgorithm());
    factory.init(store, NO_PASSWORD);
    return factory.getKeyManagers();
  }

  private static TrustManager @Nullable [] trust(ServerAccess access)
      throws GeneralSecurityException, IOException {
    if (access.insecure()) {
      return new TrustManager[] {new AnyServer()};
    }
    if (access.authority() == null) {
      return null;
    }
    KeyStore store = emptyStore();
    Certificate[] authorities = certificates(access.authority());
    for (int i = 0; i < authorities.length; i++) {
      store.setCertificateEntry("authority-" + i, authorities[i]);
    }
    var factory = TrustManagerFactory.getInstance(TrustManagerFactory.getDefaultAlgorithm());
    factory.init(store);
    return factory.getTrustManagers();
  }

  private static Certificate[] certificates(byte[] pem) throws GeneralSecurityException {
    Certificate[] found =
        CertificateFactory.getInstance("X.509")
            .generateCertificates(new ByteArrayInputStream(pem))
            .toArray(new Certificate[0]);
    if (found.length == 0) {
      throw new GeneralSecurityException("no PEM certificate found");
    }
    return found;
  }

  private static KeyStore emptyStore() throws GeneralSecurityException, IOException {
    KeyStore store = KeyStore.getInstance("PKCS12");
    store.load(null, null);
    return store;
  }
}
