package dev.navarch.apiserver.proxy;

import dev.navarch.apiserver.auth.CertificateAuthority.Identity;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.security.SecureRandom;
import java.security.cert.Certificate;
import java.security.cert.X509Certificate;
import java.util.Collection;
import javax.net.ssl.KeyManagerFactory;
import javax.net.ssl.SSLContext;
import javax.net.ssl.TrustManager;
import javax.net.ssl.TrustManagerFactory;

/// How this server greets others by TLS: with an identity of its own, trusting given authorities.
public final class ClientTls {
  private static final char[] NO_PASSWORD = new char[0];

  private ClientTls() {}

  /// @param authorities none for those of the machine
  public static SSLContext trusting(
      Collection<? extends Certificate> authorities, Identity identity) {
    try {
      TrustManagerFactory trust = TrustManagerFactory.getInstance("PKIX");
      if (authorities.isEmpty()) {
        trust.init((KeyStore) null);
      } else {
        KeyStore trusted = empty();
        int count = 0;
        for (Certificate authority : authorities) {
          trusted.setCertificateEntry("ca-" + count++, authority);
        }
        trust.init(trusted);
      }
      return trusting(trust.getTrustManagers(), identity);
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException("cannot trust these authorities", e);
    }
  }

  public static SSLContext trusting(TrustManager[] trust, Identity identity) {
    try {
      KeyStore own = empty();
      X509Certificate certificate = identity.certificate();
      own.setKeyEntry("own", identity.key(), NO_PASSWORD, new Certificate[] {certificate});
      KeyManagerFactory keys = KeyManagerFactory.getInstance("PKIX");
      keys.init(own, NO_PASSWORD);
      SSLContext context = SSLContext.getInstance("TLS");
      context.init(keys.getKeyManagers(), trust, new SecureRandom());
      return context;
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException("cannot use this client certificate", e);
    }
  }

  /// In memory only; of the kind that does not derive a password at length for every key.
  private static KeyStore empty() throws GeneralSecurityException {
    KeyStore store = KeyStore.getInstance("JKS");
    try {
      store.load(null, NO_PASSWORD);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    return store;
  }
}
