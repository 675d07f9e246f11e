package dev.navarch.apiserver;

import static org.assertj.core.api.Assertions.assertThat;

import dev.navarch.apiserver.ServedApi.Answer;
import java.net.http.HttpClient;
import java.nio.file.Path;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// A whole API server in this process, asked over HTTPS.
class ApiServerTest {
  @TempDir static Path folder;
  private static ServedApi api;
  private static ApiServer server;
  private static HttpClient admin;
  private static HttpClient anonymous;

  @BeforeAll
  static void start() throws Exception {
    api = ServedApi.in(folder);
    server = api.server();
    admin = api.admin();
    anonymous = api.anonymous();
  }

  @AfterAll
  static void stop() {
    api.close();
  }

  private static Answer send(
      HttpClient client, String method, String path, String body, String... headers) {
    return api.send(client, method, path, body.replace('\'', '"'), headers);
  }

  private static Answer get(HttpClient client, String path, String... headers) {
    return send(client, "GET", path, "", headers);
  }

  @Test
  void isReadyAndHasWhatEveryClusterHas() throws Exception {
    assertThat(server.isReady()).isTrue();
    assertThat(get(anonymous, "/readyz").text()).isEqualTo("ok");
    assertThat(get(admin, "/version").json().path("gitVersion").asString()).startsWith("v1.36");
    assertThat(get(admin, "/api/v1/namespaces/kube-system").status()).isEqualTo(200);
    assertThat(
            get(admin, "/api/v1/namespaces/default/services/kubernetes")
                .json()
                .path("spec")
                .path("clusterIP")
                .asString())
        .isEqualTo("10.96.0.1");
    assertThat(get(admin, "/apis/rbac.authorization.k8s.io/v1/clusterroles/view").status())
        .isEqualTo(200);
  }

  @Test
  void refusesInStatusDocuments() throws Exception {
    Answer forbidden = get(anonymous, "/api/v1/namespaces/default/pods");
    assertThat(forbidden.status()).isEqualTo(403);
    assertThat(forbidden.json().path("kind").asString()).isEqualTo("Status");
    assertThat(forbidden.json().path("message").asString())
        .isEqualTo(
            "pods is forbidden: User \"system:anonymous\" cannot list resource \"pods\" in API"
                + " group \"\" in the namespace \"default\"");
    Answer unauthorized = get(anonymous, "/api", "Authorization", "Bearer nonsense");
    assertThat(unauthorized.status()).isEqualTo(401);
    assertThat(unauthorized.json().path("reason").asString()).isEqualTo("Unauthorized");
    assertThat(get(admin, "/nonsense").status()).isEqualTo(404);
    assertThat(get(admin, "/api/v1/nonsense").status()).isEqualTo(404);
  }

  @Test
  void letsAnAdministratorActAsAnother() throws Exception {
    String review =
        "{'spec':{'resourceAttributes':{'verb':'list','resource':'pods','namespace':'default'}}}";
    String path = "/apis/authorization.k8s.io/v1/selfsubjectaccessreviews";
    assertThat(send(admin, "POST", path, review).json().path("status").path("allowed").asBoolean())
        .isTrue();
    Answer other = send(admin, "POST", path, review, "Impersonate-User", "vera");
    assertThat(other.status()).isEqualTo(201);
    assertThat(other.json().path("status").path("allowed").asBoolean()).isFalse();
    Answer who =
        send(
            admin,
            "POST",
            "/apis/authentication.k8s.io/v1/selfsubjectreviews",
            "{}",
            "Impersonate-User",
            "vera",
            "Impersonate-Group",
            "devs");
    assertThat(who.json().path("status").path("userInfo").path("groups").toString())
        .isEqualTo("[\"devs\",\"system:authenticated\"]");
  }

  @Test
  void servesWhomItIssuedATokenTo() throws Exception {
    send(admin, "POST", "/api/v1/namespaces", "{'metadata':{'name':'tokens'}}");
    Answer account =
        send(
            admin,
            "POST",
            "/api/v1/namespaces/tokens/serviceaccounts",
            "{'metadata':{'name':'robot'}}");
    assertThat(account.status()).isEqualTo(201);
    String path = "/api/v1/namespaces/tokens/serviceaccounts/robot";
    Answer issued = send(admin, "POST", path + "/token", "{'spec':{'expirationSeconds':900}}");
    assertThat(issued.status()).isEqualTo(201);
    String token = issued.json().path("status").path("token").asString();
    Answer refused = get(anonymous, "/api/v1/nodes", "Authorization", "Bearer " + token);
    assertThat(refused.json().path("message").asString())
        .startsWith("nodes is forbidden: User \"system:serviceaccount:tokens:robot\" cannot list");
    assertThat(
            send(
                    admin,
                    "POST",
                    "/apis/rbac.authorization.k8s.io/v1/clusterrolebindings",
                    "{'metadata':{'name':'robots'},'roleRef':{'apiGroup':'rbac.authorization.k8s.io',"
                        + "'kind':'ClusterRole','name':'cluster-admin'},'subjects':[{'kind':"
                        + "'ServiceAccount','name':'robot','namespace':'tokens'}]}")
                .status())
        .isEqualTo(201);
    org.awaitility.Awaitility.await()
        .untilAsserted(
            () ->
                assertThat(
                        get(anonymous, "/api/v1/nodes", "Authorization", "Bearer " + token)
                            .status())
                    .isEqualTo(200));
    send(admin, "DELETE", path, "");
    assertThat(get(anonymous, "/api/v1/nodes", "Authorization", "Bearer " + token).status())
        .isEqualTo(401);
  }

  @Test
  void letsNobodyGrantWhatTheyDoNotHold() throws Exception {
    String rbac = "/apis/rbac.authorization.k8s.io/v1/";
    String binding =
        "{'metadata':{'name':'%s'},'roleRef':{'apiGroup':'rbac.authorization.k8s.io','kind':"
            + "'ClusterRole','name':'%s'},'subjects':[{'kind':'User','name':'%s'}]}";
    send(admin, "POST", "/api/v1/namespaces", "{'metadata':{'name':'grants'}}");
    String bindings = rbac + "namespaces/grants/rolebindings";
    assertThat(send(admin, "POST", bindings, binding.formatted("a", "admin", "ada")).status())
        .isEqualTo(201);
    org.awaitility.Awaitility.await()
        .untilAsserted(
            () ->
                assertThat(
                        send(
                                admin,
                                "POST",
                                bindings,
                                binding.formatted("v", "view", "bob"),
                                "Impersonate-User",
                                "ada")
                            .status())
                    .isIn(201, 409));
    Answer refused =
        send(
            admin,
            "POST",
            bindings,
            binding.formatted("c", "cluster-admin", "bob"),
            "Impersonate-User",
            "ada");
    assertThat(refused.status()).isEqualTo(403);
    assertThat(refused.json().path("message").asString())
        .startsWith(
            "rolebindings.rbac.authorization.k8s.io \"c\" is forbidden: user \"ada\""
                + " (groups=[\"system:authenticated\"]) is attempting to grant RBAC permissions"
                + " not currently held:\n");
  }

  @Test
  void saysAllThatIsWrongWithAQuestion() throws Exception {
    Answer refused =
        send(
            admin,
            "POST",
            "/apis/authorization.k8s.io/v1/subjectaccessreviews",
            "{'spec':{'resourceAttributes':{'verb':'get','labelSelector':{}},"
                + "'nonResourceAttributes':{'verb':'get','path':'/'}}}");
    assertThat(refused.status()).isEqualTo(422);
    assertThat(refused.json().path("details").path("causes").valueStream())
        .extracting(cause -> cause.path("field").asString())
        .containsExactly(
            "spec.nonResourceAttributes",
            "spec.user",
            "spec.resourceAttributes.labelSelector.requirements");
  }

  @Test
  void issuesTokensToProgramsInItsOwnProcess() throws Exception {
    send(admin, "POST", "/api/v1/namespaces", "{'metadata':{'name':'inside'}}");
    send(
        admin,
        "POST",
        "/api/v1/namespaces/inside/serviceaccounts",
        "{'metadata':{'name':'robot'}}");
    var issued =
        server
            .cluster("test")
            .post(
                dev.navarch.client.Resource.of(
                    io.fabric8.kubernetes.api.model.ServiceAccount.class),
                new dev.navarch.client.Key("inside", "robot"),
                "token",
                dev.navarch.api.Json.object());
    String token = issued.at("/status/token").asString();
    Answer who =
        send(
            anonymous,
            "POST",
            "/apis/authentication.k8s.io/v1/selfsubjectreviews",
            "{}",
            "Authorization",
            "Bearer " + token);
    assertThat(who.json().at("/status/userInfo/username").asString())
        .isEqualTo("system:serviceaccount:inside:robot");
  }

  @Test
  void hasThePrioritiesOfTheSystem() throws Exception {
    assertThat(
            get(admin, "/apis/scheduling.k8s.io/v1/priorityclasses/system-node-critical")
                .json()
                .path("value")
                .asInt())
        .isEqualTo(2_000_001_000);
  }

  @Test
  void saysWhyAPodCannotBeReached() throws Exception {
    assertThat(
            get(admin, "/api/v1/namespaces/default/pods/none/log")
                .json()
                .path("message")
                .asString())
        .isEqualTo("pods \"none\" not found");
  }

  @Test
  void countsRequestsByWhatIsServed() throws Exception {
    get(admin, "/api/v1/nodes");
    for (int i = 0; i < 5; i++) {
      get(admin, "/api/v1/unknown" + i);
      get(admin, "/unknown" + i);
    }
    String metrics = get(admin, "/metrics").text();
    assertThat(metrics).contains("apiserver_request_total").contains("resource=\"nodes\"");
    assertThat(metrics).doesNotContain("unknown");
    assertThat(metrics).contains("apiserver_request_duration_seconds_bucket");
    assertThat(metrics)
        .contains(
            "apiserver_current_inflight_requests{request_kind=\"readOnly\"} 1.0",
            "apiserver_storage_objects{resource=\"namespaces\"}",
            "apiserver_resource_objects{group=\"rbac.authorization.k8s.io\",resource=\"clusterroles\"}",
            "apiserver_admission_controller_admission_duration_seconds_bucket{name=\"NamespaceLifecycle\"",
            "apiserver_storage_size_bytes",
            "navarch_store_commit_duration_seconds_count",
            "navarch_store_commit_writes_sum",
            "navarch_store_written_bytes_total",
            "navarch_store_failed_writes_total 0.0",
            "navarch_store_compaction_duration_seconds_count",
            "navarch_store_revision ",
            "navarch_store_compacted_revision ",
            "navarch_watch_cache_lag_revisions 0.0",
            "process_cpu_seconds_total",
            "process_resident_memory_bytes",
            "process_open_fds");
    assertThat(metrics)
        .as("what a plugin does not do is not timed")
        .doesNotContain(
            "{name=\"NamespaceLifecycle\",operation=\"CREATE\",rejected=\"false\",type=\"validate\"");
    assertThat(metrics)
        .contains("component=\"apiserver\",dry_run=\"\",group=\"\",resource=\"nodes\"");
  }
}
