package dev.navarch.apiserver.admission;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.navarch.apiserver.AdminApi;
import dev.navarch.apiserver.AdminApi.Answer;
import java.nio.file.Path;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// Quotas tell how much of them is used, as conformance tests ask: at once, and of every kind.
final class QuotaStatusesTest {
  private static final String DEFAULT = "/api/v1/namespaces/default/";
  @TempDir static Path folder;
  private static AdminApi api;

  @BeforeAll
  static void start() throws Exception {
    api = AdminApi.start(folder);
    api.post(DEFAULT + "serviceaccounts", "{metadata: {name: default}}");
  }

  @AfterAll
  static void stop() {
    api.close();
  }

  private static void quota(String name, String spec) {
    Answer made =
        api.post(
            DEFAULT + "resourcequotas", "{metadata: {name: %s}, spec: %s}".formatted(name, spec));
    assertThat(made.status()).as(made.message()).isEqualTo(201);
  }

  private static void uses(String quota, String used) {
    await()
        .untilAsserted(
            () ->
                assertThat(
                        api.send("GET", DEFAULT + "resourcequotas/" + quota, "")
                            .at("/status/used")
                            .toString())
                    .isEqualTo(used));
  }

  private static void made(Answer answer) {
    assertThat(answer.status()).as(answer.message()).isEqualTo(201);
  }

  @Test
  void countsWhatComesAndGoes() {
    quota("counts", "{hard: {configmaps: 5, count/deployments.apps: 2, services.nodeports: 1}}");
    uses(
        "counts",
        "{\"configmaps\":\"0\",\"count/deployments.apps\":\"0\",\"services.nodeports\":\"0\"}");
    made(api.post(DEFAULT + "configmaps", "{metadata: {name: one}}"));
    made(
        api.post(
            DEFAULT + "services",
            "{metadata: {name: np}, spec: {type: NodePort, ports: [{port: 80}]}}"));
    uses(
        "counts",
        "{\"configmaps\":\"1\",\"count/deployments.apps\":\"0\",\"services.nodeports\":\"1\"}");
    api.send("DELETE", DEFAULT + "configmaps/one", "");
    api.send("DELETE", DEFAULT + "services/np", "");
    uses(
        "counts",
        "{\"configmaps\":\"0\",\"count/deployments.apps\":\"0\",\"services.nodeports\":\"0\"}");
    api.send("DELETE", DEFAULT + "resourcequotas/counts", "");
  }

  @Test
  void addsUpWhatPodsAskForWithinItsScope() {
    quota("sums", "{hard: {pods: 5, requests.cpu: 2}, scopes: [NotTerminating]}");
    String pod =
        "{metadata: {name: %s}, spec: {%s containers: [{name: c, image: i, resources: {requests:"
            + " {cpu: 300m}}}]}}";
    made(api.post(DEFAULT + "pods", pod.formatted("a", "")));
    made(api.post(DEFAULT + "pods", pod.formatted("b", "activeDeadlineSeconds: 60,")));
    made(api.post(DEFAULT + "pods", pod.formatted("c", "")));
    uses("sums", "{\"pods\":\"2\",\"requests.cpu\":\"600m\"}");
    api.send("DELETE", DEFAULT + "resourcequotas/sums", "");
  }

  @Test
  void followsItsSpecAndMendsItsStatus() {
    quota("mended", "{hard: {secrets: 5}}");
    uses("mended", "{\"secrets\":\"0\"}");
    Answer patched =
        api.send(
            "PATCH",
            DEFAULT + "resourcequotas/mended/status",
            "{status: {hard: {secrets: 7}, used: {secrets: 6}}}");
    assertThat(patched.at("/status/hard/secrets").asString("")).isEqualTo("7");
    uses("mended", "{\"secrets\":\"0\"}");
    api.send(
        "PATCH",
        DEFAULT + "resourcequotas/mended",
        "{spec: {hard: {secrets: null, configmaps: 9}}}");
    await()
        .untilAsserted(
            () ->
                assertThat(
                        api.send("GET", DEFAULT + "resourcequotas/mended", "")
                            .at("/status/hard")
                            .toString())
                    .isEqualTo("{\"configmaps\":\"9\"}"));
    api.send("DELETE", DEFAULT + "resourcequotas/mended", "");
  }

  @Test
  void countsCustomKinds() {
    made(
        api.post(
            "/apis/apiextensions.k8s.io/v1/customresourcedefinitions",
            """
            metadata: {name: boats.example.com}
            spec:
              group: example.com
              scope: Namespaced
              names: {plural: boats, kind: Boat}
              versions:
              - {name: v1, served: true, storage: true, schema: {openAPIV3Schema: {type: object}}}
            """));
    String boats = "/apis/example.com/v1/namespaces/default/boats";
    await().until(() -> api.send("GET", boats, "").status() == 200);
    quota("boats", "{hard: {count/boats.example.com: 1}}");
    uses("boats", "{\"count/boats.example.com\":\"0\"}");
    made(api.post(boats, "{apiVersion: example.com/v1, kind: Boat, metadata: {name: argo}}"));
    uses("boats", "{\"count/boats.example.com\":\"1\"}");
    assertThat(
            api.post(boats, "{apiVersion: example.com/v1, kind: Boat, metadata: {name: two}}")
                .status())
        .isEqualTo(403);
    api.send("DELETE", DEFAULT + "resourcequotas/boats", "");
  }
}
