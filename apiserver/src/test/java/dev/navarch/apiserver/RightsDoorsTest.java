package dev.navarch.apiserver;

import static org.assertj.core.api.Assertions.assertThat;

import dev.navarch.apiserver.ServedApi.Answer;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/// Ways around rights that API servers have had, tried on this one: doors that must be shut, by
/// number.
@Timeout(60)
class RightsDoorsTest {
  @TempDir static Path folder;
  private static ServedApi api;

  @BeforeAll
  static void start() throws Exception {
    api = ServedApi.in(folder);
  }

  @AfterAll
  static void stop() {
    api.close();
  }

  /// Door 9, CVE-2019-11247, CVE-2022-3162: a custom resource is found in its own scope, and under
  /// its own name and group alone.
  @Test
  void aCustomResourceIsNotReachedThroughAnothersName() {
    for (String[] each :
        new String[][] {
          {"lamps", "light.example.com", "Cluster"},
          {"lampsextra", "light.example.com", "Namespaced"},
          {"lamps", "light.example.com.evil.org", "Namespaced"}
        }) {
      api.define(each[0], each[1], each[2], "");
    }
    String wide = "/apis/light.example.com/v1";
    assertThat(api.send("POST", wide + "/lamps", "{'metadata':{'name':'sun'}}").status())
        .isEqualTo(201);
    for (String path : List.of("/lamps", "/lamps/sun")) {
      assertThat(api.get(wide + "/namespaces/default" + path).status()).isEqualTo(404);
      assertThat(api.send("DELETE", wide + "/namespaces/default" + path, "").status())
          .isEqualTo(404);
    }
    String extra = wide + "/namespaces/default/lampsextra";
    String evil = "/apis/light.example.com.evil.org/v1/namespaces/default/lamps";
    assertThat(api.send("POST", extra, "{'metadata':{'name':'torch'}}").status()).isEqualTo(201);
    assertThat(api.send("POST", evil, "{'metadata':{'name':'match'}}").status()).isEqualTo(201);
    assertThat(api.get(wide + "/lampsextra/torch").status()).isEqualTo(404);
    assertThat(api.get(wide + "/lamps").text()).contains("sun").doesNotContain("torch", "match");
    assertThat(api.get(wide + "/lamps?limit=1").json().at("/metadata/continue").asString(""))
        .isEmpty();
    assertThat(api.get(wide + "/lampsextra").text())
        .contains("torch")
        .doesNotContain("sun", "match");
    assertThat(api.send("DELETE", wide + "/lamps", "").status()).isEqualTo(200);
    assertThat(api.get(extra + "/torch").status()).isEqualTo(200);
    assertThat(api.get(evil + "/match").status()).isEqualTo(200);
  }

  /// Door 17, CVE-2021-25735, CVE-2023-2727, CVE-2023-2728, CVE-2024-3177: admission sees what is
  /// stored, not what the caller says was there, and every container's sources.
  @Test
  void admissionSeesTheTrueOldObjectAndEveryContainer() {
    policy(
        "locked-nodes",
        "UPDATE",
        "nodes",
        "oldObject.metadata.?labels.?lock.orValue('') != 'on' ||"
            + " object.metadata.?labels.?lock.orValue('') == 'on'");
    policy(
        "no-bank",
        "CREATE\",\"UPDATE",
        "pods\",\"pods/ephemeralcontainers",
        "(object.spec.containers + object.spec.?initContainers.orValue([]) +"
            + " object.spec.?ephemeralContainers.orValue([])).all(c, c.?envFrom.orValue([]).all(e,"
            + " e.?secretRef.?name.orValue('') != 'bank'))");
    api.send("POST", "/api/v1/nodes", "{'metadata':{'name':'vault','labels':{'lock':'on'}}}");
    api.send(
        "POST", "/api/v1/namespaces/default/serviceaccounts", "{'metadata':{'name':'default'}}");
    api.send(
        "POST",
        "/api/v1/namespaces/default/pods",
        "{'metadata':{'name':'poor'},'spec':{'containers':[{'name':'c','image':'i'}]}}");
    org.awaitility.Awaitility.await().until(() -> unlock().status() == 422);
    assertThat(unlock().message()).contains("locked-nodes");
    assertThat(
            api.send(
                    "PUT",
                    "/api/v1/nodes/vault",
                    "{'metadata':{'name':'vault','labels':{'lock':'off'},'managedFields':[],"
                        + "'annotations':{'old':'{}'}}}")
                .status())
        .isEqualTo(422);
    org.awaitility.Awaitility.await().until(() -> rob("initContainers").status() == 422);
    assertThat(rob("containers").status()).isEqualTo(422);
    Answer ephemeral =
        api.send(
            "PATCH",
            "/api/v1/namespaces/default/pods/poor/ephemeralcontainers",
            "{'spec':{'ephemeralContainers':[{'name':'e','image':'i','envFrom':[{'secretRef':{'name':"
                + "'bank'}}]}]}}",
            "Content-Type",
            "application/strategic-merge-patch+json");
    assertThat(ephemeral.status()).as(ephemeral.text()).isEqualTo(422);
  }

  private static Answer unlock() {
    return api.send(
        "PATCH",
        "/api/v1/nodes/vault",
        "{'metadata':{'labels':{'lock':null}}}",
        "Content-Type",
        "application/merge-patch+json");
  }

  private static Answer rob(String list) {
    String thief = "{'name':'t','image':'i','envFrom':[{'secretRef':{'name':'bank'}}]}";
    String containers =
        list.equals("containers")
            ? "'containers':[" + thief + "]"
            : "'containers':[{'name':'c','image':'i'}],'" + list + "':[" + thief + "]";
    return api.send(
        "POST",
        "/api/v1/namespaces/default/pods",
        "{'metadata':{'generateName':'robber-'},'spec':{" + containers + "}}");
  }

  private static void policy(String name, String operations, String resources, String expression) {
    String path = "/apis/admissionregistration.k8s.io/v1/validatingadmissionpolic";
    Answer made =
        api.send(
            api.admin(),
            "POST",
            path + "ies",
            """
            {"metadata": {"name": "%s"}, "spec": {"failurePolicy": "Fail", "matchConstraints":
             {"resourceRules": [{"apiGroups": [""], "apiVersions": ["v1"], "operations": ["%s"],
             "resources": ["%s"]}]}, "validations": [{"expression": "%s"}]}}\
            """
                .formatted(name, operations, resources, expression));
    assertThat(made.status()).as(made.text()).isEqualTo(201);
    Answer bound =
        api.send(
            "POST",
            path + "ybindings",
            "{'metadata':{'name':'%1$s'},'spec':{'policyName':'%1$s','validationActions':['Deny']}}"
                .formatted(name));
    assertThat(bound.status()).as(bound.text()).isEqualTo(201);
  }

  /// Door 18: a node asks for tokens of what runs on it, bound to that, and for no others.
  @Test
  void aNodeGetsNoTokenButForItsOwnPods() {
    api.send(
        "POST", "/api/v1/namespaces/default/serviceaccounts", "{'metadata':{'name':'shared'}}");
    for (String node : List.of("n1", "n2")) {
      Answer pod =
          api.send(
              "POST",
              "/api/v1/namespaces/default/pods",
              ("{'metadata':{'name':'on-%1$s'},'spec':{'nodeName':'%1$s','serviceAccountName':'shared',"
                      + "'containers':[{'name':'c','image':'i'}]}}")
                  .formatted(node));
      assertThat(pod.status()).as(pod.text()).isEqualTo(201);
    }
    assertThat(token("on-n1").status()).isEqualTo(201);
    assertThat(token("on-n2").message())
        .contains("node requested token bound to a pod scheduled on a different node");
    assertThat(asNode("{'spec':{}}").message()).contains("node requested token not bound to a pod");
  }

  /// "no relationship found": the pod was known to its node before it was to the authorizer.
  @Test
  void aNodeReachesAtOnceWhatItsNewPodUses() {
    String path = "/api/v1/namespaces/default/";
    for (int each = 0; each < 40; each++) {
      String name = "fresh-" + each;
      api.send("POST", path + "configmaps", "{'metadata':{'name':'%s'}}".formatted(name));
      Answer pod =
          api.send(
              "POST",
              path + "pods",
              ("{'metadata':{'name':'%1$s'},'spec':{'nodeName':'n3','containers':[{'name':'c',"
                      + "'image':'i','envFrom':[{'configMapRef':{'name':'%1$s'}}]}]}}")
                  .formatted(name));
      assertThat(pod.status()).as(pod.text()).isEqualTo(201);
      Answer read =
          api.send(
              "GET",
              path + "configmaps/" + name,
              "",
              "Impersonate-User",
              "system:node:n3",
              "Impersonate-Group",
              "system:nodes");
      assertThat(read.status()).as(read.text()).isEqualTo(200);
    }
  }

  private static Answer token(String pod) {
    String uid =
        api.get("/api/v1/namespaces/default/pods/" + pod).json().at("/metadata/uid").asString("");
    return asNode(
        "{'spec':{'boundObjectRef':{'apiVersion':'v1','kind':'Pod','name':'%s','uid':'%s'}}}"
            .formatted(pod, uid));
  }

  private static Answer asNode(String body) {
    return api.send(
        "POST",
        "/api/v1/namespaces/default/serviceaccounts/shared/token",
        body,
        "Impersonate-User",
        "system:node:n1",
        "Impersonate-Group",
        "system:nodes");
  }
}
