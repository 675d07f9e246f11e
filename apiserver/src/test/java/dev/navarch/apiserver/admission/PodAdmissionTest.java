package dev.navarch.apiserver.admission;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.navarch.apiserver.admission.AdmissionPlugin.Request;
import io.fabric8.kubernetes.api.model.LimitRange;
import io.fabric8.kubernetes.api.model.Namespace;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.ResourceQuota;
import io.fabric8.kubernetes.api.model.ServiceAccount;
import io.fabric8.kubernetes.api.model.scheduling.v1.PriorityClass;
import java.util.Random;
import org.junit.jupiter.api.Test;

class PodAdmissionTest {
  private static final String POD =
      """
      apiVersion: v1
      kind: Pod
      metadata: {name: web, namespace: default}
      spec:
        containers:
        - {name: main, image: nginx}
      """;

  private static Request admitted(AdmissionPlugin plugin, String pod) {
    Request request = Asked.create(pod);
    plugin.admit(request);
    plugin.validate(request);
    return request;
  }

  private static String at(Request request, String pointer) {
    var value = request.content().at(pointer);
    return value.isValueNode() ? value.asString("") : value.toString();
  }

  @Test
  void nothingIsMadeInANamespaceThatIsNotThere() {
    var namespaces = FixedLister.of(Namespace.class);
    var plugin = new NamespaceLifecycle(namespaces);
    assertThatThrownBy(() -> admitted(plugin, POD)).hasMessage("namespaces \"default\" not found");
    namespaces.add(
        Namespace.class,
        "{apiVersion: v1, kind: Namespace, metadata: {name: default}, status: {phase:"
            + " Terminating}}");
    assertThatThrownBy(() -> admitted(plugin, POD))
        .hasMessage(
            "pods \"web\" is forbidden: unable to create new content in namespace default because"
                + " it is being terminated");
    Request delete =
        Asked.delete("{apiVersion: v1, kind: Namespace, metadata: {name: kube-system}}");
    assertThatThrownBy(() -> plugin.admit(delete))
        .hasMessage("namespaces \"kube-system\" is forbidden: this namespace may not be deleted");
  }

  @Test
  void podsGetAnAccountAndItsToken() {
    var accounts = FixedLister.of(ServiceAccount.class);
    // The account of a new namespace arrives while the first pod waits for it.
    Runnable pause =
        () ->
            accounts.add(
                ServiceAccount.class,
                "{apiVersion: v1, kind: ServiceAccount, metadata: {name: default, namespace:"
                    + " default}, imagePullSecrets: [{name: pull}]}");
    var plugin = new ServiceAccountAdmission(accounts, new Random(1), pause);
    Request request = admitted(plugin, POD);
    String volume = at(request, "/spec/volumes/0/name");
    assertThat(at(request, "/spec/serviceAccountName")).isEqualTo("default");
    assertThat(at(request, "/spec/serviceAccount")).isEqualTo("default");
    assertThat(volume).matches("kube-api-access-[a-z0-9]{5}");
    assertThat(at(request, "/spec/volumes/0/projected/sources/0/serviceAccountToken"))
        .isEqualTo("{\"expirationSeconds\":3607,\"path\":\"token\"}");
    assertThat(at(request, "/spec/containers/0/volumeMounts"))
        .isEqualTo(
            "[{\"name\":\"%s\",\"readOnly\":true,\"mountPath\":\"/var/run/secrets/kubernetes.io/serviceaccount\"}]"
                .formatted(volume));
    assertThat(at(request, "/spec/imagePullSecrets/0/name")).isEqualTo("pull");
  }

  @Test
  void aPodThatWantsNoTokenGetsNone() {
    var accounts =
        FixedLister.of(
            ServiceAccount.class,
            "{apiVersion: v1, kind: ServiceAccount, metadata: {name: default, namespace:"
                + " default}}");
    var plugin = new ServiceAccountAdmission(accounts, new Random(1), () -> {});
    Request request = admitted(plugin, POD + "  automountServiceAccountToken: false\n");
    assertThat(at(request, "/spec/volumes")).isEmpty();
    assertThatThrownBy(() -> admitted(plugin, POD + "  serviceAccountName: robot\n"))
        .hasMessage(
            "pods \"web\" is forbidden: error looking up service account default/robot:"
                + " serviceaccount \"robot\" not found");
  }

  @Test
  void priorityComesFromClasses() {
    var plugin =
        new Priority(
            FixedLister.of(
                PriorityClass.class,
                "{apiVersion: scheduling.k8s.io/v1, kind: PriorityClass, metadata: {name: high},"
                    + " value: 1000}"));
    assertThat(at(admitted(plugin, POD), "/spec/priority")).isEqualTo("0");
    assertThat(at(admitted(plugin, POD + "  priorityClassName: high\n"), "/spec/priority"))
        .isEqualTo("1000");
    assertThat(
            at(
                admitted(plugin, POD + "  priorityClassName: system-node-critical\n"),
                "/spec/priority"))
        .isEqualTo("2000001000");
    assertThatThrownBy(() -> admitted(plugin, POD + "  priorityClassName: low\n"))
        .hasMessage("pods \"web\" is forbidden: no PriorityClass with name low was found");
  }

  @Test
  void podsBearAnUnreachableNodeForFiveMinutes() {
    Request request =
        admitted(
            new DefaultTolerationSeconds(),
            POD + "  tolerations: [{key: node.kubernetes.io/not-ready, operator: Exists}]\n");
    assertThat(request.content().at("/spec/tolerations").size()).isEqualTo(2);
    assertThat(at(request, "/spec/tolerations/1/key")).isEqualTo("node.kubernetes.io/unreachable");
    assertThat(at(request, "/spec/tolerations/1/tolerationSeconds")).isEqualTo("300");
  }

  @Test
  void limitRangesFillInAndRefuse() {
    var plugin =
        new LimitRanger(
            FixedLister.of(
                LimitRange.class,
                "{apiVersion: v1, kind: LimitRange, metadata: {name: l, namespace: default}, spec:"
                    + " {limits: [{type: Container, default: {cpu: 200m}, defaultRequest: {cpu:"
                    + " 100m}, max: {cpu: 500m}}]}}"));
    Request request = admitted(plugin, POD);
    assertThat(at(request, "/spec/containers/0/resources/requests/cpu")).isEqualTo("100m");
    assertThat(at(request, "/spec/containers/0/resources/limits/cpu")).isEqualTo("200m");
    assertThat(request.content().at("/metadata/annotations").toString())
        .contains(
            "LimitRanger plugin set: cpu request for container main; cpu limit for container main");
    String greedy = POD.replace("image: nginx", "image: nginx, resources: {limits: {cpu: 1}}");
    assertThatThrownBy(() -> admitted(plugin, greedy))
        .hasMessage(
            "pods \"web\" is forbidden: [maximum cpu usage per Container is 500m, but limit is 1,"
                + " maximum cpu usage per Container is 500m, but request is 1]");
  }

  @Test
  void quotasCountWhatIsThereAndWhatIsComing() {
    var pods = FixedLister.of(Pod.class, POD.replace("name: web", "name: old"));
    var quotas =
        FixedLister.of(
            ResourceQuota.class,
            "{apiVersion: v1, kind: ResourceQuota, metadata: {name: few, namespace: default},"
                + " spec: {hard: {pods: 2}}}");
    var plugin = new ResourceQuotaAdmission(quotas, kind -> pods, new MemoryClaims());
    admitted(plugin, POD.replace("name: web", "name: second"));
    assertThatThrownBy(() -> admitted(plugin, POD))
        .hasMessage(
            "pods \"web\" is forbidden: exceeded quota: few, requested: pods=1, used: pods=2,"
                + " limited: pods=2");
  }

  @Test
  void whoReplacesAPodKeepsItsRank() {
    var plugin = new Priority(FixedLister.of(PriorityClass.class));
    Request update = Asked.update(POD + "  priority: 7\n  preemptionPolicy: Never\n", POD);
    plugin.admit(update);
    assertThat(at(update, "/spec/priority")).isEqualTo("7");
    assertThat(at(update, "/spec/preemptionPolicy")).isEqualTo("Never");
  }

  @Test
  void quotasOfResourcesMakeContainersSpeak() {
    var quotas =
        FixedLister.of(
            ResourceQuota.class,
            "{apiVersion: v1, kind: ResourceQuota, metadata: {name: cpu, namespace: default},"
                + " spec: {hard: {requests.cpu: 1}}}");
    var plugin =
        new ResourceQuotaAdmission(quotas, kind -> FixedLister.of(Pod.class), new MemoryClaims());
    assertThatThrownBy(() -> admitted(plugin, POD))
        .hasMessage(
            "pods \"web\" is forbidden: failed quota: cpu: must specify requests.cpu for: main");
    String greedy = POD.replace("image: nginx", "image: nginx, resources: {requests: {cpu: 2}}");
    assertThatThrownBy(() -> admitted(plugin, greedy))
        .hasMessage(
            "pods \"web\" is forbidden: exceeded quota: cpu, requested: requests.cpu=2, used:"
                + " requests.cpu=0, limited: requests.cpu=1");
    assertThatThrownBy(() -> admitted(plugin, POD + "  resources: {requests: {cpu: 2}}\n"))
        .hasMessageContaining("exceeded quota: cpu, requested: requests.cpu=2");
    admitted(plugin, POD + "  resources: {requests: {cpu: 1}}\n");
  }

  /// A resize is no way around what a pod may have.
  @Test
  void quotasAndLimitRangesHoldForResizesToo() {
    String before = POD.replace("image: nginx", "image: nginx, resources: {requests: {cpu: 1}}");
    Request grown =
        Asked.byNode(
            "n", AdmissionPlugin.Operation.UPDATE, "resize", before, before.replace("1}}", "3}}"));
    var quota =
        new ResourceQuotaAdmission(
            FixedLister.of(
                ResourceQuota.class,
                "{apiVersion: v1, kind: ResourceQuota, metadata: {name: cpu, namespace: default},"
                    + " spec: {hard: {requests.cpu: 2}}}"),
            kind -> FixedLister.of(Pod.class, before),
            new MemoryClaims());
    assertThatThrownBy(() -> quota.validate(grown))
        .hasMessageContaining(
            "exceeded quota: cpu, requested: requests.cpu=2, used: requests.cpu=1");
    var range =
        new LimitRanger(
            FixedLister.of(
                LimitRange.class,
                "{apiVersion: v1, kind: LimitRange, metadata: {name: l, namespace: default}, spec:"
                    + " {limits: [{type: Pod, max: {cpu: 2}}]}}"));
    assertThatThrownBy(() -> range.validate(grown))
        .hasMessageContaining("maximum cpu usage per Pod");
  }
}
