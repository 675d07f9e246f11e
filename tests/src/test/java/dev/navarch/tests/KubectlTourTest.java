package dev.navarch.tests;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInfo;

/// The whole of what people do with kubectl, as it was reviewed: every command with all that it
/// prints, by version.
@WithKubectls
class KubectlTourTest {
  private static final String SETTINGS =
      """
      apiVersion: v1
      kind: ConfigMap
      metadata: {name: settings, labels: {app: shop}}
      data: {color: %s}
      """;

  private static final String WEB =
      """
      apiVersion: apps/v1
      kind: Deployment
      metadata: {name: web, labels: {app: web}}
      spec:
        replicas: %d
        selector: {matchLabels: {app: web}}
        template:
          metadata: {labels: {app: web}}
          spec:
            containers:
            - {name: web, image: "example/web:1", ports: [{containerPort: 80}]}
      """;

  private static final String DEFINITION =
      """
      apiVersion: apiextensions.k8s.io/v1
      kind: CustomResourceDefinition
      metadata: {name: shipsMINOR.sea.example}
      spec:
        group: sea.example
        scope: Namespaced
        names: {plural: shipsMINOR, singular: shipMINOR, kind: ShipMINOR, shortNames: [shMINOR]}
        versions:
        - name: v1
          served: true
          storage: true
          subresources: {status: {}}
          additionalPrinterColumns:
          - {name: Masts, type: integer, jsonPath: .spec.masts}
          - {name: Port, type: string, jsonPath: .spec.port, priority: 1}
          - {name: Age, type: date, jsonPath: .metadata.creationTimestamp}
          schema:
            openAPIV3Schema:
              type: object
              description: A ship.
              properties:
                spec:
                  type: object
                  description: How it is built.
                  properties:
                    masts: {type: integer, minimum: 1, description: How many masts it has.}
                    port: {type: string}
      """;

  private static final String SHIP =
      """
      apiVersion: sea.example/v1
      kind: ShipMINOR
      metadata: {name: argo}
      spec: {masts: %s, port: iolcus}
      """;

  /// Whose order changes with the second in which they wrote.
  private static final String OWNERS = "(?m)^  managedFields:\\n(?:  - .*\\n|    .*\\n)+";

  private final Kubectls.Binary binary;
  private final TestCluster cluster;
  private Kubectl kubectl;
  private Tour tour;

  KubectlTourTest(Kubectls.Binary binary, TestCluster cluster) {
    this.binary = binary;
    this.cluster = cluster;
    this.kubectl = new Kubectl(binary, Path.of("."), "");
    this.tour = new Tour(kubectl);
  }

  @BeforeEach
  void enterNamespace(TestInfo test) {
    kubectl = cluster.kubectl(binary, "tour-" + test.getTestMethod().orElseThrow().getName());
    tour = new Tour(kubectl);
  }

  private String mine(String text) {
    return text.replace("MINOR", Integer.toString(binary.minor()));
  }

  private void check(String name) {
    Golden.check(
        "tour-" + name,
        kubectl,
        tour.text()
            .replaceAll(OWNERS, "")
            .replaceAll(
                "Invalid value: \"(\\{.*\\}|map\\[.*])\": strict", "Invalid value: OBJECT: strict")
            .replaceAll("pods: \\d+/20", "pods: USED/20")
            .replace(mine("shipsMINOR"), "SHIPS")
            .replace(mine("shipMINOR"), "SHIP")
            .replace(mine("ShipMINOR"), "Ship")
            .replace(mine("shMINOR"), "SH")
            .replaceAll("/tmp/(LIVE|MERGED)-\\d+", "/tmp/$1"));
  }

  @Test
  void writes() {
    tour.feed(SETTINGS.formatted("red"), "apply", "-f", "-", "--dry-run=client");
    tour.feed(SETTINGS.formatted("red"), "apply", "-f", "-", "--dry-run=server");
    tour.feed(SETTINGS.formatted("red"), "apply", "-f", "-");
    tour.feed(SETTINGS.formatted("red"), "apply", "-f", "-");
    Kubectl.Answer diff = kubectl.run(SETTINGS.formatted("blue"), "diff", "-f", "-");
    assertThat(diff.exit()).isEqualTo(1);
    tour.note(
        diff.command(),
        diff.out()
            .lines()
            .filter(line -> line.startsWith("+  color") || line.startsWith("-  color"))
            .reduce("", (all, line) -> all + line + "\n"));
    tour.feed(SETTINGS.formatted("blue"), "apply", "-f", "-");
    tour.feed(SETTINGS.formatted("green"), "replace", "-f", "-");
    tour.feed(SETTINGS.formatted("grey"), "replace", "-f", "-", "--force");
    tour.with(kubectl.editingWith("sed -i s/color:.grey/color:\\ pink/"));
    tour.run("edit", "configmap", "settings");
    tour.with(kubectl.editingWith("true"));
    tour.run("edit", "configmap", "settings");
    tour.with(kubectl);
    tour.run("patch", "cm", "settings", "-p", "{\"data\":{\"size\":\"1\"}}");
    tour.run("patch", "cm", "settings", "--type=merge", "-p", "{\"data\":{\"size\":\"1\"}}");
    tour.run(
        "patch",
        "cm",
        "settings",
        "--type=json",
        "-p",
        "[{\"op\":\"remove\",\"path\":\"/data/size\"}]");
    tour.run(
        "patch", "cm", "settings", "--type=json", "-p", "[{\"op\":\"remove\",\"path\":\"/x\"}]");
    tour.run("label", "cm", "settings", "tier=front");
    tour.run("label", "cm", "settings", "tier=back");
    tour.run("label", "cm", "settings", "tier=back", "--overwrite");
    tour.run("label", "cm", "settings", "tier-");
    tour.run("annotate", "cm", "settings", "note=hello");
    tour.run("annotate", "cm", "settings", "note-");
    tour.run("get", "cm", "settings", "-o", "yaml");
    tour.feed(SETTINGS.formatted("red"), "create", "-f", "-");
    tour.run("delete", "cm", "settings", "--dry-run=server");
    tour.run("delete", "cm", "settings");
    tour.run("delete", "cm", "settings");
    tour.run("delete", "cm", "settings", "--ignore-not-found");
    check("writes");
  }

  @Test
  void appliesOnTheServer() {
    tour.feed(WEB.formatted(0), "apply", "--server-side", "-f", "-");
    tour.feed(WEB.formatted(0), "apply", "--server-side", "-f", "-", "--dry-run=server");
    tour.feed(WEB.formatted(1), "apply", "--server-side", "-f", "-", "--field-manager=ops");
    tour.feed(
        WEB.formatted(0).replace("web:1", "web:2"),
        "apply",
        "--server-side",
        "-f",
        "-",
        "--field-manager=ops",
        "--force-conflicts");
    tour.run(
        "get",
        "deploy",
        "web",
        "-o",
        "jsonpath={range .metadata.managedFields[?(@.operation==\"Apply\")]}{.manager} {end}");
    tour.feed(WEB.formatted(0).replace("replicas", "replicaz"), "apply", "-f", "-");
    tour.feed(
        WEB.formatted(0).replace("replicas", "replicaz"),
        "apply",
        "--server-side",
        "-f",
        "-",
        "--validate=false");
    if (binary.minor() >= 25) {
      tour.feed(
          WEB.formatted(0).replace("replicas", "replicaz"),
          "apply",
          "-f",
          "-",
          "--validate=strict");
      tour.feed(
          WEB.formatted(0).replace("replicas", "replicaz"), "apply", "-f", "-", "--validate=warn");
    }
    check("server-side-apply");
  }

  @Test
  void creates() {
    String all = kubectl.namespace();
    tour.run("create", "clusterrole", all, "--verb=get,list", "--resource=pods,pods/status");
    tour.run("create", "clusterrole", all + "-2", "--verb=get", "--non-resource-url=/logs/*");
    tour.run("create", "clusterrolebinding", all, "--clusterrole=view", "--user=u", "--group=g");
    tour.run("create", "configmap", "c", "--from-literal=a=b");
    tour.run(
        "create", "cronjob", "cj", "--image=example/i:1", "--schedule=0 0 1 1 *", "--", "work");
    tour.run("create", "deployment", "d", "--image=example/i:1", "--replicas=0", "--port=80");
    tour.run("create", "ingress", "i", "--rule=a.example/*=web:80,tls=cert", "--class=c");
    tour.run("create", "job", "j", "--image=example/i:1", "--", "work");
    tour.run("create", "namespace", all + "-more");
    tour.run("create", "poddisruptionbudget", "p", "--selector=app=web", "--min-available=50%");
    tour.run("create", "priorityclass", all, "--value=7", "--description=seven");
    tour.run("create", "quota", "q", "--hard=pods=20,cpu=1", "--scopes=BestEffort");
    tour.run("create", "quota", "q", "--hard=pods=20", "--scopes=BestEffort");
    tour.run("create", "quota", "q", "--hard=pods=20");
    tour.run("create", "role", "r", "--verb=*", "--resource=deployments.apps");
    tour.run("create", "rolebinding", "rb", "--role=r", "--serviceaccount=default:x");
    tour.run("create", "secret", "generic", "s", "--from-literal=a=b", "--type=example/t");
    tour.run(
        "create",
        "secret",
        "docker-registry",
        "dr",
        "--docker-username=u",
        "--docker-password=p",
        "--docker-email=e");
    tour.run("create", "service", "clusterip", "ci", "--tcp=80:8080");
    tour.run("create", "service", "clusterip", "headless", "--clusterip=None");
    tour.run("create", "service", "nodeport", "np", "--tcp=80");
    tour.run("create", "service", "loadbalancer", "lb", "--tcp=80");
    tour.run("create", "service", "externalname", "en", "--external-name=a.example");
    tour.run("create", "serviceaccount", "sa");
    tour.run("create", "configmap", "c");
    tour.run("create", "configmap", "Bad_Name");
    tour.run("create", "deployment", "x", "--image=i", "--dry-run=server", "-o", "name");
    tour.run("create", "job", "j2", "--from=cronjob/cj");
    tour.run("run", "one", "--image=example/i:1", "--restart=Never", "--labels=a=b", "--env=A=B");
    tour.run("expose", "deployment", "d", "--port=80", "--name=exposed");
    tour.run("autoscale", "deployment", "d", "--min=1", "--max=3", "--cpu-percent=80");
    tour.run(
        "get",
        "cm,secret,deploy,hpa,cronjob,ingress,pdb,quota,role,rolebinding,sa,svc",
        "-o",
        "name");
    tour.run("get", "ingress,svc,quota,rolebinding", "-o", "wide");
    tour.run("delete", "namespace", all + "-more");
    check("creates");
  }

  @Test
  void reads() {
    kubectl.apply(SETTINGS.formatted("red"));
    kubectl.apply(SETTINGS.formatted("blue").replace("name: settings", "name: more"));
    kubectl.apply(WEB.formatted(2));
    kubectl.ok("wait", "--for=condition=Available", "deployment/web", "--timeout=30s");
    tour.run("get", "cm,deploy");
    tour.run("get", "deploy", "-o", "wide");
    tour.run("get", "cm", "--show-labels");
    tour.run("get", "cm", "-L", "app", "--no-headers");
    tour.run("get", "cm", "-l", "app=shop", "-o", "name");
    tour.run("get", "cm", "-l", "app notin (shop)", "-o", "name");
    tour.run("get", "cm", "--field-selector=metadata.name=more", "-o", "name");
    tour.run("get", "cm", "--chunk-size=1", "-o", "name");
    tour.run("get", "cm", "--sort-by=.data.color", "-l", "app=shop", "--no-headers");
    tour.run("get", "cm", "more", "-o", "json");
    tour.run("get", "cm", "more", "-o", "yaml");
    tour.run("get", "cm", "-l", "app=shop", "-o", "jsonpath={.items[*].data.color}");
    tour.run("get", "cm", "more", "-o", "jsonpath-as-json={.data}");
    tour.run("get", "cm", "more", "-o", "go-template={{.data.color}}");
    tour.run("get", "cm", "-o", "custom-columns=NAME:.metadata.name,COLOR:.data.color");
    tour.run("get", "cm", "nope");
    tour.run("get", "cm", "-n", "nowhere");
    tour.run("get", "nopes");
    tour.run("wait", "--for=condition=Available", "deployment/web");
    tour.run("wait", "--for=condition=Ready", "pod", "-l", "app=web");
    tour.run("wait", "--for=condition=Ready", "pod/nope", "--timeout=1s");
    tour.run("wait", "--for=condition=Never", "deployment/web", "--timeout=0s");
    check("reads");
  }

  @Test
  void watches() {
    List<String> command =
        List.of("get", "cm", "--field-selector=metadata.name=seen", "-w", "--output-watch-events");
    try (Kubectl.Running watch = kubectl.start("", command.toArray(String[]::new))) {
      await()
          .until(
              () -> {
                kubectl.run("", "create", "cm", "seen", "--from-literal=a=1");
                return watch.said().contains("seen");
              });
      kubectl.ok("label", "cm", "seen", "x=y");
      kubectl.ok("delete", "cm", "seen");
      await().until(() -> watch.said().contains("DELETED"));
      tour.note(command, watch.said());
    }
    check("watches");
  }

  @Test
  void discovers() {
    tour.run("api-versions");
    for (String group : List.of("", "apps", "batch", "networking.k8s.io", "storage.k8s.io")) {
      tour.run("api-resources", "--api-group=" + group, "-o", "wide", "--no-headers");
    }
    tour.run("api-resources", "--verbs=create", "--namespaced=false", "-o", "name");
    tour.run("explain", "configmap");
    tour.run("explain", "deployment.spec.strategy");
    tour.run("explain", "deployment.spec.strategy", "--recursive");
    tour.run("explain", "pod.spec.containers.imagePullPolicy");
    tour.run("explain", "pod.nope");
    tour.run("auth", "can-i", "create", "pods");
    tour.run("auth", "can-i", "create", "pods", "--as=nobody");
    check("discovers");
  }

  @Test
  void customKinds() {
    tour.feed(mine(DEFINITION), "apply", "-f", "-");
    tour.run("wait", "--for=condition=Established", mine("crd/shipsMINOR.sea.example"));
    await().until(() -> kubectl.run("", "get", mine("shMINOR")).exit() == 0);
    tour.feed(mine(SHIP).formatted(1), "apply", "-f", "-");
    tour.feed(mine(SHIP).formatted(1), "apply", "-f", "-");
    tour.feed(mine(SHIP).formatted(2), "apply", "-f", "-");
    tour.feed(mine(SHIP).formatted(0), "apply", "-f", "-", "--validate=false");
    tour.feed(mine(SHIP).formatted(3), "apply", "--server-side", "-f", "-", "--force-conflicts");
    tour.run("get", mine("shipsMINOR"));
    tour.run("get", mine("shMINOR"), "-o", "wide");
    tour.run("get", mine("shipMINOR"), "argo", "-o", "jsonpath={.spec}");
    tour.run("label", mine("shMINOR"), "argo", "sea=black");
    tour.run("patch", mine("shMINOR"), "argo", "--type=merge", "-p", "{\"spec\":{\"masts\":4}}");
    tour.run("patch", mine("shMINOR"), "argo", "-p", "{\"spec\":{\"masts\":4}}");
    tour.run("api-resources", "--api-group=sea.example", "--no-headers", "-o", "name");
    tour.run("explain", mine("shipMINOR.spec"));
    tour.run("delete", mine("shMINOR"), "argo");
    tour.run("delete", "crd", mine("shipsMINOR.sea.example"));
    tour.run("get", mine("shipsMINOR"));
    check("custom");
  }
}
