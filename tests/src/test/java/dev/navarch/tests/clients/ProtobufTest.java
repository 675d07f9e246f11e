package dev.navarch.tests.clients;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.protobuf.InvalidProtocolBufferException;
import com.google.protobuf.Message;
import dev.navarch.tests.TestCluster;
import dev.navarch.tests.WithTestCluster;
import io.kubernetes.client.ProtoClient;
import io.kubernetes.client.ProtoClient.ObjectOrStatus;
import io.kubernetes.client.openapi.ApiClient;
import io.kubernetes.client.openapi.ApiException;
import io.kubernetes.client.proto.Meta;
import io.kubernetes.client.proto.Runtime;
import io.kubernetes.client.proto.V1;
import io.kubernetes.client.proto.V1Apps;
import io.kubernetes.client.proto.V1Coordination;
import java.io.DataInputStream;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import okhttp3.MediaType;
import okhttp3.Request;
import okhttp3.RequestBody;
import okhttp3.Response;
import org.junit.jupiter.api.Test;

/// Built-in kinds in protobuf, bodies and answers, as client-go and controller-runtime send them;
/// the messages are those that the official Java client generated from upstream's definitions.
@WithTestCluster
class ProtobufTest {
  private static final String PROTOBUF = "application/vnd.kubernetes.protobuf";
  private static final byte[] MAGIC = {'k', '8', 's', 0};

  private final TestCluster cluster;
  private final ApiClient http;
  private final ProtoClient client;

  ProtobufTest(TestCluster cluster) {
    this.cluster = cluster;
    this.http = JavaClients.client(cluster);
    this.client = new ProtoClient(http);
  }

  private static Meta.ObjectMeta.Builder named(String name) {
    return Meta.ObjectMeta.newBuilder().setName(name).putLabels("app", "shop");
  }

  private static <T extends Message> T ok(ObjectOrStatus<T> answer) {
    assertThat(answer.status).isNull();
    return answer.object;
  }

  private static V1.ConfigMap configMap(String name, String color) {
    return V1.ConfigMap.newBuilder().setMetadata(named(name)).putData("color", color).build();
  }

  private static V1Apps.Deployment deployment() {
    return V1Apps.Deployment.newBuilder()
        .setMetadata(named("web"))
        .setSpec(
            V1Apps.DeploymentSpec.newBuilder()
                .setReplicas(0)
                .setSelector(Meta.LabelSelector.newBuilder().putMatchLabels("app", "web"))
                .setTemplate(
                    V1.PodTemplateSpec.newBuilder()
                        .setMetadata(Meta.ObjectMeta.newBuilder().putLabels("app", "web"))
                        .setSpec(
                            V1.PodSpec.newBuilder()
                                .addContainers(
                                    V1.Container.newBuilder()
                                        .setName("web")
                                        .setImage("example/web:1")))))
        .build();
  }

  @Test
  void createsUpdatesListsAndDeletes() throws ApiException, IOException {
    cluster.addNamespace("proto-crud");
    String path = "/api/v1/namespaces/proto-crud/configmaps";
    V1.ConfigMap created = ok(client.create(configMap("a", "red"), path, "v1", "ConfigMap"));
    assertThat(created.getMetadata().getUid()).isNotEmpty();
    assertThat(created.getMetadata().getCreationTimestamp().getSeconds()).isPositive();
    ok(client.create(configMap("b", "red"), path, "v1", "ConfigMap"));
    V1.ConfigMap updated =
        ok(
            client.update(
                created.toBuilder().putData("color", "blue").build(),
                path + "/a",
                "v1",
                "ConfigMap"));
    assertThat(updated.getDataOrThrow("color")).isEqualTo("blue");
    V1.ConfigMap read = ok(client.get(V1.ConfigMap.newBuilder(), path + "/a"));
    assertThat(read).isEqualTo(updated);
    V1.ConfigMapList list =
        ok(client.list(V1.ConfigMapList.newBuilder(), path + "?labelSelector=app%3Dshop"));
    assertThat(list.getItemsList())
        .extracting(it -> it.getMetadata().getName())
        .containsExactly("a", "b");
    assertThat(list.getMetadata().getResourceVersion()).isNotEmpty();
    ObjectOrStatus<V1.ConfigMap> deleted =
        client.delete(
            V1.ConfigMap.newBuilder(),
            path + "/a",
            Meta.DeleteOptions.newBuilder()
                .setPreconditions(
                    Meta.Preconditions.newBuilder().setUid(read.getMetadata().getUid()))
                .build());
    assertThat(deleted.status.getStatus()).isEqualTo("Success");
  }

  @Test
  void keepsTimesQuantitiesAndNumbersOrNames() throws ApiException, IOException {
    cluster.addNamespace("proto-kinds");
    V1Apps.Deployment web =
        ok(
            client.create(
                deployment(),
                "/apis/apps/v1/namespaces/proto-kinds/deployments",
                "apps/v1",
                "Deployment"));
    assertThat(web.getSpec().getStrategy().getRollingUpdate().getMaxSurge().getStrVal())
        .isEqualTo("25%");
    assertThat(web.getMetadata().getGeneration()).isEqualTo(1);
    V1Coordination.Lease lease =
        V1Coordination.Lease.newBuilder()
            .setMetadata(named("l"))
            .setSpec(
                V1Coordination.LeaseSpec.newBuilder()
                    .setHolderIdentity("me")
                    .setLeaseDurationSeconds(15)
                    .setRenewTime(
                        Meta.MicroTime.newBuilder().setSeconds(1767323045).setNanos(678901000)))
            .build();
    V1Coordination.Lease kept =
        ok(
            client.create(
                lease,
                "/apis/coordination.k8s.io/v1/namespaces/proto-kinds/leases",
                "coordination.k8s.io/v1",
                "Lease"));
    assertThat(kept.getSpec()).isEqualTo(lease.getSpec());
    V1.Secret secret =
        V1.Secret.newBuilder()
            .setMetadata(named("s"))
            .putData("raw", com.google.protobuf.ByteString.copyFrom(new byte[] {0, 1, -1}))
            .build();
    assertThat(
            ok(client.create(secret, "/api/v1/namespaces/proto-kinds/secrets", "v1", "Secret"))
                .getDataMap())
        .isEqualTo(secret.getDataMap());
  }

  @Test
  void malformedBodiesAreRefused() throws IOException {
    cluster.addNamespace("proto-bad");
    byte[] good = enveloped(configMap("c", "red").toByteArray());
    for (byte[] body :
        List.of(
            new byte[0],
            new byte[] {1, 2, 3},
            Arrays.copyOf(good, good.length - 5),
            enveloped(new byte[] {10, 127, 1}))) {
      Request request =
          new Request.Builder()
              .url(http.getBasePath() + "/api/v1/namespaces/proto-bad/configmaps")
              .post(RequestBody.create(body, MediaType.get(PROTOBUF)))
              .build();
      try (Response response = http.getHttpClient().newCall(request).execute()) {
        assertThat(response.code()).as(Arrays.toString(body)).isEqualTo(400);
      }
    }
  }

  private static byte[] enveloped(byte[] raw) {
    byte[] unknown =
        Runtime.Unknown.newBuilder()
            .setTypeMeta(Runtime.TypeMeta.newBuilder().setApiVersion("v1").setKind("ConfigMap"))
            .setRaw(com.google.protobuf.ByteString.copyFrom(raw))
            .build()
            .toByteArray();
    byte[] body = Arrays.copyOf(MAGIC, MAGIC.length + unknown.length);
    System.arraycopy(unknown, 0, body, MAGIC.length, unknown.length);
    return body;
  }

  @Test
  void watches() throws ApiException, IOException {
    cluster.addNamespace("proto-watch");
    String path = "/api/v1/namespaces/proto-watch/configmaps";
    V1.ConfigMap a = ok(client.create(configMap("a", "red"), path, "v1", "ConfigMap"));
    Request request =
        new Request.Builder()
            .url(http.getBasePath() + path + "?watch=true&labelSelector=app%3Dshop")
            .header("Accept", PROTOBUF + ";stream=watch," + PROTOBUF + ",application/json")
            .build();
    try (Response response = http.getHttpClient().newCall(request).execute();
        DataInputStream frames = new DataInputStream(response.body().byteStream())) {
      assertThat(response.header("Content-Type")).isEqualTo(PROTOBUF + ";stream=watch");
      List<String> seen = new ArrayList<>();
      seen.add(next(frames));
      ok(
          client.update(
              a.toBuilder().putData("color", "blue").build(), path + "/a", "v1", "ConfigMap"));
      seen.add(next(frames));
      client.delete(V1.ConfigMap.newBuilder(), path + "/a");
      seen.add(next(frames));
      assertThat(seen).containsExactly("ADDED a red", "MODIFIED a blue", "DELETED a blue");
    }
  }

  @Test
  void showsMetadataAlone() throws ApiException, IOException {
    cluster.addNamespace("proto-metadata");
    String path = "/api/v1/namespaces/proto-metadata/configmaps";
    ok(client.create(configMap("a", "red"), path, "v1", "ConfigMap"));
    String as = PROTOBUF + ";as=PartialObjectMetadata%s;g=meta.k8s.io;v=v1";
    try (Response response = get(path + "/a", as.formatted(""))) {
      Runtime.Unknown one = envelope(response.body().bytes());
      assertThat(one.getTypeMeta().getKind()).isEqualTo("PartialObjectMetadata");
      assertThat(one.getTypeMeta().getApiVersion()).isEqualTo("meta.k8s.io/v1");
      Meta.PartialObjectMetadata object = Meta.PartialObjectMetadata.parseFrom(one.getRaw());
      assertThat(object.getMetadata().getLabelsMap()).containsEntry("app", "shop");
      assertThat(object.getMetadata().getUid()).isNotEmpty();
      assertThat(object.getUnknownFields().asMap()).isEmpty();
    }
    String selected = path + "?labelSelector=app%3Dshop";
    try (Response response = get(selected, as.formatted("List"))) {
      Runtime.Unknown list = envelope(response.body().bytes());
      assertThat(list.getTypeMeta().getKind()).isEqualTo("PartialObjectMetadataList");
      assertThat(Meta.PartialObjectMetadataList.parseFrom(list.getRaw()).getItemsList())
          .extracting(it -> it.getMetadata().getName())
          .containsExactly("a");
    }
    try (Response response = get(selected + "&watch=true", as.formatted(""));
        DataInputStream frames = new DataInputStream(response.body().byteStream())) {
      byte[] message = new byte[frames.readInt()];
      frames.readFully(message);
      Meta.WatchEvent event = Meta.WatchEvent.parseFrom(message);
      Runtime.Unknown seen = envelope(event.getObject().getRaw().toByteArray());
      assertThat(event.getType()).isEqualTo("ADDED");
      assertThat(seen.getTypeMeta().getKind()).isEqualTo("PartialObjectMetadata");
      assertThat(Meta.PartialObjectMetadata.parseFrom(seen.getRaw()).getMetadata().getName())
          .isEqualTo("a");
    }
  }

  @Test
  void refusesInProtobufWhoReadsNothingElse() throws IOException {
    try (Response response = get("/api/v1/namespaces/default/pods/none", PROTOBUF)) {
      assertThat(response.code()).isEqualTo(404);
      assertThat(response.header("Content-Type")).isEqualTo(PROTOBUF);
      Runtime.Unknown unknown = envelope(response.body().bytes());
      assertThat(unknown.getTypeMeta().getKind()).isEqualTo("Status");
      Meta.Status status = Meta.Status.parseFrom(unknown.getRaw());
      assertThat(status.getReason()).isEqualTo("NotFound");
      assertThat(status.getMessage()).isEqualTo("pods \"none\" not found");
      assertThat(status.getDetails().getName()).isEqualTo("none");
      assertThat(status.getCode()).isEqualTo(404);
    }
    try (Response response =
        get("/api/v1/pods?limit=x", PROTOBUF + ";as=Table;g=meta.k8s.io;v=v1")) {
      assertThat(response.header("Content-Type")).isEqualTo("application/json");
    }
  }

  private Response get(String path, String accept) throws IOException {
    Request request =
        new Request.Builder().url(http.getBasePath() + path).header("Accept", accept).build();
    return http.getHttpClient().newCall(request).execute();
  }

  private static String next(DataInputStream frames) throws IOException {
    byte[] message = new byte[frames.readInt()];
    frames.readFully(message);
    Meta.WatchEvent event = Meta.WatchEvent.parseFrom(message);
    V1.ConfigMap object = opened(event.getObject().getRaw().toByteArray());
    return "%s %s %s"
        .formatted(event.getType(), object.getMetadata().getName(), object.getDataOrThrow("color"));
  }

  private static Runtime.Unknown envelope(byte[] enveloped) throws InvalidProtocolBufferException {
    assertThat(enveloped).startsWith(MAGIC);
    return Runtime.Unknown.parseFrom(Arrays.copyOfRange(enveloped, MAGIC.length, enveloped.length));
  }

  private static V1.ConfigMap opened(byte[] enveloped) throws InvalidProtocolBufferException {
    Runtime.Unknown unknown = envelope(enveloped);
    assertThat(unknown.getTypeMeta().getKind()).isEqualTo("ConfigMap");
    return V1.ConfigMap.parseFrom(unknown.getRaw());
  }
}
