package dev.navarch.scheduler;

import static dev.navarch.scheduler.Situation.pod;
import static org.assertj.core.api.Assertions.assertThat;

import dev.navarch.scheduler.plugins.ImageLocality;
import dev.navarch.scheduler.plugins.InterPodAffinity;
import dev.navarch.scheduler.plugins.NodeAffinity;
import dev.navarch.scheduler.plugins.NodeResourcesBalancedAllocation;
import dev.navarch.scheduler.plugins.NodeResourcesFit;
import dev.navarch.scheduler.plugins.PodTopologySpread;
import dev.navarch.scheduler.plugins.TaintToleration;
import io.fabric8.kubernetes.api.model.ContainerImageBuilder;
import io.fabric8.kubernetes.api.model.Node;
import io.fabric8.kubernetes.api.model.OwnerReferenceBuilder;
import io.fabric8.kubernetes.api.model.Pod;
import org.junit.jupiter.api.Test;

class ScoresTest {
  @Test
  void emptierNodesFirst() {
    var cluster = new Situation().node("a", "").node("b", "").pod("a", pod("big", "2", 0));

    String scores = cluster.scores(new NodeResourcesFit(), pod("p", "1", 0));

    assertThat(scores).isEqualTo("a=60 b=86");
  }

  @Test
  void podsWithoutRequestsSpreadToo() {
    var cluster = new Situation().node("a", "").node("b", "");
    for (int i = 0; i < 3; i++) {
      cluster.pod("a", pod("p" + i));
    }

    assertThat(cluster.scores(new NodeResourcesFit(), pod("p"))).isEqualTo("a=90 b=97");
  }

  @Test
  void processorAndMemoryInBalance() {
    var cluster = new Situation().node("a", "").node("b", "").pod("a", pod("cruncher", "3", 0));
    var pod = pod("p", "", Situation.asking("'cpu':'1','memory':'2Gi'", 0));

    assertThat(cluster.scores(new NodeResourcesBalancedAllocation(), pod)).isEqualTo("a=62 b=100");
    assertThat(cluster.scores(new NodeResourcesBalancedAllocation(), pod("silent")))
        .isEqualTo("a=0 b=0");
  }

  @Test
  void fewerDiscouragingTaints() {
    var cluster =
        new Situation()
            .node("a", "", "{'taints':[{'key':'k','effect':'PreferNoSchedule'}]}")
            .node("b", "");

    assertThat(cluster.scores(new TaintToleration(), pod("p"))).isEqualTo("a=0 b=100");
  }

  @Test
  void preferredNodesByWeight() {
    var cluster = new Situation().node("a", "disk=ssd").node("b", "disk=ssd,gpu=yes").node("c", "");
    var wishes =
        "{'affinity':{'nodeAffinity':{'preferredDuringSchedulingIgnoredDuringExecution':["
            + "{'weight':10,'preference':{'matchExpressions':[{'key':'disk','operator':'Exists'}]}},"
            + "{'weight':30,'preference':{'matchExpressions':[{'key':'gpu','operator':'Exists'}]}}]}}}";

    assertThat(cluster.scores(new NodeAffinity(), pod("p", "", wishes)))
        .isEqualTo("a=25 b=100 c=0");
  }

  @Test
  void preferredNeighboursOfBothSides() {
    var likesWeb =
        "{'affinity':{'podAffinity':{'preferredDuringSchedulingIgnoredDuringExecution':[{'weight':5,"
            + "'podAffinityTerm':{'topologyKey':'zone','labelSelector':{'matchLabels':{'app':'web'}}}}]}}}";
    var dislikesWeb = likesWeb.replace("podAffinity'", "podAntiAffinity'");
    var cluster =
        new Situation()
            .node("a", "zone=east")
            .node("b", "zone=west")
            .node("c", "zone=south")
            .pod("a", pod("fan", "", likesWeb))
            .pod("b", pod("foe", "", dislikesWeb));

    assertThat(cluster.scores(new InterPodAffinity(), pod("web", "app=web", "{}")))
        .isEqualTo("a=100 b=0 c=50");
    assertThat(cluster.scores(new InterPodAffinity(), pod("other"))).isEqualTo("a=0 b=0 c=0");
  }

  @Test
  void siblingsSpreadWithoutBeingTold() {
    var cluster =
        new Situation()
            .node("a", "kubernetes.io/hostname=a")
            .node("b", "kubernetes.io/hostname=b")
            .pod("a", sibling("web-1"))
            .pod("a", sibling("web-2"))
            .pod("b", sibling("web-3"));

    assertThat(cluster.scores(new PodTopologySpread(), sibling("web-4"))).isEqualTo("a=60 b=100");
  }

  @Test
  void softConstraintsPassOverNodesWithoutTheLabel() {
    var cluster =
        new Situation()
            .node("a", "zone=east")
            .node("b", "zone=west")
            .node("c", "")
            .pod("a", pod("web-1", "app=web", "{}"));
    var soft =
        "{'topologySpreadConstraints':[{'maxSkew':1,'topologyKey':'zone','whenUnsatisfiable':'ScheduleAnyway','labelSelector':{'matchLabels':{'app':'web'}}}]}";

    assertThat(cluster.scores(new PodTopologySpread(), pod("web-2", "app=web", soft)))
        .isEqualTo("a=0 b=100 c=0");
  }

  @Test
  void nodesThatHaveTheImage() {
    var cluster = new Situation().node("b", "");
    Node a = Situation.nodeObject("a", "", "{}");
    var image = new ContainerImageBuilder().withNames("i:latest").withSizeBytes(1000L << 20);
    a.getStatus().getImages().add(image.build());
    cluster.snapshot().put(a);

    assertThat(cluster.scores(new ImageLocality(), pod("p"))).isEqualTo("a=48 b=0");
  }

  private static PodView sibling(String name) {
    Pod pod = Situation.podObject(name, "app=web", "{}");
    pod.getMetadata()
        .getOwnerReferences()
        .add(new OwnerReferenceBuilder().withUid("set").withController(true).build());
    return PodView.of(pod);
  }
}
