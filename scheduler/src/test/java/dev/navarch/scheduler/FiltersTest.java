package dev.navarch.scheduler;

import static dev.navarch.scheduler.Situation.pod;
import static org.assertj.core.api.Assertions.assertThat;

import dev.navarch.client.Key;
import dev.navarch.scheduler.plugins.InterPodAffinity;
import dev.navarch.scheduler.plugins.NodeAffinity;
import dev.navarch.scheduler.plugins.NodePorts;
import dev.navarch.scheduler.plugins.NodeResourcesFit;
import dev.navarch.scheduler.plugins.NodeUnschedulable;
import dev.navarch.scheduler.plugins.NodeVolumeLimits;
import dev.navarch.scheduler.plugins.PodTopologySpread;
import dev.navarch.scheduler.plugins.TaintToleration;
import dev.navarch.scheduler.plugins.VolumeBinding;
import dev.navarch.scheduler.plugins.VolumeRestrictions;
import dev.navarch.scheduler.plugins.VolumeZone;
import io.fabric8.kubernetes.api.model.PersistentVolume;
import io.fabric8.kubernetes.api.model.PersistentVolumeClaim;
import io.fabric8.kubernetes.api.model.storage.CSIDriver;
import io.fabric8.kubernetes.api.model.storage.CSINode;
import io.fabric8.kubernetes.api.model.storage.CSIStorageCapacity;
import io.fabric8.kubernetes.api.model.storage.StorageClass;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class FiltersTest {
  private static final String PORT_80 =
      "{'containers':[{'name':'c','image':'i','ports':[{'containerPort':80,'hostPort':80,'hostIP':'%s','protocol':'%s'}]}]}";

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '"',
      value = {
        "'cpu':'1'             | ",
        "'cpu':'3500m'         | Insufficient cpu",
        "'cpu':'9','memory':'9Gi' | Insufficient cpu, Insufficient memory",
        "'example.com/gpu':'1' | Insufficient example.com/gpu",
        "'cpu':'0'             | ",
      })
  void resources(String requests, String reasons) {
    var cluster = new Situation().node("a", "").pod("a", pod("big", "1", 0));

    var pod = pod("p", "", Situation.asking(requests, 0));

    assertThat(cluster.reasons(new NodeResourcesFit(), pod, "a"))
        .isEqualTo(reasons == null ? List.of() : List.of(reasons.split(", ")));
  }

  @Test
  void aNodeTakesNoMorePodsThanItAllows() {
    var cluster = new Situation().node("a", "");
    for (int i = 0; i < 10; i++) {
      cluster.pod("a", pod("p" + i));
    }

    assertThat(cluster.reasons(new NodeResourcesFit(), pod("one-more"), "a"))
        .containsExactly("Too many pods");
  }

  @Test
  void onlyWhatTheNodeHasAtAllCanBeFreedByRemovingPods() {
    var cluster = new Situation().node("a", "").pod("a", pod("big", "3", 0));
    NodeView node = cluster.snapshot().node("a").orElseThrow();
    var fit = new NodeResourcesFit();

    assertThat(fit.filter(pod("p", "2", 0), node)).isInstanceOf(Verdict.Crowded.class);
    assertThat(fit.filter(pod("p", "5", 0), node)).isInstanceOf(Verdict.Unfit.class);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '"',
      value = {
        "{'containers':[{'name':'a','resources':{'requests':{'cpu':'1'}}},{'name':'b','resources':{'requests':{'cpu':'2'}}}]}"
            + " | 3000",
        "{'containers':[{'name':'a','resources':{'requests':{'cpu':'1'}}}],'initContainers':[{'name':'i','resources':{'requests':{'cpu':'4'}}}]}"
            + " | 4000",
        "{'containers':[{'name':'a','resources':{'requests':{'cpu':'1'}}}],'initContainers':[{'name':'s','restartPolicy':'Always','resources':{'requests':{'cpu':'2'}}}]}"
            + " | 3000",
        "{'containers':[{'name':'a','resources':{'requests':{'cpu':'1'}}}],'overhead':{'cpu':'250m'}}"
            + " | 1250",
        "{'containers':[{'name':'a','resources':{'requests':{'cpu':'1'}}}],'resources':{'requests':{'cpu':'1500m'}}}"
            + " | 1500",
      })
  void requestsAreThoseOfTheWholePod(String spec, long millicores) {
    assertThat(pod("p", "", spec).requests().get(Amounts.CPU)).isEqualTo(millicores);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '"',
      value = {
        "NoSchedule       | {'key':'team','operator':'Equal','value':'blue'}                     |"
            + " true",
        "NoSchedule       | {'key':'team','value':'blue','effect':'NoExecute'}                   |"
            + " false",
        "NoExecute        | {'key':'team','operator':'Exists','effect':'NoExecute'}              |"
            + " true",
        "NoSchedule       | {'operator':'Exists'}                                                |"
            + " true",
        "NoSchedule       | {'key':'team','value':'red'}                                         |"
            + " false",
        "PreferNoSchedule | {'key':'other','operator':'Exists'}                                  |"
            + " true",
      })
  void taints(String effect, String toleration, boolean fits) {
    var cluster =
        new Situation()
            .node(
                "a",
                "",
                "{'taints':[{'key':'team','value':'blue','effect':'%s'}]}".formatted(effect));

    assertThat(
            cluster.reasons(
                new TaintToleration(),
                pod("p", "", "{'tolerations':[%s]}".formatted(toleration)),
                "a"))
        .isEqualTo(fits ? List.of() : List.of("node(s) had untolerated taint(s)"));
  }

  @Test
  void cordonedNodes() {
    var cluster = new Situation().node("a", "", "{'unschedulable':true}");
    var tolerant =
        "{'tolerations':[{'key':'node.kubernetes.io/unschedulable','operator':'Exists'}]}";

    assertThat(cluster.reasons(new NodeUnschedulable(), pod("p"), "a"))
        .containsExactly("node(s) were unschedulable");
    assertThat(cluster.reasons(new NodeUnschedulable(), pod("p", "", tolerant), "a")).isEmpty();
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '"',
      value = {
        "{'key':'disk','operator':'In','values':['ssd','nvme']} | true",
        "{'key':'disk','operator':'NotIn','values':['ssd']}     | false",
        "{'key':'gpu','operator':'NotIn','values':['a']}        | true",
        "{'key':'disk','operator':'Exists'}                     | true",
        "{'key':'gpu','operator':'DoesNotExist'}                | true",
        "{'key':'cores','operator':'Gt','values':['7']}         | true",
        "{'key':'cores','operator':'Lt','values':['8']}         | false",
        "{'key':'disk','operator':'Gt','values':['7']}          | false",
      })
  void nodeAffinity(String requirement, boolean fits) {
    var cluster = new Situation().node("a", "disk=ssd,cores=8");
    var spec =
        ("{'affinity':{'nodeAffinity':{'requiredDuringSchedulingIgnoredDuringExecution':"
                + "{'nodeSelectorTerms':[{'matchExpressions':[%s]}]}}}}")
            .formatted(requirement);

    assertThat(cluster.reasons(new NodeAffinity(), pod("p", "", spec), "a"))
        .isEqualTo(fits ? List.of() : List.of("node(s) didn't match Pod's node affinity/selector"));
  }

  @Test
  void aPodOfADaemonSetNamesItsNode() {
    var cluster = new Situation().node("a", "").node("b", "");
    var onB =
        "{'affinity':{'nodeAffinity':{'requiredDuringSchedulingIgnoredDuringExecution':"
            + "{'nodeSelectorTerms':[{'matchFields':[{'key':'metadata.name','operator':'In','values':['b']}]}]}}}}";

    assertThat(cluster.reasons(new NodeAffinity(), pod("p", "", onB), "a")).isNotEmpty();
    assertThat(cluster.reasons(new NodeAffinity(), pod("p", "", onB), "b")).isEmpty();
  }

  @ParameterizedTest
  @CsvSource({
    "'', TCP, false",
    "10.0.0.1, TCP, false",
    "10.0.0.2, TCP, true",
    "10.0.0.1, UDP, true",
  })
  void hostPorts(String address, String protocol, boolean fits) {
    var cluster =
        new Situation().node("a", "").pod("a", pod("q", "", PORT_80.formatted("10.0.0.1", "TCP")));

    assertThat(
            cluster.reasons(
                new NodePorts(), pod("p", "", PORT_80.formatted(address, protocol)), "a"))
        .isEqualTo(
            fits
                ? List.of()
                : List.of("node(s) didn't have free ports for the requested pod ports"));
  }

  @Test
  void aSidecarHasItsHostPortToo() {
    String port = "'ports':[{'containerPort':80,'hostPort':80,'protocol':'TCP'}]";
    String containers = "{'containers':[{'name':'c','image':'i'}],'initContainers':[%s]}";
    String sidecar = "{'name':'s','image':'i','restartPolicy':'Always'," + port + "}";
    String init = "{'name':'s','image':'i'," + port + "}";
    var cluster =
        new Situation().node("a", "").pod("a", pod("q", "", containers.formatted(sidecar)));

    assertThat(cluster.reasons(new NodePorts(), pod("p", "", containers.formatted(sidecar)), "a"))
        .isNotEmpty();
    assertThat(cluster.reasons(new NodePorts(), pod("p", "", containers.formatted(init)), "a"))
        .isEmpty();
  }

  @Test
  void claimsMustBeThereAndBound() {
    var cluster = new Situation().node("a", "").claim("data", "", "Pending");
    var binding = new VolumeBinding();

    assertThat(binding.refusal(claiming("x"), cluster.snapshot()))
        .contains("persistentvolumeclaim \"x\" not found");
    assertThat(binding.refusal(claiming("data"), cluster.snapshot()))
        .contains("pod has unbound immediate PersistentVolumeClaims");
    cluster.claim("data", "disk", "Bound");
    assertThat(binding.refusal(claiming("data"), cluster.snapshot())).isEmpty();
  }

  @Test
  void volumesKeepPodsToTheirNodes() {
    var cluster =
        new Situation()
            .node("a", "zone=east")
            .node("b", "zone=west")
            .claim("data", "disk", "Bound")
            .volume(
                "disk",
                "{'nodeAffinity':{'required':{'nodeSelectorTerms':[{'matchExpressions':"
                    + "[{'key':'zone','operator':'In','values':['west']}]}]}}}");

    assertThat(cluster.reasons(new VolumeBinding(), claiming("data"), "a"))
        .containsExactly("node(s) didn't match PersistentVolume's node affinity");
    assertThat(cluster.reasons(new VolumeBinding(), claiming("data"), "b")).isEmpty();
  }

  @Test
  void alikePodsMayNotPileUpInOneZone() {
    var cluster =
        new Situation()
            .node("a", "zone=east")
            .node("b", "zone=west")
            .node("c", "")
            .pod("a", pod("web-1", "app=web", "{}"));
    var spread =
        "{'topologySpreadConstraints':[{'maxSkew':1,'topologyKey':'zone','whenUnsatisfiable':'DoNotSchedule','labelSelector':{'matchLabels':{'app':'web'}}}]}";
    var pod = pod("web-2", "app=web", spread);

    assertThat(cluster.reasons(new PodTopologySpread(), pod, "a"))
        .containsExactly("node(s) didn't match pod topology spread constraints");
    assertThat(cluster.reasons(new PodTopologySpread(), pod, "b")).isEmpty();
    assertThat(cluster.reasons(new PodTopologySpread(), pod, "c"))
        .containsExactly(
            "node(s) didn't match pod topology spread constraints (missing required label)");
  }

  @Test
  void nearWhatItWantsBesideIt() {
    var cluster =
        new Situation()
            .node("a", "zone=east")
            .node("b", "zone=west")
            .pod("a", pod("db", "app=db", "{}"));
    var near = pod("p", "", required("podAffinity", "{'matchLabels':{'app':'db'}}", ""));

    assertThat(cluster.reasons(new InterPodAffinity(), near, "a")).isEmpty();
    assertThat(cluster.reasons(new InterPodAffinity(), near, "b"))
        .containsExactly("node(s) didn't match pod affinity rules");
  }

  @Test
  void theFirstOfAGroupMayGoAnywhere() {
    var cluster = new Situation().node("a", "zone=east").node("b", "");
    var first = pod("p", "app=db", required("podAffinity", "{'matchLabels':{'app':'db'}}", ""));

    assertThat(cluster.reasons(new InterPodAffinity(), first, "a")).isEmpty();
    assertThat(cluster.reasons(new InterPodAffinity(), first, "b")).isNotEmpty();
  }

  @Test
  void apartInBothDirections() {
    var apart = required("podAntiAffinity", "{'matchLabels':{'app':'db'}}", "");
    var cluster =
        new Situation()
            .node("a", "zone=east")
            .node("b", "zone=west")
            .pod("a", pod("db-1", "app=db", apart));

    assertThat(cluster.reasons(new InterPodAffinity(), pod("db-2", "app=db", apart), "a"))
        .containsExactly("node(s) didn't match pod anti-affinity rules");
    assertThat(cluster.reasons(new InterPodAffinity(), pod("plain", "app=db", "{}"), "a"))
        .containsExactly("node(s) didn't satisfy existing pods anti-affinity rules");
    assertThat(cluster.reasons(new InterPodAffinity(), pod("plain", "app=db", "{}"), "b"))
        .isEmpty();
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '"',
      value = {
        "                                                            | true",
        ",'namespaces':['shop']                                      | false",
        ",'namespaceSelector':{}                                     | false",
        ",'namespaceSelector':{'matchLabels':{'team':'blue'}}        | false",
        ",'namespaceSelector':{'matchLabels':{'team':'red'}}         | true",
      })
  void affinityLooksIntoTheNamespacesThatItNames(String namespaces, boolean fits) {
    var cluster =
        new Situation()
            .namespace("shop", "team=blue")
            .node("a", "zone=east")
            .pod("a", pod("shop/db", "app=db", "{}"));
    String where = namespaces == null ? "" : namespaces;
    var apart = required("podAntiAffinity", "{'matchLabels':{'app':'db'}}", where);

    assertThat(cluster.reasons(new InterPodAffinity(), pod("p", "", apart), "a").isEmpty())
        .isEqualTo(fits);
  }

  @Test
  void matchLabelKeysTellRevisionsApart() {
    var cluster = new Situation().node("a", "zone=east").pod("a", pod("old", "app=db,rev=1", "{}"));
    String selector = "{'matchLabels':{'app':'db'}}";
    var byRevision = required("podAntiAffinity", selector, ",'matchLabelKeys':['rev']");
    var toOthers = required("podAntiAffinity", selector, ",'mismatchLabelKeys':['rev']");

    var filter = new InterPodAffinity();
    assertThat(cluster.reasons(filter, pod("p", "app=db,rev=2", byRevision), "a")).isEmpty();
    assertThat(cluster.reasons(filter, pod("p", "app=db,rev=1", byRevision), "a")).isNotEmpty();
    assertThat(cluster.reasons(filter, pod("p", "app=db,rev=1", toOthers), "a")).isEmpty();
  }

  @Test
  void claimsThatWaitForTheirPodTakeAVolumeWhereItRuns() {
    var cluster =
        new Situation()
            .node("a", "kubernetes.io/hostname=a")
            .node("b", "kubernetes.io/hostname=b")
            .storage(
                StorageClass.class,
                "{'metadata':{'name':'late'},'provisioner':'kubernetes.io/no-provisioner','volumeBindingMode':'WaitForFirstConsumer'}")
            .storage(
                PersistentVolumeClaim.class,
                "{'metadata':{'namespace':'default','name':'data','uid':'u-data'},'spec':{'storageClassName':'late','accessModes':['ReadWriteOnce'],'resources':{'requests':{'storage':'1Gi'}}},'status':{'phase':'Pending'}}")
            .storage(
                PersistentVolume.class,
                "{'metadata':{'name':'disk-b'},'spec':{'storageClassName':'late','accessModes':['ReadWriteOnce'],'capacity':{'storage':'2Gi'},'nodeAffinity':{'required':{'nodeSelectorTerms':[{'matchExpressions':[{'key':'kubernetes.io/hostname','operator':'In','values':['b']}]}]}}},'status':{'phase':'Available'}}");
    var binding = new VolumeBinding();
    PodView pod = claiming("data");

    assertThat(binding.refusal(pod, cluster.snapshot())).isEmpty();
    assertThat(cluster.reasons(binding, pod, "a"))
        .containsExactly("node(s) didn't find available persistent volumes to bind");
    assertThat(cluster.reasons(binding, pod, "b")).isEmpty();
    var snapshot = cluster.snapshot();
    var plan = VolumeBinding.plan(pod, snapshot.node("b").orElseThrow(), snapshot.storage());
    assertThat(plan.matches())
        .singleElement()
        .satisfies(match -> assertThat(match.volume().getMetadata().getName()).isEqualTo("disk-b"));

    snapshot.storage().promise("disk-b", new Key("default", "other"));
    assertThat(cluster.reasons(binding, pod, "b"))
        .containsExactly("node(s) didn't find available persistent volumes to bind");
  }

  @Test
  void volumesAreMadeWhereTheirClassAllowsAndHasRoom() {
    var cluster =
        new Situation()
            .node("a", "zone=one")
            .node("b", "zone=two")
            .storage(
                StorageClass.class,
                "{'metadata':{'name':'made'},'provisioner':'disks.example.com','volumeBindingMode':'WaitForFirstConsumer','allowedTopologies':[{'matchLabelExpressions':[{'key':'zone','values':['two']}]}]}")
            .storage(
                PersistentVolumeClaim.class,
                "{'metadata':{'namespace':'default','name':'data'},'spec':{'storageClassName':'made','accessModes':['ReadWriteOnce'],'resources':{'requests':{'storage':'5Gi'}}},'status':{'phase':'Pending'}}");
    var binding = new VolumeBinding();
    PodView pod = claiming("data");

    assertThat(cluster.reasons(binding, pod, "a")).isNotEmpty();
    assertThat(cluster.reasons(binding, pod, "b")).isEmpty();
    cluster.storage(
        CSIDriver.class,
        "{'metadata':{'name':'disks.example.com'},'spec':{'storageCapacity':true}}");
    assertThat(cluster.reasons(binding, pod, "b"))
        .containsExactly("node(s) did not have enough free storage");
    cluster.storage(
        CSIStorageCapacity.class,
        "{'metadata':{'namespace':'default','name':'two'},'storageClassName':'made','capacity':'6Gi','nodeTopology':{'matchLabels':{'zone':'two'}}}");
    assertThat(cluster.reasons(binding, pod, "b")).isEmpty();
  }

  @Test
  void volumesKeepTheirPodsInTheirZone() {
    var cluster =
        new Situation()
            .node("a", "topology.kubernetes.io/zone=one")
            .node("b", "topology.kubernetes.io/zone=three")
            .node("c", "")
            .claim("data", "disk", "Bound")
            .storage(
                PersistentVolume.class,
                "{'metadata':{'name':'disk','labels':{'topology.kubernetes.io/zone':'one__two'}},'spec':{}}");
    var zone = new VolumeZone();

    assertThat(cluster.reasons(zone, claiming("data"), "a")).isEmpty();
    assertThat(cluster.reasons(zone, claiming("data"), "b"))
        .containsExactly("node(s) had no available volume zone");
    assertThat(cluster.reasons(zone, claiming("data"), "c")).isEmpty();
  }

  @Test
  void aClaimForOnePodAndADriversLimitAreKept() {
    var cluster =
        new Situation()
            .node("a", "")
            .storage(
                PersistentVolumeClaim.class,
                "{'metadata':{'namespace':'default','name':'data'},'spec':{'volumeName':'disk','accessModes':['ReadWriteOncePod']},'status':{'phase':'Bound'}}")
            .storage(
                PersistentVolume.class,
                "{'metadata':{'name':'disk'},'spec':{'csi':{'driver':'disks.example.com','volumeHandle':'1'}}}")
            .storage(
                CSINode.class,
                "{'metadata':{'name':'a'},'spec':{'drivers':[{'name':'disks.example.com','nodeID':'a','allocatable':{'count':0}}]}}");
    PodView pod = claiming("data");

    assertThat(cluster.reasons(new VolumeRestrictions(), pod, "a")).isEmpty();
    assertThat(cluster.reasons(new NodeVolumeLimits(), pod, "a"))
        .containsExactly("node(s) exceed max volume count");
    cluster.pod("a", claiming("data"));
    assertThat(cluster.reasons(new VolumeRestrictions(), pod, "a"))
        .singleElement()
        .asString()
        .contains("ReadWriteOncePod access mode");
  }

  private static PodView claiming(String claim) {
    return pod(
        "p",
        "",
        "{'volumes':[{'name':'v','persistentVolumeClaim':{'claimName':'%s'}}]}".formatted(claim));
  }

  private static String required(String kind, String selector, String more) {
    return "{'affinity':{'%s':{'requiredDuringSchedulingIgnoredDuringExecution':[{'topologyKey':'zone','labelSelector':%s%s}]}}}"
        .formatted(kind, selector, more);
  }
}
