package dev.navarch.app.cli;

import static java.nio.charset.StandardCharsets.UTF_8;

import dev.navarch.client.Cluster;
import dev.navarch.client.Key;
import dev.navarch.client.Objects;
import dev.navarch.client.Resource;
import dev.navarch.client.ServerAccess;
import io.fabric8.kubernetes.api.model.ServiceAccount;
import io.fabric8.kubernetes.api.model.rbac.ClusterRoleBindingBuilder;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.security.cert.CertificateFactory;
import java.util.concurrent.Executors;
import javax.net.ssl.SSLContext;
import javax.net.ssl.TrustManagerFactory;

/// Requests over HTTP/1.1 with the token of a service account, whose rights have to be looked up,
/// with bodies that were written beforehand: the server gets most of the machine.
final class TrainClient implements AutoCloseable {
  private static final int DRY_RUNS = 4;
  private static final String CORE = "/api/v1/namespaces/default/";
  private static final Key ACCOUNT = new Key("default", "default");

  private static final String SETTINGS = "0123456789abcdef".repeat(40);

  private final URI server;
  private final String token;
  private final HttpClient http;

  private TrainClient(URI server, String token, HttpClient http) {
    this.server = server;
    this.token = token;
    this.http = http;
  }

  /// @param cluster the same server, with the rights to hand out rights
  static TrainClient of(ServerAccess access, Cluster cluster)
      throws IOException, GeneralSecurityException {
    cluster.create(
        new ClusterRoleBindingBuilder()
            .withNewMetadata()
            .withName("train")
            .endMetadata()
            .addNewSubject("", "ServiceAccount", ACCOUNT.name(), ACCOUNT.namespace())
            .withNewRoleRef("rbac.authorization.k8s.io", "ClusterRole", "cluster-admin")
            .build());
    String token =
        cluster
            .post(Resource.of(ServiceAccount.class), ACCOUNT, "token", Objects.emptyDocument())
            .at("/status/token")
            .asString();
    return new TrainClient(
        access.server(),
        token,
        HttpClient.newBuilder()
            .version(HttpClient.Version.HTTP_1_1)
            .sslContext(trusting(java.util.Objects.requireNonNull(access.authority())))
            .executor(Executors.newVirtualThreadPerTaskExecutor())
            .build());
  }

  private static SSLContext trusting(byte[] authority)
      throws IOException, GeneralSecurityException {
    KeyStore store = KeyStore.getInstance(KeyStore.getDefaultType());
    store.load(null, null);
    store.setCertificateEntry(
        "authority",
        CertificateFactory.getInstance("X.509")
            .generateCertificate(new ByteArrayInputStream(authority)));
    var factory = TrustManagerFactory.getInstance(TrustManagerFactory.getDefaultAlgorithm());
    factory.init(store);
    SSLContext context = SSLContext.getInstance("TLS");
    context.init(null, factory.getTrustManagers(), null);
    return context;
  }

  /// Writes a pod and a ConfigMap, reads them, and removes them.
  void round(String name) {
    String pod = pod(name);
    String map = map(name, SETTINGS);
    for (int i = 0; i < DRY_RUNS; i++) {
      send("POST", CORE + "pods?dryRun=All", pod);
      send("POST", CORE + "configmaps?dryRun=All", map);
    }
    send("POST", CORE + "pods", pod);
    send("POST", CORE + "configmaps", map);
    send("GET", CORE + "pods/" + name, "");
    send("GET", CORE + "pods/" + name + "?resourceVersion=0", "");
    send("GET", CORE + "pods?limit=5", "");
    send("DELETE", CORE + "pods/" + name, "");
    send("DELETE", CORE + "configmaps/" + name, "");
  }

  private void send(String method, String path, String body) {
    HttpRequest request =
        HttpRequest.newBuilder(server.resolve(path))
            .method(method, HttpRequest.BodyPublishers.ofString(body, UTF_8))
            .header("Authorization", "Bearer " + token)
            .header("Content-Type", "application/json")
            .build();
    try {
      int status = http.send(request, HttpResponse.BodyHandlers.discarding()).statusCode();
      if (status >= 300) {
        throw new IllegalStateException(method + " " + path + " was answered with " + status);
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException("interrupted", e);
    }
  }

  @Override
  public void close() {
    http.close();
  }

  private static String pod(String name) {
    return """
    {"apiVersion":"v1","kind":"Pod","metadata":{"name":"%s","namespace":"default",\
    "labels":{"app":"train","tier":"backend","release":"stable"},\
    "annotations":{"example.com/owner":"nobody"}},\
    "spec":{"schedulerName":"nobody","containers":[{"name":"main",\
    "image":"registry.example/library/train:1.27.3","args":["--listen",":8080"],\
    "ports":[{"containerPort":8080,"name":"http"}],"env":[{"name":"MODE","value":"train"}],\
    "resources":{"requests":{"cpu":"100m","memory":"64Mi"},"limits":{"memory":"128Mi"}}}]}}\
    """
        .formatted(name);
  }

  private static String map(String name, String settings) {
    return """
    {"apiVersion":"v1","kind":"ConfigMap","metadata":{"name":"%s","namespace":"default",\
    "labels":{"app":"train"}},"data":{"settings":"%s","name":"train"}}\
    """
        .formatted(name, settings);
  }
}
