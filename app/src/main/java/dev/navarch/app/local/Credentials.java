package dev.navarch.app.local;

import dev.navarch.api.ApiException;
import dev.navarch.apiserver.auth.CertificateAuthority;
import dev.navarch.apiserver.auth.Pem;
import dev.navarch.apiserver.auth.Pki;
import dev.navarch.client.Cluster;
import dev.navarch.client.HttpCluster;
import dev.navarch.client.Kubeconfigs;
import dev.navarch.client.ServerAccess;
import dev.navarch.node.host.Commands;
import io.fabric8.kubernetes.api.model.Namespace;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.InstantSource;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;

/// Who may do what with a cluster of this machine: its administrator's and its nodes' identities,
/// and the user's kubeconfig.
public final class Credentials {
  private static final int CONNECT_MILLIS = 1000;

  private final String name;
  private final Path pki;
  private final URI server;

  /// @param name of the context in kubeconfig files
  /// @param pki the control plane's folder of keys and certificates
  /// @param server the API server's URL
  public Credentials(String name, Path pki, URI server) {
    this.name = name;
    this.pki = pki;
    this.server = server;
  }

  /// Those of a cluster that `up` made.
  public Credentials(ClusterSpec spec, Layout layout) {
    this(spec.name(), layout.pki(), URI.create(spec.apiUrl()));
  }

  /// The API with an administrator's rights.
  public Cluster cluster() {
    return new HttpCluster(adminAccess(), "navarch", new Random());
  }

  /// Where clients reach the API server.
  public URI server() {
    return server;
  }

  /// `sha256:…` of the authority's public key, by which a machine that joins knows it.
  public String authorityHash() {
    return AuthorityHash.of(Pem.readCertificate(pem("ca.crt")));
  }

  public boolean serverIsReady() {
    if (!Files.exists(pem("admin.key")) || !portAnswers()) {
      return false;
    }
    try (HttpCluster cluster = new HttpCluster(adminAccess(), "navarch", new Random())) {
      return cluster.find(Namespace.class, "", "kube-system").isPresent();
    } catch (ApiException starting) {
      return false;
    }
  }

  public String adminKubeconfig() {
    return Kubeconfigs.text(name, adminAccess());
  }

  /// The identity by which a machine joins as a node: for calling the API server, and for being
  /// called at its address.
  public String nodeKubeconfig(String node, String address) {
    return Kubeconfigs.text(name, nodeAccess(node, address));
  }

  /// Puts everything into a node's folder that its agent needs to speak with the API server, and to
  /// be spoken with.
  void writeNodeIdentity(NodePlace place) {
    ServerAccess access = nodeAccess(place.name(), place.address());
    write(place.data().resolve("kubeconfig"), Kubeconfigs.text(name, access));
    NodeIdentity.write(place.data().resolve("pki"), access);
  }

  /// Makes the cluster the current context of the user who called, also through sudo.
  public Path mergeIntoUsersKubeconfig() {
    Path file = usersKubeconfig();
    boolean existed = Files.exists(file);
    Kubeconfigs.merge(file, name, adminAccess());
    giveToUser(file, existed);
    return file;
  }

  public void removeFromUsersKubeconfig() {
    Path file = usersKubeconfig();
    if (Files.exists(file)) {
      Kubeconfigs.remove(file, name);
      giveToUser(file, true);
    }
  }

  private static Path usersKubeconfig() {
    Map<String, String> environment = System.getenv();
    String named = environment.getOrDefault("KUBECONFIG", "");
    if (!named.isEmpty()) {
      return Path.of(named.split(java.io.File.pathSeparator, -1)[0]).toAbsolutePath();
    }
    return sudoUser()
        .map(user -> Path.of(Commands.run("getent", "passwd", user).split(":", -1)[5]))
        .orElseGet(() -> Path.of(System.getProperty("user.home")))
        .resolve(".kube/config");
  }

  private static Optional<String> sudoUser() {
    return Optional.ofNullable(System.getenv("SUDO_USER"))
        .filter(user -> Layout.isRoot() && !user.isEmpty() && !user.equals("root"));
  }

  private static void giveToUser(Path file, boolean folderExisted) {
    sudoUser()
        .ifPresent(
            user -> {
              Commands.run("chown", user + ":", file.toString());
              if (!folderExisted) {
                Commands.run("chown", user + ":", file.resolveSibling(".").normalize().toString());
              }
            });
  }

  private ServerAccess adminAccess() {
    return ServerAccess.withCertificate(
        server,
        read("ca.crt").getBytes(StandardCharsets.UTF_8),
        read("admin.crt").getBytes(StandardCharsets.UTF_8),
        read("admin.key").getBytes(StandardCharsets.UTF_8));
  }

  private ServerAccess nodeAccess(String node, String address) {
    CertificateAuthority.Identity identity =
        authority()
            .issue(
                new CertificateAuthority.Request(
                    "system:node:" + node, List.of("system:nodes"), List.of(node, address)));
    return ServerAccess.withCertificate(
        server,
        read("ca.crt").getBytes(StandardCharsets.UTF_8),
        Pem.of(identity.certificate()).getBytes(StandardCharsets.UTF_8),
        Pem.of(identity.key()).getBytes(StandardCharsets.UTF_8));
  }

  private CertificateAuthority authority() {
    return Pki.authorityIn(pki, InstantSource.system());
  }

  private boolean portAnswers() {
    try (Socket socket = new Socket()) {
      socket.connect(new InetSocketAddress(server.getHost(), server.getPort()), CONNECT_MILLIS);
      return true;
    } catch (IOException e) {
      return false;
    }
  }

  private Path pem(String name) {
    return pki.resolve(name);
  }

  private String read(String name) {
    try {
      return Files.readString(pem(name));
    } catch (IOException e) {
      throw new UserError(
          "the cluster's file %s cannot be read: %s".formatted(pem(name), e.getMessage()),
          "run the command as the user who ran `navarch up`");
    }
  }

  private static void write(Path file, String content) {
    try {
      Files.createDirectories(file.toAbsolutePath().getParent());
      Files.writeString(file, content);
      Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rw-------"));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
