package dev.navarch.http;

import io.netty.buffer.ByteBufAllocator;
import io.netty.handler.ssl.ApplicationProtocolConfig;
import io.netty.handler.ssl.ApplicationProtocolConfig.Protocol;
import io.netty.handler.ssl.ApplicationProtocolConfig.SelectedListenerFailureBehavior;
import io.netty.handler.ssl.ApplicationProtocolConfig.SelectorFailureBehavior;
import io.netty.handler.ssl.ApplicationProtocolNames;
import io.netty.handler.ssl.ClientAuth;
import io.netty.handler.ssl.SslContext;
import io.netty.handler.ssl.SslContextBuilder;
import io.netty.handler.ssl.SslHandler;
import io.netty.handler.ssl.SslProvider;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.util.Optional;
import javax.net.ssl.SSLException;

/// A server's identity out of PEM files, and the CA that clients' certificates must come from. A
/// client may show none. {@link #reload} takes renewed files in without a restart.
public final class Tls {
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
    SslContextBuilder builder =
        SslContextBuilder.forServer(certificate.toFile(), key.toFile())
            .sslProvider(SslProvider.JDK)
            .protocols("TLSv1.3", "TLSv1.2")
            .applicationProtocolConfig(
                new ApplicationProtocolConfig(
                    Protocol.ALPN,
                    SelectorFailureBehavior.NO_ADVERTISE,
                    SelectedListenerFailureBehavior.ACCEPT,
                    ApplicationProtocolNames.HTTP_2,
                    ApplicationProtocolNames.HTTP_1_1));
    clientCa.ifPresent(ca -> builder.trustManager(ca.toFile()).clientAuth(ClientAuth.OPTIONAL));
    try {
      return builder.build();
    } catch (SSLException e) {
      throw new UncheckedIOException(
          "cannot serve TLS with %s and %s".formatted(certificate, key), e);
    }
  }
}
