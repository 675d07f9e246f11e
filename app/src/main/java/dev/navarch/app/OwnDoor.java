package dev.navarch.app;

import dev.navarch.apiserver.ApiServer;
import dev.navarch.apiserver.auth.Pki;
import dev.navarch.client.Cluster;
import dev.navarch.client.HttpCluster;
import dev.navarch.client.ServerAccess;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.nio.file.Files;
import java.util.Random;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/// The server as controllers see it from outside, where the APIs of other servers are, too. It is
/// opened when somebody first needs it: most clusters never do.
final class OwnDoor implements Supplier<Cluster>, AutoCloseable {
  private final ApiServer server;
  private final String address;
  private final Random random;
  private @Nullable HttpCluster cluster;

  OwnDoor(ApiServer server, String address, Random random) {
    this.server = server;
    this.address = address;
    this.random = random;
  }

  @Override
  public synchronized Cluster get() {
    HttpCluster open = cluster;
    if (open == null) {
      open = new HttpCluster(access(), "kube-controller-manager", random);
      cluster = open;
    }
    return open;
  }

  @Override
  public synchronized void close() {
    if (cluster != null) {
      cluster.close();
    }
  }

  private ServerAccess access() {
    Pki pki = server.pki();
    String host = address.contains(":") ? "[" + address + "]" : address;
    try {
      return ServerAccess.withCertificate(
          URI.create("https://" + host + ":" + server.port()),
          Files.readAllBytes(pki.certificate("ca")),
          Files.readAllBytes(pki.certificate("controller-manager")),
          Files.readAllBytes(pki.key("controller-manager")));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
