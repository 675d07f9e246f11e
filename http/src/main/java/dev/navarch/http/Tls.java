package dev.navarch.http;

import io.netty.buffer.ByteBufAllocator;
import io.netty.handler.ssl.ApplicationProtocolConfig;
import io.netty.handler.ssl.ApplicationProtocolConfig.Protocol;
import io.netty.handler.ssl.ApplicationProtocolConfig.SelectedListenerFailureBehavior;
import io.netty.handler.ssl.ApplicationProtocolConfig.SelectorFailureBehavior;
import io.netty.handler.ssl.ApplicationProtocolNames;
import io.netty.handler.ssl.ClientAuth;
import io.netty.handler.ssl.JdkSslContext;
import io.netty.handler.ssl.SslContext;
import io.netty.handler.ssl.SslHandler;
import io.netty.handler.ssl.SupportedCipherSuiteFilter;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.security.GeneralSecurityException;
import java.security.InvalidKeyException;
import java.security.KeyFactory;
import java.security.KeyStore;
import java.security.PrivateKey;
import java.security.cert.CertificateException;
import java.security.cert.CertificateFactory;
import java.security.cert.X509Certificate;
import java.security.spec.PKCS8EncodedKeySpec;
import java.util.Base64;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import javax.net.ssl.KeyManager;
import javax.net.ssl.KeyManagerFactory;
import javax.net.ssl.SSLContext;
import javax.net.ssl.TrustManager;
import javax.net.ssl.TrustManagerFactory;

/// A server's identity out of PEM files, and the CA that clients' certificates must come from. A
/// client may show none. {@link #reload} takes renewed files in without a restart.
public final class Tls {
  private static final Pattern KEY =
      Pattern.compile("-----BEGIN PRIVATE KEY-----([^-]+)-----END PRIVATE KEY-----");
  private final Path certificate;
  private final Path key;
  private final Optional<Path> clientCa;
  private volatile SslContext context;
  private FileTime read;

  /// @param key PKCS#8, not encrypted
  /// @param clientCa empty when no client certificate is wanted
  public Tls(Path certificate, Path key, Optional<Path> clientCa) {
    this.certificate = certificate;
    this.key = key;
    this.clientCa = clientCa;
    this.read = modified();
    this.context = read();
  }

  /// Reads the files again; connections that stand keep what they have.
  public void reload() {
    context = read();
  }

  /// Reads the files again if the certificate is another one than before. Whoever renews it writes
  /// the key first.
  public synchronized void reloadIfChanged() {
    FileTime now = modified();
    if (!now.equals(read)) {
      reload();
      read = now;
    }
  }

  private FileTime modified() {
    try {
      return Files.getLastModifiedTime(certificate);
    } catch (IOException e) {
      throw new UncheckedIOException("cannot read " + certificate, e);
    }
  }

  SslHandler newHandler(ByteBufAllocator allocator) {
    return context.newHandler(allocator);
  }

  private SslContext read() {
    try {
      X509Certificate[] chain = certificates(certificate);
      return context(chain, key(chain[0].getPublicKey().getAlgorithm()));
    } catch (IOException | GeneralSecurityException e) {
      throw new UncheckedIOException(
          "cannot serve TLS with %s and %s: %s".formatted(certificate, key, e.getMessage()),
          e instanceof IOException io ? io : new IOException(e));
    }
  }

  private static X509Certificate[] certificates(Path file)
      throws IOException, GeneralSecurityException {
    try (InputStream pem = Files.newInputStream(file)) {
      X509Certificate[] chain =
          CertificateFactory.getInstance("X.509").generateCertificates(pem).stream()
              .map(X509Certificate.class::cast)
              .toArray(X509Certificate[]::new);
      if (chain.length == 0) {
        throw new CertificateException("no certificate found: expected PEM with CERTIFICATE");
      }
      return chain;
    }
  }

  /// PKCS#8 alone: which other forms Netty reads depends on the security providers that it finds.
  private PrivateKey key(String algorithm) throws IOException, GeneralSecurityException {
    Matcher found = KEY.matcher(Files.readString(key, StandardCharsets.ISO_8859_1));
    if (!found.find()) {
      throw new InvalidKeyException("no private key found: expected PEM with PRIVATE KEY (PKCS#8)");
    }
    try {
      byte[] der = Base64.getMimeDecoder().decode(found.group(1));
      return KeyFactory.getInstance(algorithm).generatePrivate(new PKCS8EncodedKeySpec(der));
    } catch (IllegalArgumentException e) {
      throw new InvalidKeyException("the private key's PEM holds no base64", e);
    }
  }

  /// Netty's own way would encrypt the key with a password that is derived at length, twice.
  private SslContext context(X509Certificate[] chain, PrivateKey key)
      throws GeneralSecurityException, IOException {
    SSLContext tls = SSLContext.getInstance("TLS");
    tls.init(identity(chain, key), clientCa.isPresent() ? trusted(clientCa.get()) : null, null);
    return new JdkSslContext(
        tls,
        false,
        null,
        SupportedCipherSuiteFilter.INSTANCE,
        new ApplicationProtocolConfig(
            Protocol.ALPN,
            SelectorFailureBehavior.NO_ADVERTISE,
            SelectedListenerFailureBehavior.ACCEPT,
            ApplicationProtocolNames.HTTP_2,
            ApplicationProtocolNames.HTTP_1_1),
        clientCa.isPresent() ? ClientAuth.OPTIONAL : ClientAuth.NONE,
        new String[] {"TLSv1.3", "TLSv1.2"},
        false);
  }

  private static KeyManager[] identity(X509Certificate[] chain, PrivateKey key)
      throws GeneralSecurityException, IOException {
    char[] password = {};
    KeyStore store = emptyStore();
    store.setKeyEntry("server", key, password, chain);
    KeyManagerFactory keys = KeyManagerFactory.getInstance("SunX509");
    keys.init(store, password);
    return keys.getKeyManagers();
  }

  private static TrustManager[] trusted(Path authorities)
      throws GeneralSecurityException, IOException {
    KeyStore store = emptyStore();
    for (X509Certificate authority : certificates(authorities)) {
      store.setCertificateEntry("ca-" + store.size(), authority);
    }
    TrustManagerFactory trust =
        TrustManagerFactory.getInstance(TrustManagerFactory.getDefaultAlgorithm());
    trust.init(store);
    return trust.getTrustManagers();
  }

  /// In memory only; of the kind that does not encrypt at length.
  private static KeyStore emptyStore() throws GeneralSecurityException, IOException {
    KeyStore store = KeyStore.getInstance("JKS");
    store.load(null, null);
    return store;
  }
}
